"""Tags that stand apart from their image's name: `tag` in an environment's values, `repository` in those of the chart.

Nothing but the keys and the folders tells that they belong together: Helm merges the two files when it renders the chart
(https://helm.sh/docs/chart_template_guide/values_files/), and where it does so is written elsewhere.

Where each application has a file of its own in each environment's folder, with a tag at its root and no image anywhere, the
file names the application. Its image is then guessed from the images that the team has elsewhere, and a person is asked.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.values.images import is_tag
from bot.detection.applications.edits import path_of
from bot.detection.applications.grouping import APPLICATION, can_name, names_in
from bot.detection.environments.spots import ENVIRONMENT, Spot
from bot.detection.reading.objects import documents_in
from bot.detection.reading.tree import Keys, Reference, Tree, is_bare, is_candidate

_TAGS = ("tag", "image_tag", "imageTag")
"""The keys of a tag, as charts call them."""

_NAMES = frozenset({"repository", "name", "image", "imageName"})
"""Beside a tag, these say which image it is of, or that no one can tell."""

FEWEST_FILES = 3
"""Files alike, each with a tag at its root, in which the tag is taken for that of the application that the file names."""

_DEEPEST = 6
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Apart:
    """Tags of an unknown image. place: the file, with `{environment}`; keys: of the tag; tag: one of those there.

    guess: the image that the file's name suggests, both with `{application}`; '' for none.
    """

    place: str
    keys: Keys
    tag: str
    guess: str = ""

    @property
    def path(self) -> str:
        """Return the keys as a policy's `edit` writes them."""
        return path_of(self.keys)


def tags_apart(
    tree: Tree, where: Mapping[str, Spot], seen: Sequence[Reference], own: Sequence[str]
) -> tuple[tuple[Reference, ...], tuple[Apart, ...]]:
    """Return the tags whose image is known, as references to it, and those whose image nobody names.

    where: path → the environment that it names. seen: the references beside which a name stands. own: images of the team.
    """
    charts = _charts(where, seen)
    known: list[Reference] = []
    unknown: list[Reference] = []
    for path in sorted(tree.contents):
        if not where[path].environment or not (is_candidate(path) or is_bare(path)):
            continue
        for keys, tag in _tags_in(tree.contents[path]):
            image = _image(charts, where[path], keys[:-1])
            found = Reference(path, image, tag, None, line=0, keys=keys, is_apart=True)
            (known if image else unknown).append(found)
    guessed, guesses = _guessed(unknown, where, own)
    files = {each.path for each in guessed}
    left: dict[tuple[str, Keys], Apart] = {}
    for each in unknown:
        if each.path not in files:
            place = where[each.path].template
            left.setdefault((place, each.keys), Apart(place, each.keys, each.tag or ""))
    return (*known, *guessed), (*guesses, *left.values())


def _guessed(
    unknown: Sequence[Reference], where: Mapping[str, Spot], own: Sequence[str]
) -> tuple[list[Reference], list[Apart]]:
    """Return the tags in files of one application each, with the images that these are taken for."""
    heads = Counter(image.rpartition("/")[0] for image in own)
    if not heads:
        return [], []
    head = heads.most_common(1)[0][0]
    alike: dict[tuple[str, Keys], dict[str, list[Reference]]] = defaultdict(dict)
    for each in unknown:
        folder, _, file = where[each.path].template.rpartition("/")
        name, dot, ending = file.partition(".")
        if len(each.keys) == 1 and ENVIRONMENT in folder and can_name(name):
            place = f"{folder}/{APPLICATION}{dot}{ending}"
            alike[place, each.keys].setdefault(name, []).append(each)
    found: list[Reference] = []
    guesses: list[Apart] = []
    for (place, keys), files in alike.items():
        if len(files) >= FEWEST_FILES:
            found += [replace(each, image=f"{head}/{name}") for name, there in files.items() for each in there]
            guesses.append(Apart(place, keys, next(iter(files.values()))[0].tag or "", f"{head}/{APPLICATION}"))
    return found, guesses


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
    if not any(f"{key}:".encode() in content for key in _TAGS):
        return
    documents = documents_in(content)
    if len(documents) != 1:  # values are one document, and an edit names none
        return
    waiting: list[tuple[Keys, object]] = [((), documents[0])]
    for keys, node in waiting:
        if not isinstance(node, dict):
            continue
        for key in _TAGS:
            tag = node.get(key)
            if isinstance(tag, str) and tag and is_tag(tag) and not _NAMES.intersection(node):
                yield (*keys, key), tag
        if len(keys) < _DEEPEST and len(waiting) < _MOST:
            waiting += [((*keys, str(key)), value) for key, value in node.items()]
