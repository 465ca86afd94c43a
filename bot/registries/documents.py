"""Reads registry documents from their bytes into values. Pure: what it says of a digest depends on the content alone.

https://github.com/opencontainers/image-spec/blob/main/image-index.md, …/manifest.md, …/config.md, and Docker's older
forms, https://distribution.github.io/distribution/spec/manifest-v2-2/. The bytes are not trusted: pydantic reads no deeper
than these models, and what does not fit raises `DocumentError`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.values.images import is_digest

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MANIFESTS = (OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST)

HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CONFIGS = frozenset({"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"})
_REVISION = "org.opencontainers.image.revision"
_CREATED = "org.opencontainers.image.created"
# GitHub accepts only whole ids, and refuses a whole document because of one that is shortened:
# https://docs.github.com/en/graphql/reference/scalars#gitobjectid
_COMMIT = re.compile(r"[0-9a-f]{40}")

# The short forms of platforms are containerd's: https://github.com/containerd/platforms/blob/main/database.go
_ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "armhf": "arm",
    "armel": "arm",
}
_DEFAULT_VARIANTS = {
    ("amd64", "v1"): "",
    ("arm64", "v8"): "",
    ("arm64", "8"): "",
    ("arm", ""): "v7",
    ("arm", "7"): "v7",
}


class DocumentError(ValueError):
    """The bytes are not the document that was expected. The message has no subject: "is not a manifest"."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a build recorded about itself."""

    revision: str | None = None
    created: datetime | None = None

    def or_else(self, others: "Marks") -> "Marks":
        """Return these marks, completed from the others."""
        return Marks(self.revision or others.revision, self.created or others.created)


@dataclass(frozen=True, slots=True)
class Index:
    """platforms: in short form, sorted. child: the digest of one of its images, None where there is none.

    unplaced: the digests of children whose entry names no platform; if they are images, their config does.
    """

    platforms: tuple[str, ...]
    child: str | None
    marks: Marks
    unplaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """A manifest for one platform. config: the digest of its config blob, None where the artifact is no image.

    is_chart: it is a Helm chart.
    """

    config: str | None
    marks: Marks
    is_chart: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """platform: in short form; None where the config does not say."""

    platform: str | None
    marks: Marks


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


Model = TypeVar("Model", bound=_Model)


class _Platform(_Model):
    os: str = ""
    architecture: str = ""
    variant: str | None = None

    def short(self) -> str | None:
        """Return `os/architecture[/variant]`; None for what runs nowhere: BuildKit marks attestations `unknown/unknown`.

        https://docs.docker.com/build/metadata/attestations/attestation-storage/
        """
        if not self.os or not self.architecture or "unknown" in {self.os, self.architecture}:
            return None
        architecture = _ARCHITECTURES.get(self.architecture.lower(), self.architecture.lower())
        variant = (self.variant or "").lower()
        variant = _DEFAULT_VARIANTS.get((architecture, variant), variant)
        return "/".join(filter(None, (self.os.lower(), architecture, variant)))


class _Descriptor(_Model):
    media_type: str = Field("", alias="mediaType")
    digest: str
    platform: _Platform | None = None


class _Manifest(_Model):
    """An index has `manifests`, a manifest has `config`."""

    manifests: tuple[_Descriptor, ...] | None = None
    config: _Descriptor | None = None
    annotations: dict[str, str] | None = None


class _Run(_Model):
    labels: dict[str, str] | None = Field(None, alias="Labels")


class _Config(_Platform):
    created: str | None = None
    config: _Run | None = None


class _Tags(_Model):
    tags: tuple[str, ...] | None = None


class _Error(_Model):
    code: str = ""
    message: str | None = ""


class _Errors(_Model):
    errors: tuple[_Error, ...] = ()


class _Token(_Model):
    token: str | None = None
    access_token: str | None = None
    expires_in: int | None = None


def read_manifest(body: bytes) -> Index | Image:
    """Return an index or a manifest. What it holds tells which, because a Content-Type is not part of the digest."""
    document = _read(_Manifest, body, "a manifest")
    marks = _marks(document.annotations)
    if (document.manifests is None) == (document.config is None):
        raise DocumentError("is neither an image index nor an image manifest")
    if document.manifests is not None:
        placed = [(child.platform.short(), child.digest) for child in document.manifests if child.platform is not None]
        images = {platform: digest for platform, digest in placed if platform is not None}
        unplaced = tuple(_checked_digest(child.digest) for child in document.manifests if child.platform is None)
        child = next(iter((*images.values(), *unplaced)), None)
        return Index(tuple(sorted(images)), child and _checked_digest(child), marks, unplaced)
    config = document.config
    kind = config.media_type if config else ""
    is_image = config is not None and kind in _CONFIGS
    return Image(_checked_digest(config.digest) if config and is_image else None, marks, is_chart=kind == HELM_CONFIG)


def read_config(body: bytes) -> Config:
    """Return a config blob; its own `created` counts where no label says better."""
    document = _read(_Config, body, "an image's config")
    labels = document.config.labels if document.config else None
    return Config(document.short(), _marks(labels).or_else(Marks(created=_moment(document.created))))


def read_tags(body: bytes) -> tuple[str, ...]:
    """Return one page of tags, as the registry wrote them. Distribution writes null for none."""
    return _read(_Tags, body, "a list of tags").tags or ()


def read_errors(body: bytes) -> str | None:
    """Return what a registry says in its error body, fit to be shown; None if the body is something else.

    https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
    """
    try:
        errors = _Errors.model_validate_json(body).errors
    except ValidationError:
        return None
    texts = [f"{error.code}: {error.message}" if error.message else error.code for error in errors if error.code]
    shown = "".join(character for character in "; ".join(texts) if character.isprintable() and character != "`")
    return shown[:200] or None


def read_token(body: bytes) -> tuple[str, int]:
    """Return a token and its lifetime in seconds, which is 60 where nothing else is said.

    https://distribution.github.io/distribution/spec/auth/token/#token-response-fields
    """
    document = _read(_Token, body, "a token")
    token = document.token or document.access_token
    if not token or not token.isascii() or not token.isprintable():
        raise DocumentError("is not a token")
    return token, max(document.expires_in or 60, 1)


def _read(model: type[Model], body: bytes, what: str) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError:
        raise DocumentError(f"is not {what}") from None


def _checked_digest(text: str) -> str:
    if not is_digest(text):
        raise DocumentError("names something that is not a digest")
    return text


def _marks(texts: dict[str, str] | None) -> Marks:
    texts = texts or {}
    revision = texts.get(_REVISION, "").lower()
    return Marks(revision if _COMMIT.fullmatch(revision) else None, _moment(texts.get(_CREATED)))


def _moment(text: str | None) -> datetime | None:
    """RFC 3339; None for anything else, and for the zero time that Go writes where there is none."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo is not None and moment.year >= 1970 else None
    except (ValueError, OverflowError):
        return None
