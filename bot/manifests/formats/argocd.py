"""Argo CD: Applications, ApplicationSets, and the `.argocd-source-*.yaml` files that Argo CD Image Updater writes.

`kustomize.images` holds strings `[name=]newName[:tag|@digest]`, `helm.parameters` spreads Helm values over a list
(https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/). A source can be a chart or an artifact in a
registry, whose revision is a tag or a digest (https://argo-cd.readthedocs.io/en/stable/user-guide/oci/). Revisions of Git
repositories are not images. `helm.valuesObject` is read as any Helm values are.
"""

from collections.abc import Iterator
from dataclasses import replace

from yaml.nodes import ScalarNode

from bot.core.values.images import is_digest
from bot.core.values.places import Override
from bot.manifests.formats import helm, values
from bot.manifests.parsing.sites import Fields, Site, Slot
from bot.manifests.references.names import named_by, named_by_url
from bot.manifests.references.sightings import Format, Kind, Sighting, composed, whole

NAME = "argocd"


def read(site: Site) -> Iterator[Sighting]:
    """Read one source of an application."""
    yield from _kustomize_images(site)
    yield from _helm_parameters(site)
    yield from _target_revision(site)


def _kustomize_images(site: Site) -> Iterator[Sighting]:
    for position, node in enumerate(site.items("kustomize", "images")):
        if isinstance(node, ScalarNode):
            slot = Slot(node, ("kustomize", "images", position))
            name, equals, _ = node.value.partition("=")
            sighting = whole(site, slot, found_by=NAME, skip=len(name + equals) if equals else 0)
            if sighting is not None:
                path = site.text("path")
                override = Override(name if equals else sighting.spelling, (f"/{path}",)) if path else None
                yield replace(sighting, override=override)


def _helm_parameters(site: Site) -> Iterator[Sighting]:
    """Parameters whose names differ only in their last part belong together, as siblings in values do."""
    groups: dict[str, dict[str, Slot]] = {}
    for position, item in enumerate(site.items("helm", "parameters")):
        entries = site.tree.entries(item)
        name, value = entries.get("name"), entries.get("value")
        if isinstance(name, ScalarNode) and isinstance(value, ScalarNode):
            parent, _, key = name.value.rpartition(".")
            groups.setdefault(parent, {})[key] = Slot(value, ("helm", "parameters", position, "value"))
    for parent, slots in groups.items():
        fields = Fields(site.tree, slots)
        sighting = helm.siblings(site, fields, parent=parent.rpartition(".")[2], found_by=NAME)
        if sighting is not None:
            yield sighting
        else:
            yield from values.versioned(site, slots, found_by=NAME)


def _target_revision(site: Site) -> Iterator[Sighting]:
    """Yield a chart in a registry, whose `repoURL` has no scheme, or any other artifact, whose has."""
    url, chart = site.text("repoURL"), site.text("chart")
    repository = site.slot("chart" if chart else "repoURL")
    if repository is None or site.slot("targetRevision") is None:
        return
    if chart:
        named = None if "://" in url.removeprefix("oci://") else named_by(f"{url.removeprefix('oci://')}/{chart}")
    else:
        named = named_by_url(url)
    if named is not None:
        kind = Kind.CHART_VERSION if chart else Kind.TAG
        revision = site.slot("targetRevision")
        tag, digest = (None, revision) if is_digest(site.text("targetRevision")) else (revision, None)
        yield composed(site, found_by=NAME, named=named, name=repository, tag=tag, digest=digest, kind=kind)


FORMAT = Format(name=NAME, wants=frozenset({"kustomize", "helm", "targetRevision"}).__contains__, read=read)
