"""Adds an application to a policy that people have written: every other byte of the file stays.

ruamel.yaml reads the file with the places of its keys, and afterwards compares what it reads before and after, comments
included. It does not write the file: its round trip would change quotes and indentation elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from bot.core.policy import MAIN, Policy, read
from bot.core.policy.paths import reaches, resolved_paths
from bot.core.policy.suggestions import meant
from bot.core.values.errors import PolicyError
from bot.detection.detect import Detected, Released

KEY = "applications"


class NoAdditionError(Exception):
    """Nothing can be added; the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Addition:
    """text: of the whole file. added: the lines that are new. environments: those that it is written in."""

    text: str
    added: str
    environments: tuple[str, ...]


def add(files: Mapping[str, str], policy: Policy, detected: Detected, *, name: str) -> Addition:
    """Return the policy with one more application.

    files: of the present policy. policy: what they say, with the applications that rules find. Raises NoAdditionError.
    """
    found = {each.application.name: each for each in detected.released}
    if name in policy.applications:
        raise NoAdditionError(f"{name}: the policy has this application already")
    if name not in found:
        there = [each for each in found if each not in policy.applications]
        raise NoAdditionError(
            f"{name}: nothing in the manifests suggests this application{meant(name, there) or _others(there)}"
        )
    text = files.get(MAIN, "")
    entry = _entry(found[name], policy)
    changed = _inserted(text, name, entry)
    _check(files, text, changed, name)
    environments = tuple(each for each in found[name].application.environments if each in policy.environments)
    return Addition(changed, changed[_shared_start(text, changed) :][: len(changed) - len(text)], environments)


def _others(names: list[str]) -> str:
    return f": it could be {', '.join(sorted(names)[:10])}" if names else ""


def _entry(released: Released, policy: Policy) -> CommentedMap:
    """Return what the policy says of it: its paths only where the environments' own do not lead to its files."""
    one = released.application
    entry = CommentedMap()
    if len(one.images) == 1:
        entry["image"] = one.images[0]
    else:
        entry["images"] = list(one.images)
    if released.source:
        entry["source"] = released.source
    if released.order.settings:
        entry["versions"] = YAML(typ="rt").load(
            f"{{{', '.join(f'{k}: {v}' for k, v in released.order.settings.items())}}}"
        )
    paths = {
        environment: sorted(files)
        for environment, files in _files(released).items()
        if environment in policy.environments
        and not all(reaches(resolved_paths(policy.environments[environment], one.name), file) for file in files)
    }
    if paths:
        entry["environments"] = CommentedMap(
            {
                environment: CommentedMap(path=files[0] if len(files) == 1 else files)
                for environment, files in paths.items()
            }
        )
    return entry


def _files(released: Released) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in released.application.placed:
        found.setdefault(each.spot.environment, set()).add(each.reference.path)
    return found


def _inserted(text: str, name: str, entry: CommentedMap) -> str:
    """Put the entry behind the last application, at the same indentation."""
    try:
        root = YAML(typ="rt").load(text)
    except YAMLError as error:
        raise NoAdditionError(f"{MAIN} cannot be read: {error}") from error
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    present = root.get(KEY) if isinstance(root, CommentedMap) else None
    if present is None or (isinstance(present, CommentedMap) and not present and not present.fa.flow_style()):
        raise NoAdditionError(f"{MAIN} lists no applications: add this below {KEY!r}:\n\n{_written(name, entry, 2)}")
    if not isinstance(present, CommentedMap) or present.fa.flow_style():
        raise NoAdditionError(f"{MAIN} has {KEY!r} in braces: add this to it by hand:\n\n{_written(name, entry, 2)}")
    indent = present.lc.col
    last = _last_line(lines, present.lc.key(next(reversed(present)))[0], indent)
    added = _written(name, entry, indent).replace("\n", ending)
    if last + 1 == len(lines) and not lines[last].endswith(("\n", "\r")):
        added = f"{ending}{added.removesuffix(ending)}"
    return "".join([*lines[: last + 1], added, *lines[last + 1 :]])


def _last_line(lines: list[str], first: int, indent: int) -> int:
    """Return the last line of the entry that begins here: comments and empty lines behind it belong to what follows."""
    last = first
    for number in range(first + 1, len(lines)):
        line = lines[number]
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if len(line) - len(line.lstrip(" ")) <= indent:
            break
        last = number
    return last


def _written(name: str, entry: CommentedMap, indent: int) -> str:
    yaml = YAML(typ="rt")
    yaml.width = 4096
    for key in ("versions",):
        if isinstance(entry.get(key), CommentedMap):
            entry[key].fa.set_flow_style()
    out = StringIO()
    yaml.dump(CommentedMap({name: entry}), out)
    return "".join(f"{' ' * indent}{line}" for line in out.getvalue().splitlines(keepends=True))


def _check(files: Mapping[str, str], before: str, after: str, name: str) -> None:
    """Raise NoAdditionError unless the policy is as before, with this application."""
    yaml = YAML(typ="rt")
    was, now = yaml.load(before), yaml.load(after)
    now[KEY].pop(name)
    if was != now or list(was[KEY]) != list(now[KEY]):
        raise NoAdditionError(f"{MAIN} is written in a way that nothing can be added to safely: add {name!r} by hand")
    try:
        read({**files, MAIN: after})
    except PolicyError as error:
        raise NoAdditionError(
            f"with {name!r}, the policy would have {len(error.problems)} problems:\n{error}"
        ) from error


def _shared_start(before: str, after: str) -> int:
    return next((at for at, (mine, other) in enumerate(zip(before, after, strict=False)) if mine != other), len(before))
