"""The content of a registry: blobs, manifests and tags per repository, and the rules that registries enforce."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from enum import StrEnum

NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+|/)[a-z0-9]+)*")
TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class MediaType(StrEnum):
    """https://github.com/opencontainers/image-spec/blob/main/media-types.md, and Docker's older types."""

    OCI_INDEX = "application/vnd.oci.image.index.v1+json"
    OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
    OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
    OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
    DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
    DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
    DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
    DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


LISTS = frozenset({MediaType.OCI_INDEX, MediaType.DOCKER_LIST})
MANIFESTS = frozenset({MediaType.OCI_MANIFEST, MediaType.DOCKER_MANIFEST}) | LISTS


class RegistryError(Exception):
    """An error of the registry: the HTTP status, and the code and message of its JSON body.

    https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def digest_of(body: bytes) -> str:
    """Return the content address of these bytes."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest or index, by its exact bytes."""

    media_type: str
    body: bytes

    @property
    def digest(self) -> str:
        return digest_of(self.body)


@dataclass(slots=True)
class Repository:
    """tags: tag → digest of a manifest in this repository."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


class Store:
    """All repositories. Every method raises RegistryError where a registry refuses."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}

    def repository(self, name: str) -> Repository:
        """Return an existing repository."""
        if name not in self.repositories:
            raise RegistryError(404, "NAME_UNKNOWN", "repository name not known to registry")
        return self.repositories[name]

    def opened(self, name: str) -> Repository:
        """Return a repository to push to, created by the first push."""
        if not NAME.fullmatch(name):
            raise RegistryError(400, "NAME_INVALID", "invalid repository name")
        return self.repositories.setdefault(name, Repository())

    def put_blob(self, name: str, body: bytes) -> str:
        """Store a blob and return its digest."""
        digest = digest_of(body)
        self.opened(name).blobs[digest] = body
        return digest

    def blob(self, name: str, digest: str) -> bytes:
        """Return a blob's bytes."""
        blobs = self.repository(name).blobs
        if digest not in blobs:
            raise RegistryError(404, "BLOB_UNKNOWN", "blob unknown to registry")
        return blobs[digest]

    def put_manifest(self, name: str, reference: str, media_type: str, body: bytes) -> Manifest:
        """Store a manifest, and point a tag at it if the reference is a tag."""
        repository = self.opened(name)
        manifest = Manifest(media_type, body)
        if ":" in reference and reference != manifest.digest:
            raise RegistryError(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        if ":" not in reference and not TAG.fullmatch(reference):
            raise RegistryError(400, "TAG_INVALID", "manifest tag did not match the required form")
        _check_complete(repository, manifest)
        repository.manifests[manifest.digest] = manifest
        if ":" not in reference:
            repository.tags[reference] = manifest.digest
        return manifest

    def manifest(self, name: str, reference: str) -> Manifest:
        """Return the manifest of a tag or digest."""
        repository = self.repository(name)
        digest = reference if ":" in reference else repository.tags.get(reference, "")
        if digest not in repository.manifests:
            raise RegistryError(404, "MANIFEST_UNKNOWN", "manifest unknown")
        return repository.manifests[digest]

    def delete_manifest(self, name: str, digest: str) -> tuple[str, ...]:
        """Delete a manifest and the tags that point at it; return those tags."""
        self.manifest(name, digest)
        repository = self.repository(name)
        tags = tuple(tag for tag, target in repository.tags.items() if target == digest)
        for tag in tags:
            del repository.tags[tag]
        del repository.manifests[digest]
        return tags


def _check_complete(repository: Repository, manifest: Manifest) -> None:
    """Refuse a manifest that names missing content."""
    try:
        document = json.loads(manifest.body)
        listed = [child["digest"] for child in document.get("manifests", ())]
        blobs = [part["digest"] for part in (*document.get("layers", ()), *filter(None, [document.get("config")]))]
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise RegistryError(400, "MANIFEST_INVALID", f"manifest invalid: {error}") from error
    if missing := [digest for digest in listed if digest not in repository.manifests]:
        raise RegistryError(400, "MANIFEST_UNKNOWN", f"manifest unknown: {missing[0]}")
    if missing := [digest for digest in blobs if digest not in repository.blobs]:
        raise RegistryError(400, "MANIFEST_BLOB_UNKNOWN", f"blob unknown to registry: {missing[0]}")
