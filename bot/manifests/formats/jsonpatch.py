"""JSON patches, as Kustomize and Flux apply them: `{op: replace, path: /spec/…/image, value: ghcr.io/acme/web:v1}`.

https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/. Mostly they are in a block at the key
`patch`, which is read as a file of its own.
"""

from collections.abc import Iterator

from bot.manifests.parsing.sites import Site
from bot.manifests.references.sightings import Format, Sighting, whole

NAME = "json patch"


def read(site: Site) -> Iterator[Sighting]:
    """Read one operation; `test` too, because it fails once the version that it expects is gone."""
    if site.text("op") in {"add", "replace", "test"} and site.text("path").endswith("/image"):
        sighting = whole(site, site.slot("value"), found_by=NAME)
        if sighting is not None:
            yield sighting


FORMAT = Format(name=NAME, wants=frozenset({"op"}).__contains__, read=read)
