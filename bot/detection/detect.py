"""From the files of a repository to what a policy for it would say, what is a question, and why."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.policy import MAIN, read
from bot.core.values.errors import PolicyError
from bot.core.values.patterns import extract
from bot.detection.applications.grouping import Application, applications
from bot.detection.applications.makers import Maker, maker_of
from bot.detection.applications.tags import Order, is_moving, order_of
from bot.detection.applications.tags_apart import Apart, tags_apart
from bot.detection.environments.order import Environment, named, ordered
from bot.detection.environments.rolling_sync import rolled_out
from bot.detection.environments.spots import ENVIRONMENT, Spot, spots
from bot.detection.migration import tools
from bot.detection.reading.evidence import Evidence, Settings
from bot.detection.reading.layouts import holds_code, is_deployed, layouts
from bot.detection.reading.objects import objects
from bot.detection.reading.tree import IGNORED_FOLDERS, Reference, Tree, references

FEWEST_MOVING = 3
"""Tags that move, with which an environment is left out if they are most of it."""

ONLY = "main"
"""The name of the one environment of a repository whose paths name none."""

FEWEST_BARE = 3
"""Files without an ending, fewer of which are not worth a question."""

_BARE = re.compile(r"[a-z0-9][a-z0-9_-]*")


_PULL_REQUEST = re.compile(r"\bpr-?[0-9]")
"""Tags of one pull request's builds: a tool deploys them for a while, and they are no releases."""


@dataclass(frozen=True, slots=True)
class Released:
    """An application with its choice of versions. source: the repository that it is built from, '' where that is unknown."""

    application: Application
    order: Order
    source: str = ""


@dataclass(frozen=True, slots=True)
class Detected:
    """What was found.

    layouts: how the repository is laid out. tools: other tools, with their settings. left: images that were left out → why.
    shared: images of the team's own that all environments share → where. apart: tags of images that are named nowhere.
    bare: files without an ending where environments are told apart, with `{environment}`; they were not read.
    moving: environments in which most tags move, left out → such a tag.
    places: every file and folder. is_guess: no path names an environment. is_deployed: Argo CD or Flux deploys from here.
    read: how many files.
    """

    layouts: tuple[str, ...]
    tools: tuple[Evidence, ...]
    environments: tuple[Environment, ...]
    released: tuple[Released, ...]
    spelled: Mapping[str, tuple[str, ...]]
    left: Mapping[str, str]
    shared: Mapping[str, tuple[str, ...]]
    apart: tuple[Apart, ...]
    bare: tuple[str, ...]
    moving: Mapping[str, str]
    places: frozenset[str]
    is_guess: bool
    is_deployed: bool
    holds_code: bool
    read: int

    @property
    def is_empty(self) -> bool:
        """Report whether nothing could be promoted."""
        return not self.released


def detect(tree: Tree) -> Detected:
    """Read what was given of a repository."""
    found = objects(tree)
    known = tools(tree, found)
    told = frozenset(image for each in known for image in each.images)
    named_there = references(tree)
    without_ending = [path for path in tree.paths if _is_bare(path) and path not in tree.contents]
    where = spots([*tree.contents, *without_ending], tree.paths)
    own = [each.image for each in named_there if _maker(each.image, tree.owner, told) is Maker.OWN]
    known_apart, apart = tags_apart(tree, where, named_there, own)
    seen = (*named_there, *known_apart)
    makers = {each.image: _maker(each.image, tree.owner, told) for each in seen}
    versioned = [each for each in seen if (each.tag or each.digest) and not each.refused]
    wanted = [each for each in versioned if _is_wanted(each, makers)]
    placed = [(each, where[each.path]) for each in wanted if where[each.path].environment]
    is_guess = not placed
    if is_guess:
        placed = [(each, where[each.path]) for each in _own_first(wanted, makers)]
    made = applications(placed)
    if not is_guess:
        made = _of_common_environments(made)
    moving = _moving(made)
    made = _without(moving, made)
    names = named(each.spot for one in made for each in one.placed) if not is_guess else {"": ONLY}
    steps = tuple(step for each in known for step in each.steps) or rolled_out(found)
    return Detected(
        layouts=layouts(tree, found),
        tools=known,
        environments=ordered(dict.fromkeys(names.values()), steps) if made else (),
        released=tuple(_released(each, known, tree) for each in _renamed(made, names)),
        spelled=_spelled(names),
        left=_left(seen, makers, made),
        shared=_shared(wanted, where, made) if not is_guess else {},
        apart=apart,
        bare=_bare(where[path] for path in without_ending),
        moving=moving,
        places=_places(tree.paths),
        is_guess=is_guess,
        is_deployed=is_deployed(found),
        holds_code=holds_code(tree),
        read=len(tree.contents),
    )


