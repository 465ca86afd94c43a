"""Entries of Kustomize's `images` transformer: in a Kustomization, a component, or the spec of a Flux Kustomization.

https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/. `name` is what the entry looks for in the
listed manifests, as text, and is never touched. `newName`, if there, is the image that runs.

An entry overrides what the manifests that it is applied to say, so it comes with their paths. Kustomize puts the tag behind
`newName` as that is written, so a tag in `newName` gives two as soon as anything else names one.
"""

from collections.abc import Iterator

from yaml.nodes import ScalarNode

from bot.core.values.places import Override
from bot.manifests.parsing.sites import Site, Slot
from bot.manifests.problems import Problem
from bot.manifests.references.names import named_by
from bot.manifests.references.sightings import Format, Sighting, composed, sighting

NAME = "kustomize"
_LISTS = ("resources", "bases", "components", "patchesStrategicMerge")


def read(site: Site) -> Iterator[Sighting]:
    """Read one entry of a list called `images`."""
    if site.key_above(1) != "images" or not isinstance(site.key_above(0), int):
        return
    name = site.slot("newName" if site.text("newName") else "name")
    named = None if name is None else named_by(site.tree.text_of(name.node))
    if name is None or named is None or site.slot("name") is None:
        return
    text = site.tree.text_of(name.node)
    bare = text.partition("@")[0]
    if name.below == ("newName",) and (bare != text or ":" in bare.rpartition("/")[2]):
        yield sighting(site, [_two_versions(site, name)], found_by=NAME, named=named, slots=_slots(site, name))
        return
    yield composed(
        site,
        found_by=NAME,
        named=named,
        name=name,
        tag=site.slot("newTag"),
        digest=site.slot("digest"),
        override=Override(site.text("name"), tuple(_reach(site.root()))),
    )


def _two_versions(site: Site, name: Slot) -> Problem:
    text = site.tree.text_of(name.node)
    bare, at, digest = text.partition("@")
    folder, slash, last = bare.rpartition("/")
    last, _, tag = last.partition(":")
    version = " and ".join([*([f"`newTag: {tag}`"] if tag else []), *([f"`digest: {digest}`"] if at else [])])
    advice = f"write `newName: {folder}{slash}{last}`"
    if not site.text("newTag") and not site.text("digest"):
        advice += f" and {version} beside it"
    return site.tree.problem(name.node, "Kustomize puts a tag after this name, which already has a version", advice)


def _slots(site: Site, name: Slot) -> list[Slot]:
    return [slot for slot in (name, site.slot("newTag"), site.slot("digest")) if slot is not None]


def _reach(root: Site) -> Iterator[str]:
    """Yield the files and folders that a Kustomization lists, and the folder that a Flux Kustomization builds."""
    for key in _LISTS:
        yield from (node.value for node in root.items(key) if isinstance(node, ScalarNode))
    for node in root.items("patches"):
        path = root.tree.entries(node).get("path")
        if isinstance(path, ScalarNode):
            yield path.value
    if root.text("spec", "path"):
        yield f"/{root.text('spec', 'path')}"


FORMAT = Format(name=NAME, wants=frozenset({"newTag", "newName", "digest"}).__contains__, read=read)
