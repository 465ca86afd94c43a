"""Tekton bundles: tasks and pipelines that are kept in a registry.

`taskRef: {bundle: ghcr.io/acme/build:v1}`, and the same as a parameter of the bundles resolver:
https://tekton.dev/docs/pipelines/bundle-resolver/
"""

from collections.abc import Iterator

from yaml.nodes import ScalarNode

from bot.manifests.parsing.sites import Site, Slot
from bot.manifests.references.sightings import Format, Sighting, whole

NAME = "tekton"


def read(site: Site) -> Iterator[Sighting]:
    """Read one reference to a task or pipeline."""
    slots = [site.slot("bundle")] if site.key_above(0) in {"taskRef", "pipelineRef"} else []
    if site.text("resolver") == "bundles":
        slots += _parameters(site)
    for slot in slots:
        sighting = whole(site, slot, found_by=NAME)
        if sighting is not None:
            yield sighting


def _parameters(site: Site) -> Iterator[Slot]:
    for position, item in enumerate(site.items("params")):
        entries = site.tree.entries(item)
        name, value = entries.get("name"), entries.get("value")
        if isinstance(name, ScalarNode) and name.value == "bundle" and isinstance(value, ScalarNode):
            yield Slot(value, ("params", position, "value"))


FORMAT = Format(name=NAME, wants=frozenset({"bundle", "resolver"}).__contains__, read=read)
