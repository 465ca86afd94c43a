"""docker-compose: `services.*.image`, with or without a version (https://docs.docker.com/reference/compose-file/services/)."""

from collections.abc import Iterator

from bot.manifests.parsing.sites import Site
from bot.manifests.references.sightings import Format, Sighting, whole

NAME = "compose"


def read(site: Site) -> Iterator[Sighting]:
    """Read one service."""
    if site.key_above(1) == "services" and site.key_above(2) is None and isinstance(site.key_above(0), str):
        sighting = whole(site, site.slot("image"), found_by=NAME)
        if sighting is not None:
            yield sighting


FORMAT = Format(name=NAME, wants=frozenset({"image"}).__contains__, read=read)
