"""Scalars that people name by file and key path, if the image's name does not lead to the version.

An entry takes precedence over what a format says about the same scalar.
"""

from collections.abc import Iterator

from yaml.nodes import Node, ScalarNode, SequenceNode

from bot.core.values.editable.key_paths import Match, Steps, shown
from bot.core.values.images import ImageName
from bot.manifests.parsing.sites import KeyPath, Site, Slot
from bot.manifests.parsing.tree import Trail, Tree
from bot.manifests.problems import Problem
from bot.manifests.references.sightings import Sighting, by_look

NAME = "entry"


def find_entry(tree: Tree, steps: Steps, image: ImageName) -> Sighting | Problem:
    """Return the scalar at a key path, in the one document that has it."""
    found = [place for number in range(len(tree.roots)) for place in _descend(tree, number, steps)]
    if not found:
        return Problem(
            line=0,
            seen=shown(steps),
            reason="there is no scalar at this key path",
            advice="correct the path, or add the key",
        )
    if len(found) > 1:
        return Problem(
            line=tree.line(found[1][1].node),
            seen=shown(steps),
            reason="the key path leads to several scalars",
            advice="make the path lead to one, such as with [name=…]",
        )
    return by_look(*found[0], image, found_by=NAME)


def entry_at(tree: Tree, document: int, key_path: KeyPath, image: ImageName) -> Sighting | None:
    """Return the same for a place that was found before; None if it is gone."""
    found = _descend(tree, document, key_path) if document < len(tree.roots) else []
    return by_look(*found[0], image, found_by=NAME) if found else None


def _descend(tree: Tree, document: int, steps: Steps) -> list[tuple[Site, Slot]]:
    """Return every scalar that the steps lead to. There are several only if several elements of a list match."""
    trails: list[Trail] = [(None, document, tree.roots[document])]
    for step in steps:
        reached: dict[int, Trail] = {}
        for trail in trails:
            for key, node in _follow(tree, trail[2], step):
                reached.setdefault(id(node), (trail, key, node))
        trails = list(reached.values())
    return [
        (Site(tree, parent), Slot(node, (key,)))
        for parent, key, node in trails
        if isinstance(node, ScalarNode) and parent is not None
    ]


def _follow(tree: Tree, node: Node, step: str | int | Match) -> Iterator[tuple[str | int, Node]]:
    if isinstance(step, str):
        child = tree.entries(node).get(step)
        if child is not None:
            yield step, child
    elif isinstance(node, SequenceNode):
        for position, item in enumerate(node.value):
            if _is_meant(tree, item, step, position=position):
                yield position, item


def _is_meant(tree: Tree, item: Node, step: int | Match, *, position: int) -> bool:
    if isinstance(step, int):
        return step == position
    value = tree.entries(item).get(step.key)
    return isinstance(value, ScalarNode) and value.value == step.value
