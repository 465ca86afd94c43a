"""Whole references at keys that say they hold an image, anywhere else: values, custom resources, compose files.

Without a version the text could be a name, a path or a picture, so only what carries a tag or a digest counts.
"""

from collections.abc import Iterator

from bot.manifests.sightings import Format, Sighting, whole
from bot.manifests.sites import Fields, Site

NAME = "image key"


def wants(key: str) -> bool:
    """`image`, `proxyImage`, and `repository` where it carries the version as well."""
    return key in {"image", "repository"} or key.endswith("Image")


def read(site: Site) -> Iterator[Sighting]:
    """Every such key of a mapping."""
    return versioned(site, site.fields(), found_by=NAME)


def versioned(site: Site, fields: Fields, *, found_by: str) -> Iterator[Sighting]:
    """Every whole reference among some scalars."""
    for key, slot in fields.slots.items():
        if not wants(key) or site.tree.mark(slot.node) in site.claimed:
            continue
        sighting = whole(site, slot, found_by=found_by)
        if sighting is not None and (sighting.tag or sighting.digest or (sighting.problem and key != "repository")):
            yield sighting


FORMAT = Format(name=NAME, wants=wants, read=read)
