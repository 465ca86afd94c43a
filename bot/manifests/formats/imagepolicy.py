"""Flux's setter markers: `# {"$imagepolicy": "namespace:policy[:name|:tag|:digest]"}` behind a value.

https://fluxcd.io/flux/guides/image-update/#configure-image-update-for-custom-resources. A marker names a policy, not an
image; the image is known from a whole reference or a `:name` with the same policy in the same file. Where it is not,
the values around it decide, as anywhere else.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.manifests.parsing.comments import Values
from bot.manifests.parsing.sites import Site, Slot
from bot.manifests.parsing.tree import Tree
from bot.manifests.references.names import Named, named_by
from bot.manifests.references.sightings import Marker, Sighting, composed, digest_beside, whole

NAME = "flux marker"

_SIGN = "$imagepolicy"
_MARKER = re.compile(r"#[ \t]*(\{[^{}\r\n]*\"\$imagepolicy\"[^{}\r\n]*\})")


@dataclass(frozen=True, slots=True)
class _Marked:
    """A value with a marker. aspect: `name`, `tag`, `digest`, or empty for a whole reference."""

    site: Site
    slot: Slot
    policy: str
    aspect: str


def read(tree: Tree) -> Iterator[Sighting]:
    """Read whole references, and the tags and digests whose policy has a known image."""
    marked = list(_marked(tree))
    names: dict[str, tuple[Slot, Named]] = {}
    for mark in marked:
        if not mark.aspect and (sighting := whole(mark.site, mark.slot, found_by=NAME)) is not None:
            names[mark.policy] = mark.slot, Named(sighting.names, sighting.repository)
            yield sighting
        elif mark.aspect == "name" and (named := named_by(tree.text_of(mark.slot.node))) is not None:
            names[mark.policy] = mark.slot, named
    for group in _groups(marked):
        first = next(iter(group.values()))
        if first.policy in names:
            name, named = names[first.policy]
            tag, digest = (group[aspect].slot if aspect in group else None for aspect in ("tag", "digest"))
            digest = digest or (None if tag is None else digest_beside(first.site, tag))
            yield composed(first.site, found_by=NAME, named=named, name=name, tag=tag, digest=digest)


def _groups(marked: list[_Marked]) -> list[dict[str, _Marked]]:
    """Tag and digest of one policy in one mapping belong together."""
    groups: dict[tuple[str, int], dict[str, _Marked]] = {}
    for mark in marked:
        if mark.aspect in {"tag", "digest"}:
            groups.setdefault((mark.policy, id(mark.site.trail[2])), {})[mark.aspect] = mark
    return list(groups.values())


def _marked(tree: Tree) -> Iterator[_Marked]:
    values = Values(tree)
    for match in _MARKER.finditer(tree.text):
        value = values.before(match.start())
        namespace, _, rest = _policy(match[1]).partition(":")
        policy, _, aspect = rest.partition(":")
        if value is not None and policy:
            yield _Marked(*value, policy=f"{namespace}:{policy}", aspect=aspect)


def _policy(text: str) -> str:
    try:
        return str(json.loads(text).get(_SIGN, ""))
    except ValueError:
        return ""


MARKER = Marker(name=NAME, sign=_SIGN, read=read)
