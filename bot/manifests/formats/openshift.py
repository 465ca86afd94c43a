"""OpenShift: what an ImageStream or a BuildConfig is made from, `from: {kind: DockerImage, name: ghcr.io/acme/web:v1}`.

https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/images/managing-image-streams
"""

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
