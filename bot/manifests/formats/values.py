"""Whole references at keys that say they hold an image, anywhere else: values, custom resources, compose files.

Without a version the text could be a name, a path or a picture, so only what carries a tag or a digest counts.
"""

from collections.abc import Iterator, Mapping

from bot.manifests.sightings import Format, Sighting, whole
from bot.manifests.sites import Site, Slot

NAME = "image key"


def wants(key: str) -> bool:
    """`image`, `proxyImage`, and `repository` where it carries the version as well."""
    return key in {"image", "repository"} or key.endswith("Image")


def read(site: Site) -> Iterator[Sighting]:
    """Every such key of a mapping."""
    slots = {key: slot for key in site.names() if wants(key) and (slot := site.slot(key)) is not None}
    return versioned(site, slots, found_by=NAME)


def versioned(site: Site, slots: Mapping[str, Slot], *, found_by: str) -> Iterator[Sighting]:
    """Every whole reference among some scalars."""
    for key, slot in slots.items():
        if not wants(key) or site.tree.mark(slot.node) in site.claimed:
            continue
        sighting = whole(site, slot, found_by=found_by)
        if sighting is not None and (sighting.tag or sighting.digest or (sighting.problem and key != "repository")):
            yield sighting


FORMAT = Format(name=NAME, wants=wants, read=read)
