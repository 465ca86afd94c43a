"""Merges the settings of one part over its defaults. Works on trees, so that every value keeps its line.

Environments: the mappings of `KEY_BY_KEY` merge key by key, and so does `approvals`, so that `count: 2` keeps the people.
Everything else, lists included, is taken whole. Applications: `versions`, `source` and `environments` merge key by key. Keys
that exclude each other (`image` and `images`, two orders) replace each other. Nothing (`soak: null`) drops what is below.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import replace

from bot.core.policy.environment import KEY_BY_KEY
from bot.core.policy.file.yaml_tree import Entry, Node
from bot.core.policy.orders import ORDERS

IMAGES = frozenset({"image", "images"})

MERGING = frozenset({"versions", "source"})
"""The mappings of an application that merge key by key, beside `environments`."""

PLACEHOLDER = "{application}"

Merge = Callable[[Node, Node], Node]


def laid_over(own: Entry, below: Entry) -> Entry:
    """Return an environment's entry over another's. What is taken from below is marked, and knows its file."""
    return replace(own, node=_merged(own.node, below.node, below.path, _bundles(below.path)))


def application_over(own: Entry, below: Entry) -> Entry:
    """Return an application's entry over the defaults, or over a rule's."""
    path = below.path
    deeper: dict[str, Merge] = {
        "versions": _exclusive(frozenset(map(str, ORDERS)), path),
        "source": _source(path),
        "environments": _each_environment(path),
    }
    return replace(own, node=_merged(_mapping(own.node), _spelt_alike(below.node, own.node), path, deeper))


def filled_in(entry: Entry, application: str) -> Entry:
    """Return an application's entry with its name for `{application}`; in the pattern of `tags` the name stands for itself.

    `edit` is left as it is: its key paths and patterns are filled in where they are used, with `{environment}`.
    """
    return replace(entry, node=_filled(entry.node, application))


def _filled(node: Node, name: str) -> Node:
    match node.value:
        case str() as text if PLACEHOLDER in text:
            return replace(node, value=text.replace(PLACEHOLDER, name), written=node.written.replace(PLACEHOLDER, name))
        case tuple() as items:
            return replace(node, value=tuple(_filled(item, name) for item in items))
        case Mapping() as entries:
            return replace(
                node,
                value={
                    key: entry
                    if key == "edit" and _is_edit(entry.node)
                    else replace(entry, node=_value(key, entry.node, name))
                    for key, entry in entries.items()
                },
            )
    return node


def _value(key: str, node: Node, name: str) -> Node:
    return _filled(node, name.replace(".", r"\.") if key == "tags" else name)


def _is_edit(node: Node) -> bool:
    """Report whether this is the value of the key `edit`, and not the settings of an environment called `edit`."""
    return isinstance(node.value, tuple) or not {"only", "also"}.isdisjoint(node.entries)


def _spelt_alike(below: Node, own: Node) -> Node:
    """Return the tree with its image under the key that the other one uses: `image` and `images` are two spellings."""
    given = sorted(IMAGES & _given(own))
    images = [entry for key, entry in below.entries.items() if key in IMAGES]
    if not given or not images:
        return below
    return replace(below, value={**_without(below, IMAGES).entries, given[0]: images[0]})


def _mapping(node: Node) -> Node:
    """Return an empty mapping for nothing: an application that differs in nothing may be written as `web:`."""
    return replace(node, value={}) if node.value is None else node


def _given(node: Node) -> frozenset[str]:
    return frozenset(key for key, entry in node.entries.items() if entry.node.value is not None)


def _without(node: Node, keys: Container[str]) -> Node:
    return replace(node, value={key: entry for key, entry in node.entries.items() if key not in keys})


def _bundles(path: str) -> Mapping[str, Merge]:
    """Return how the bundles of an environment's settings merge."""
    return {**{key: _flat(path) for key in KEY_BY_KEY}, "gates": _gates(path)}


def _gates(path: str) -> Merge:
    return lambda own, below: _merged(own, below, path, {"approvals": _flat(path)})


def _flat(path: str) -> Merge:
    return lambda own, below: _merged(own, below, path, {})


def _source(path: str) -> Merge:
    """Merge two sources; `acme/web` is short for a mapping."""

    def merge(own: Node, below: Node) -> Node:
        return _merged(_source_mapping(own), _source_mapping(below), path, {})

    return merge


def _source_mapping(node: Node) -> Node:
    if not isinstance(node.value, str):
        return node
    return Node(node.spot, {"repository": Entry(node.spot, node)}, size=2)


def _exclusive(keys: frozenset[str], path: str) -> Merge:
    """Merge two mappings that hold one of these keys at most: one's own drops that of the other."""

    def merge(own: Node, below: Node) -> Node:
        return _merged(own, _without(below, keys) if keys & _given(own) else below, path, {})

    return merge


def _each_environment(path: str) -> Merge:
    """Merge what two say of each environment; `true` and `false` are taken whole."""

    def merge(own: Node, below: Node) -> Node:
        deeper = _bundles(path)
        both = {name: lambda mine, theirs: _merged(mine, theirs, path, deeper) for name in own.entries}
        return _merged(own, below, path, both)

    return merge


def _merged(own: Node, below: Node, path: str, deeper: Mapping[str, Merge]) -> Node:
    """Merge two mappings; a value that is not a mapping stays as it is. deeper: how the values of these keys merge."""
    mine, theirs = own.entries, below.entries
    if not isinstance(own.value, Mapping):
        return own
    kept = {
        key: _kept(entry, theirs.get(key), path, deeper.get(key))
        for key, entry in mine.items()
        if key not in theirs or entry.node.value is not None
    }
    taken = {
        key: replace(entry, inherited=True, path=entry.path or path) for key, entry in theirs.items() if key not in mine
    }
    entries = {**kept, **taken}
    return replace(own, value=entries, size=1 + sum(entry.node.size for entry in entries.values()))


def _kept(own: Entry, below: Entry | None, path: str, merge: Merge | None) -> Entry:
    if below is None:
        return own
    if merge is not None and isinstance(own.node.value, Mapping) and isinstance(below.node.value, Mapping | str):
        return replace(own, node=merge(own.node, below.node))
    return replace(own, replaces=replace(below, path=below.path or path))