def _is_bare(path: str) -> bool:
    *folders, name = path.split("/")
    return _BARE.fullmatch(name) is not None and not IGNORED_FOLDERS.intersection(folders)


def _bare(found: Iterable[Spot]) -> tuple[str, ...]:
    """Return the files that at least two environments have, if there are several: a lone one may be anything."""
    environments: dict[str, set[str]] = defaultdict(set)
    for each in found:
        if each.environment:
            environments[each.template].add(each.environment)
    common = [template for template, names in environments.items() if len(names) > 1]
    common.sort(key=lambda template: template.endswith(ENVIRONMENT))  # what else the name tells is an application
    return tuple(common) if len(common) >= FEWEST_BARE else ()


def _places(paths: Iterable[str]) -> frozenset[str]:
    """Return every file with the folders above it."""
    found: set[str] = set()
    for path in paths:
        place = path
        while place and place not in found:
            found.add(place)
            place = place.rpartition("/")[0]
    return frozenset(found)


def _maker(image: str, owner: str, told: frozenset[str]) -> Maker:
    return Maker.OWN if image in told else maker_of(image, owner)


def _is_wanted(reference: Reference, makers: Mapping[str, Maker]) -> bool:
    maker = makers[reference.image]
    return maker is Maker.OWN or (maker is Maker.UNKNOWN and not reference.is_chart)


def _own_first(wanted: Sequence[Reference], makers: Mapping[str, Maker]) -> Sequence[Reference]:
    """Return the references to the team's own images; all where there are none, because then nobody can tell."""
    own = [each for each in wanted if makers[each.image] is Maker.OWN]
    return own or wanted


def _of_common_environments(made: Sequence[Application]) -> tuple[Application, ...]:
    """Leave out places that no word calls an environment and that share no application with another: they are clusters."""
    stages = {each.spot.environment: each.spot.stage for one in made for each in one.placed}
    common = {name for one in made for name in one.environments if len(one.environments) > 1}
    kept = {name for name, stage in stages.items() if stage.rank is not None or name in common or len(stages) < 4}
    there = (replace(each, placed=tuple(at for at in each.placed if at.spot.environment in kept)) for each in made)
    return tuple(each for each in there if each.placed)


def _moving(made: Sequence[Application]) -> Mapping[str, str]:
    """Return the environments in which most tags move, though the applications have versions elsewhere."""
    tags: dict[str, list[str]] = defaultdict(list)
    for one in made:
        if not all(map(is_moving, one.tags)):
            for at in one.placed:
                tags[at.spot.environment].append(at.reference.tag or "")
    moving = {name: list(filter(is_moving, found)) for name, found in tags.items()}
    return {
        name: found[0]
        for name, found in moving.items()
        if len(found) >= FEWEST_MOVING and len(found) * 4 >= len(tags[name]) * 3
    }


def _without(environments: Mapping[str, str], made: Sequence[Application]) -> tuple[Application, ...]:
    there = (
        replace(each, placed=tuple(at for at in each.placed if at.spot.environment not in environments))
        for each in made
    )
    return tuple(each for each in there if each.placed)


def _renamed(made: Iterable[Application], names: Mapping[str, str]) -> Iterable[Application]:
    for each in made:
        placed = tuple(replace(at, spot=replace(at.spot, environment=names[at.spot.environment])) for at in each.placed)
        yield replace(each, placed=placed)


