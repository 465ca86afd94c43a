"""OpenShift: the source image of an ImageStream or BuildConfig, `from: {kind: DockerImage, name: ghcr.io/acme/web:v1}`."""

from collections.abc import Iterator

from bot.manifests.parsing.sites import Site
from bot.manifests.references.sightings import Format, Sighting, whole

NAME = "openshift"


def read(site: Site) -> Iterator[Sighting]:
    """Read one `from`; other kinds name tags of image streams."""
    if site.text("from", "kind") == "DockerImage":
        sighting = whole(site, site.slot("from", "name"), found_by=NAME)
        if sighting is not None:
            yield sighting


FORMAT = Format(name=NAME, wants=frozenset({"from"}).__contains__, read=read)
