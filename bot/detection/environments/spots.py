"""Where a path names an environment: `envs/prod/web/values.yaml`, `web/overlays/prod`, `values-prod.yaml`.

A folder is believed if its whole name is that of an environment, and a part of a name only if a sibling names another
environment in the same way: `dev-tools` alone is a folder of tools.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.values.editable.files import MANIFESTS
from bot.detection.environments.stages import UNKNOWN, Named, Stage, named_in, stage_of

ENVIRONMENT = "{environment}"

HOLDERS = frozenset(
    {"env", "envs", "environment", "environments", "overlay", "overlays", "stage", "stages", "clusters"}
)
"""Folders whose subfolders are environments, whatever these are called."""

_SHARED = (
    "base bases common shared default defaults global all component components template templates crds lib library "
    "patches policies resources config configs flux-system charts apps infrastructure rings"
)
SHARED = frozenset(_SHARED.split())
"""Beside environments, and none themselves."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A path with the environment that it names. template: the path with `{environment}` in the place of its name.

    index: which segment. environment: '' where the path names none; then template is the path.
    """

    path: str
    template: str
    index: int = -1
    environment: str = ""
    stage: Stage = UNKNOWN


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place where siblings can name environments."""

    parent: str
    prefix: str
    suffix: str


class Spots:
    """Finds environments in paths. paths: all files of the repository, because siblings decide."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._siblings: dict[_Slot, dict[str, Stage]] = {}
        self._children: dict[str, set[str]] = {}
        seen: set[str] = set()
        for path in paths:
            parts = path.split("/")
            for index, part in enumerate(parts):
                place = "/".join(parts[: index + 1])
                if place in seen:
                    continue
                seen.add(place)
                is_file = index == len(parts) - 1
                if is_file and not path.endswith(MANIFESTS) and "." in part:
                    continue
                parent = "/".join(parts[:index])
                self._children.setdefault(parent, set()).add(part)
                found = named_in(_stem(part, is_file=is_file))
                if found:
                    slot = _Slot(parent, found.prefix, found.suffix)
                    self._siblings.setdefault(slot, {})[found.name] = found.stage

    def of(self, path: str) -> Spot:
        """Return where a path names its environment.

        At the first segment with siblings that name others, else the first that a word tells, else where environments stand.
        """
        parts = path.split("/")
        places = [("/".join(parts[:index]), part) for index, part in enumerate(parts)]
        told = [
            (not self._has_siblings(parent, found), index, found)
            for index, (parent, part) in enumerate(places)
            if (found := self._environment(parent, part, is_file=index == len(parts) - 1))
        ]
        if told:
            _, index, found = min(told, key=lambda each: each[:2])
            return _spot(path, parts, index, found)
        for index, (parent, part) in enumerate(places[:-1]):
            if self._holds_environments(parent, part):
                return _spot(path, parts, index, Named("", part, "", stage_of(part)))
        return Spot(path, path)

    def _environment(self, parent: str, part: str, *, is_file: bool) -> Named | None:
        stem = _stem(part, is_file=is_file)
        found = named_in(stem)
        ending = part[len(stem) :]
        if found is None:
            return None
        siblings = self._siblings.get(_Slot(parent, found.prefix, found.suffix), {})
        stages = {stage.kind for stage in siblings.values()}
        supported = len(stages) > 1 or _is_holder(parent)
        named = Named(found.prefix, found.name, found.suffix + ending, found.stage)
        if found.is_plain:
            return named if supported or not found.stage.is_weak else None
        is_values = is_file and found.prefix.startswith("values") and not found.suffix
        return named if len(stages) > 1 or (is_values and not found.stage.is_weak) else None

    def _has_siblings(self, parent: str, found: Named) -> bool:
        suffix = next(
            (found.suffix.removesuffix(ending) for ending in MANIFESTS if found.suffix.endswith(ending)), found.suffix
        )
        siblings = self._siblings.get(_Slot(parent, found.prefix, suffix), {})
        return _is_holder(parent) or len({stage.kind for stage in siblings.values()}) > 1

    def _holds_environments(self, parent: str, part: str) -> bool:
        """Report whether a folder stands where environments do, although no word tells its name."""
        children = {name for name in self._children.get(parent, ()) if name.lower() not in SHARED}
        return _is_holder(parent) and len(children) > 1 and part in children and not part.startswith((".", "_"))


def _spot(path: str, parts: list[str], index: int, found: Named) -> Spot:
    filled = [*parts[:index], f"{found.prefix}{ENVIRONMENT}{found.suffix}", *parts[index + 1 :]]
    template = "/".join(filled).replace(f"/{found.name}/", f"/{ENVIRONMENT}/")
    return Spot(path, template, index, found.name, found.stage)


def spots(references: Iterable[str], paths: Iterable[str]) -> Mapping[str, Spot]:
    """Return where each of these paths names its environment."""
    finder = Spots(paths)
    return {path: finder.of(path) for path in dict.fromkeys(references)}


def _is_holder(parent: str) -> bool:
    return parent.rpartition("/")[2].lower() in HOLDERS


def _stem(part: str, *, is_file: bool) -> str:
    """Return a file's name without its ending."""
    if not is_file:
        return part
    ending = next((ending for ending in MANIFESTS if part.endswith(ending)), "")
    return part.removesuffix(ending)
