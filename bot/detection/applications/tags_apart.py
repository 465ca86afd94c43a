"""Tags that stand apart from their image's name: `tag` in an environment's values, `repository` in those of the chart.

Nothing but the keys and the folders tells that they belong together: Helm merges the two files when it renders the chart
(https://helm.sh/docs/chart_template_guide/values_files/), and where it does so is written elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.values.images import is_tag
from bot.detection.applications.edits import path_of
from bot.detection.applications.grouping import names_in
from bot.detection.environments.spots import ENVIRONMENT, Spot
from bot.detection.reading.objects import documents_in
from bot.detection.reading.tree import Keys, Reference, Tree, is_candidate

TAG = "tag"
_NAMES = frozenset({"repository", "name", "image", "imageName"})
"""Beside a tag, these say which image it is of, or that no one can tell."""

_DEEPEST = 6
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Apart:
    """Tags of an unknown image. place: the file, with `{environment}`; keys: of the tag; tag: one of those there."""

    place: str
    keys: Keys
    tag: str

    @property
    def path(self) -> str:
        """Return the keys as a policy's `edit` writes them."""
        return path_of(self.keys)


def tags_apart(
    tree: Tree, where: Mapping[str, Spot], seen: Sequence[Reference]
) -> tuple[tuple[Reference, ...], tuple[Apart, ...]]:
    """Return the tags whose image is known, as references to it, and those whose image nobody names.

    where: path → the environment that it names. seen: the references beside which a name stands.
    """
    charts = _charts(where, seen)
    known: list[Reference] = []
    unknown: dict[tuple[str, Keys], Apart] = {}
    for path in sorted(tree.contents):
        if not is_candidate(path) or b"tag:" not in tree.contents[path] or not where[path].environment:
            continue
        for keys, tag in _tags_in(tree.contents[path]):
            image = _image(charts, where[path], keys)
            if image:
                known.append(Reference(path, image, tag, None, line=0, keys=(*keys, TAG), is_apart=True))
            else:
                place = where[path].template
                unknown.setdefault((place, keys), Apart(place, (*keys, TAG), tag))
    return tuple(known), tuple(unknown.values())


def _charts(where: Mapping[str, Spot], seen: Sequence[Reference]) -> Mapping[Keys, list[Reference]]:
    """Return keys → the names of images that stand there in values that all environments share."""
    found: dict[Keys, list[Reference]] = defaultdict(list)
    for each in seen:
        if each.keys and not where[each.path].environment:
            found[each.keys].append(each)
    return found


def _image(charts: Mapping[Keys, list[Reference]], spot: Spot, keys: Keys) -> str:
    """Return the image of the one chart that such values are for, '' where none or several could be meant."""
    folder = _folder(spot.template)
    beside = [each for each in charts.get(keys, ()) if _folder(each.path) == folder]
    named = [each for each in charts.get(keys, ()) if _chart(each.path) in names_in(spot.template)]
    parts = [each for each in charts.get(keys[1:], ()) if keys and _chart(each.path) == keys[0]]
    for found in (beside, named, parts):
        images = {each.image for each in found}
        if images:
            return images.pop() if len(images) == 1 else ""
    return ""


def _folder(path: str) -> str:
    """Return the folder of a file, without the one that names the environment."""
    return "/".join(part for part in path.split("/")[:-1] if part != ENVIRONMENT)


def _chart(path: str) -> str:
    return path.rpartition("/")[0].rpartition("/")[2]


def _tags_in(content: bytes) -> Iterator[tuple[Keys, str]]:
    documents = documents_in(content)
    if len(documents) != 1:  # values are one document, and an edit names none
        return
    waiting: list[tuple[Keys, object]] = [((), documents[0])]
    for keys, node in waiting:
        if not isinstance(node, dict):
            continue
        tag = node.get(TAG)
        if isinstance(tag, str) and tag and is_tag(tag) and not _NAMES.intersection(node):
            yield keys, tag
        if len(keys) < _DEEPEST and len(waiting) < _MOST:
            waiting += [((*keys, str(key)), value) for key, value in node.items()]