def _spelled(names: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for spelling, name in names.items():
        found[name].append(spelling)
    return {name: tuple(each) for name, each in found.items()}


def _released(application: Application, known: Sequence[Evidence], tree: Tree) -> Released:
    source = next((each.sources[image] for each in known for image in application.images if image in each.sources), "")
    order = order_of(application.tags)
    told = [
        (each.tool, chosen)
        for each in known
        for image in application.images
        for chosen in each.versions.get(image, ())
        if _is_valid(chosen)
    ]
    told = [each for each in told if not _is_of_pull_request(each[1])] or told
    if told:
        tool, chosen = max(told, key=lambda each: sum(_fits(each[1], tag) for tag in application.tags))
        of_pull_request = _is_of_pull_request(chosen)
        why = f"as {tool} has it{', for the builds of a pull request' if of_pull_request else ''}"
        order = Order(dict(_with_order(chosen, order)), why, is_sure=len(told) == 1 and not of_pull_request)
    if order.needs_source and not source:
        source = _guessed_source(application.images[0], tree.owner)
    if order.needs_source and not source:
        order = Order(why="the tags are commits, and the repository that they belong to is unknown", is_sure=False)
    return Released(application, order, source)


def _is_of_pull_request(settings: Settings) -> bool:
    return _PULL_REQUEST.search(settings.get("tags", "")) is not None


def _is_valid(settings: Settings) -> bool:
    """Report whether a policy can have these: a tool's expressions can use what RE2 does not have."""
    versions = ", ".join(f"{key}: {value}" for key, value in settings.items())
    source = "source: a/b, " if "commit" in settings else ""
    application = f"applications: {{a: {{image: a, {source}versions: {{{versions}}}}}}}"
    written = f"{application}\nenvironments: {{a: {{path: a, from: registry}}}}\n"
    try:
        read({MAIN: written})
    except PolicyError:
        return False
    return True


def _fits(settings: Settings, tag: str) -> bool:
    """Report whether a choice of tags admits this one."""
    pattern = settings.get("tags", "")
    return not pattern or extract(pattern[1:-1].replace("''", "'"), tag) is not None


def _with_order(settings: Settings, order: Order) -> Settings:
    """Add the order that the tags follow where a tool only filters them."""
    has_order = settings.keys() & {"semver", "numeric", "alphabetical", "newest", "commit", "digest"}
    if has_order or "tags" in order.settings:
        return settings
    return {**{key: value for key, value in order.settings.items() if order.is_sure}, **settings}


def _guessed_source(image: str, owner: str) -> str:
    """Return the repository of an image's name: GHCR and Quay name images as GitHub names repositories."""
    registry, *path = image.split("/")
    if len(path) == 2 and registry in {"ghcr.io", "quay.io"}:
        return "/".join(path)
    return f"{owner}/{path[-1]}" if owner else ""


def _left(seen: Iterable[Reference], makers: Mapping[str, Maker], made: Iterable[Application]) -> Mapping[str, str]:
    taken = {image for each in made for image in each.images}
    beside = {image: each.name for each in made for image in each.others}
    found: dict[str, str] = {}
    for each in seen:
        if each.image in taken or each.is_chart:
            continue
        if each.image in beside:
            found[each.image] = f"stands beside `{beside[each.image]}`, with versions of its own"
        elif makers[each.image] is Maker.OTHERS:
            found[each.image] = "is built by others"
        elif each.refused:
            found[each.image] = each.refused
    return found


def _shared(
    wanted: Iterable[Reference], where: Mapping[str, Spot], made: Iterable[Application]
) -> Mapping[str, tuple[str, ...]]:
    """Return the images that no environment writes itself, with the files that do."""
    taken = {image for each in made for image in (*each.images, *each.others)}
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for each in wanted:
        if each.image not in taken and not where[each.path].environment:
            found[each.image][each.path] = None
    return {image: tuple(paths) for image, paths in found.items()}
