"""Entries of Kustomize's `images` transformer: in a Kustomization, a component, or a Flux Kustomization's spec.

https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/. `name` is what the entry looks for in the
base and is never touched; `newName`, if there, is what runs.
"""

from collections.abc import Iterator

from bot.manifests.names import named_by
from bot.manifests.sightings import Format, Sighting, composed
from bot.manifests.sites import Site

NAME = "kustomize"


def read(site: Site) -> Iterator[Sighting]:
    """One entry of a list called `images`."""
    if site.key_above(1) != "images" or not isinstance(site.key_above(0), int):
        return
    name = site.slot("newName" if site.text("newName") else "name")
    named = None if name is None else named_by(site.tree.text_of(name.node))
    if name is not None and named is not None and site.slot("name") is not None:
        yield composed(site, found_by=NAME, named=named, name=name, tag=site.slot("newTag"), digest=site.slot("digest"))


FORMAT = Format(name=NAME, wants=frozenset({"newTag", "newName", "digest"}).__contains__, read=read)
