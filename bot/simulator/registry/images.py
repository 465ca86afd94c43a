"""Builds real images: layers that unpack, configs, manifests and an index. Equal arguments give equal bytes."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bot.simulator.registry.store import Manifest, MediaType, Store, digest_of

REVISION = "org.opencontainers.image.revision"
CREATED = "org.opencontainers.image.created"


class Mark(Enum):
    """Where a build writes its revision and date: build tools differ."""

    LABEL = "labels of each config, as `docker build --label` writes them"
    MANIFEST = "annotations of each manifest"
    INDEX = "annotations of the index"


@dataclass(frozen=True, slots=True)
class Build:
    """The properties of one build. labels: further labels of each config."""

    repository: str
    tag: str
    revision: str | None
    created: datetime
    mark: Mark
    labels: Mapping[str, str] = field(default_factory=dict)

    def marks(self, place: Mark) -> dict[str, str]:
        """Return the annotations or labels for this place."""
        if place is not self.mark:
            return {}
        revision = {} if self.revision is None else {REVISION: self.revision}
        return revision | {CREATED: stamp(self.created)}


def stamp(moment: datetime) -> str:
    """Format a time as build tools do: RFC 3339, in whole seconds."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def encode(document: Mapping[str, object]) -> bytes:
    """Return JSON bytes that depend only on the document."""
    return json.dumps(document, separators=(",", ":")).encode()


def store_image(store: Store, build: Build, platform: str) -> tuple[Manifest, dict[str, str]]:
    """Store one platform's layer, config and manifest; return the manifest, and its platform entry for an index."""
    layer, diff_id = _layer(f"{build.repository}:{build.tag} for {platform}\n".encode())
    target = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
    config = encode(
        target
        | {
            "created": stamp(build.created),
            "config": {"Entrypoint": ["/app"], "Labels": {**build.labels, **build.marks(Mark.LABEL)}},
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            "history": [{"created": stamp(build.created), "created_by": "COPY app /app"}],
        }
    )
    store.put_blob(build.repository, layer)
    store.put_blob(build.repository, config)
    manifest = encode(
        {
            "schemaVersion": 2,
            "mediaType": MediaType.OCI_MANIFEST,
            "config": _descriptor(MediaType.OCI_CONFIG, config),
            "layers": [_descriptor(MediaType.OCI_LAYER, layer)],
            **_annotations(build.marks(Mark.MANIFEST)),
        }
    )
    return Manifest(MediaType.OCI_MANIFEST, manifest), target


def index_of(build: Build, children: list[tuple[Manifest, dict[str, str]]]) -> Manifest:
    """Return an index of manifests that are in the store."""
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_INDEX,
        "manifests": [_descriptor(child.media_type, child.body) | {"platform": target} for child, target in children],
        **_annotations(build.marks(Mark.INDEX)),
    }
    return Manifest(MediaType.OCI_INDEX, encode(document))


def _annotations(marks: dict[str, str]) -> dict[str, dict[str, str]]:
    return {"annotations": marks} if marks else {}


def _descriptor(media_type: str, body: bytes) -> dict[str, object]:
    return {"mediaType": str(media_type), "digest": digest_of(body), "size": len(body)}


def _layer(content: bytes) -> tuple[bytes, str]:
    """Return a compressed layer with one file, and the digest of its uncompressed form."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("app")
        entry.size, entry.mode = len(content), 0o755
        archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0), digest_of(buffer.getvalue())
