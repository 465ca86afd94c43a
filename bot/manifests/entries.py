"""Scalars that people name by file and key path, for what cannot be found by image name.

A key path is keys with dots between them: `web.image.tag`, `spec.containers[name=web].image`, `images[0].newTag`,
`data.config\\.yaml`. An entry is trusted before anything that a format says about the same scalar.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yaml.nodes import Node, ScalarNode, SequenceNode

from bot.core.images import ImageName
from bot.manifests.problems import Problem
from bot.manifests.sightings import Sighting, by_look
from bot.manifests.sites import KeyPath, Site, Slot
from bot.manifests.tree import Trail, Tree

NAME = "entry"

_STEP = re.compile(
    r"\[(?P<position>[0-9]{1,6})\]|\[(?P<key>[^=\[\]]+)=(?P<value>[^\[\]]*)\]|(?P<dot>\.?)(?P<name>(?:[^.\[\]\\]|\\.)+)"
)


class KeyPathError(ValueError):
    """Not a key path; the message says where, and what is expected."""


@dataclass(frozen=True, slots=True)
class Match:
    """Selects the one element of a list that has a value at a key."""

    key: str
    value: str


Steps = tuple[str | int | Match, ...]


def parse_key_path(text: str) -> Steps:
    """Read `a.b[0].c[name=web]`; a backslash takes the meaning from a dot or a bracket. Raises `KeyPathError`."""
    steps: list[str | int | Match] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None or (match["name"] is not None and bool(match["dot"]) != bool(steps)):
            raise KeyPathError(
                f"{text!r}, character {position + 1}: expected a key path such as web.image.tag, images[0].newTag or "
                f"containers[name=web].image"
            )
        steps.append(_step(match))
        position = match.end()
    if not 0 < len(steps) <= 100:
        raise KeyPathError(f"the key path has {len(steps)} steps; expected one such as web.image.tag")
    return tuple(steps)


def find_entry(tree: Tree, steps: Steps, image: ImageName) -> Sighting | Problem:
    """The scalar at a key path, in whichever one document has it."""
    found = [place for number in range(len(tree.roots)) for place in _descend(tree, number, steps)]
    if not found:
        return Problem(
            line=0,
            seen=_shown(steps),
            reason="there is no scalar at this key path",
            advice="correct the path, or add the key",
        )
    if len(found) > 1:
        return Problem(
            line=tree.line(found[1][1].node),
            seen=_shown(steps),
            reason="the key path leads to several scalars",
            advice="make the path lead to one, such as with [name=…]",
        )
    return by_look(*found[0], image, found_by=NAME)


def entry_at(tree: Tree, document: int, key_path: KeyPath, image: ImageName) -> Sighting | None:
    """The same for a place that was found before; None if nothing is there any more."""
    found = _descend(tree, document, key_path) if document < len(tree.roots) else []
    return by_look(*found[0], image, found_by=NAME) if found else None


def _step(match: re.Match[str]) -> str | int | Match:
    if match["position"] is not None:
        return int(match["position"])
    if match["key"] is not None:
        return Match(match["key"], match["value"])
    return re.sub(r"\\(.)", r"\1", match["name"])


def _descend(tree: Tree, document: int, steps: Steps) -> list[tuple[Site, Slot]]:
    """Every scalar that the steps lead to; several only where several elements of a list match. No node is seen twice."""
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


def _shown(steps: Steps) -> str:
    """The path as people write it."""
    return "".join(
        f"[{step}]"
        if isinstance(step, int)
        else f"[{step.key}={step.value}]"
        if isinstance(step, Match)
        else f".{step}"
        for step in steps
    ).removeprefix(".")
