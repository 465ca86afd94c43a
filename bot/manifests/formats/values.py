"""Whole references at keys that say they hold an image, anywhere else: Helm values, custom resources.

Such as `image`, `proxyImage`, `worker_image`, or CloudNativePG's `imageName`
(https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/#clusterspec). Without a version the text could be a name, a
path or a picture, so only what carries a tag or a digest counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.manifests.parsing.sites import Site, Slot
from bot.manifests.references.names import Named
from bot.manifests.references.sightings import Format, Kind, Sighting, sighting, version_part, whole

NAME = "image key"
_KEYS = frozenset({"image", "repository", "imageName", "image_name", "imageRef"})
_ENDINGS = ("Image", "ImageName", "_image", "-image", "_IMAGE")


def wants(key: str) -> bool:
    """Report whether a key holds an image; `repository` counts if it contains the version as well."""
    return key in _KEYS or key.endswith(_ENDINGS)


def read(site: Site) -> Iterator[Sighting]:
    """Read every such key of a mapping."""
    slots = {key: slot for key in site.names() if wants(key) and (slot := site.slot(key)) is not None}
    for found in versioned(site, slots, found_by=NAME):
        yield found
        yield from _repeated(site, found)


def _repeated(site: Site, image: Sighting) -> Iterator[Sighting]:
    """Read a `version` beside `image` that says the same tag, as Prometheus wants both.

    https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.CommonPrometheusFields
    """
    version = site.slot("version")
    if version is not None and image.tag is not None and site.text("version") == image.tag and not image.problem:
        part = version_part(site, version, kind=Kind.TAG)
        named = Named(image.names, image.repository)
        yield replace(sighting(site, [part], found_by=NAME, named=named, slots=[version]), aside=True)


def versioned(site: Site, slots: Mapping[str, Slot], *, found_by: str) -> Iterator[Sighting]:
    """Read every whole reference among some scalars."""
    for key, slot in slots.items():
        if not wants(key) or site.tree.mark(slot.node) in site.claimed:
            continue
        found = whole(site, slot, found_by=found_by)
        if found is not None and (found.tag or found.digest or (found.problem and key != "repository")):
            yield found


FORMAT = Format(name=NAME, wants=wants, read=read)
