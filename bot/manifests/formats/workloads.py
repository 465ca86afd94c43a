"""Containers of any kind of workload, including custom resources: any list of containers.

Also OCI image volumes (https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/).
"""

from collections.abc import Iterator

from bot.manifests.parsing.sites import Site
from bot.manifests.references.sightings import Format, Sighting, whole

NAME = "workload"

_CONTAINERS = frozenset({"containers", "initContainers", "ephemeralContainers"})


def read(site: Site) -> Iterator[Sighting]:
    """Read `containers[].image` and `volumes[].image.reference`, with or without a version."""
    key = _key(site)
    if key is not None and (sighting := whole(site, site.slot(key), found_by=NAME)) is not None:
        yield sighting


def _key(site: Site) -> str | None:
    if site.key_above(1) in _CONTAINERS and isinstance(site.key_above(0), int):
        return "image"
    is_volume = site.key_above(0) == "image" and isinstance(site.key_above(1), int) and site.key_above(2) == "volumes"
    return "reference" if is_volume else None


FORMAT = Format(name=NAME, wants=frozenset({"image", "reference"}).__contains__, read=read)
