"""The policy as a file: commented, in `mode: observe`, and valid."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.detection.applications.edits import Edit, Edits, edits_of
from bot.detection.applications.grouping import APPLICATION, Application, Placed
from bot.detection.detect import Detected, Released
from bot.detection.environments.order import Environment
from bot.detection.environments.spots import ENVIRONMENT
from bot.detection.questions import Question, questions
from bot.detection.reading.evidence import quoted

FEWEST_FOR_A_RULE = 4
"""Below, a list of applications is as short as a rule."""

MOST_COMMON_PATHS = 3
WIDTH = 110

HEAD = """\
# What may happen to the versions in this repository. Found in its files; `gitops-bot plan` shows what it reaches.
# Nothing is promoted while `mode` is `observe`: the bot only says what it would do.
"""

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./{}*-]*")
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./*-]*")
_NOT_TEXT = re.compile(r"[0-9][0-9._-]*|true|false|yes|no|on|off|null|y|n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the environments' paths are written.

    common: for all environments, in `defaults`. own: environment → its paths, where they differ. special: application →
    environment → paths that only this application has.
    """

    common: tuple[str, ...]
    own: Mapping[str, tuple[str, ...]]
    special: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a rule says for most applications. image, edits: with `{application}`; image: '' where there is no rule."""

    image: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    edits: tuple[Edit, ...] = ()


def policy_text(detected: Detected, owner: str) -> str:
    """Return the text of `.gitops.yml`. detected: has at least one application."""
    layout = _layout(detected)
    usual = _usual(detected, layout)
    lines = [HEAD.rstrip("\n"), *_asked(questions(detected, owner)), "version: 1", "mode: observe", ""]
    lines += _defaults(layout, usual)
    lines += _applications(detected, layout, usual)
    lines += ["", "environments:"]
    for each in detected.environments:
        lines += _environment(each, layout, detected)
    return "\n".join(lines) + "\n"


def _asked(found: Sequence[Question]) -> Iterator[str]:
    if found:
        yield "#"
        yield "# Please decide:"
    for each in found:
        yield from _comment(f"- {each.text.replace('`', '')}")


def _comment(text: str, indent: str = "") -> Iterator[str]:
    line = f"{indent}#"
    for word in text.split():
        if len(line) + len(word) >= WIDTH:
            yield line
            line = f"{indent}#  "
        line += f" {word}"
    yield line


# -- paths ---------------------------------------------------------------------------------------------------------------


def _layout(detected: Detected) -> _Layout:
    placed = [each for one in detected.released for each in one.application.placed]
    with_names = any(APPLICATION in each.pattern for each in placed)
    general = [each for each in placed if (APPLICATION in each.pattern) == with_names]
    own: dict[str, tuple[str, ...]] = {}
    for each in detected.environments:
        patterns = Counter(at.pattern for at in general if at.spot.environment == each.name)
        own[each.name] = tuple(
            dict.fromkeys(
                path for pattern, _ in patterns.most_common() for path in _filled(pattern, each.name, detected)
            )
        )
    usual = Counter(at.pattern for at in general).most_common(1)[0][0]
    for name, paths in own.items():
        own[name] = paths or tuple(_filled(usual, name, detected))
    common = _common(own)
    special = _special(detected) if with_names else {}
    return _Layout(common, {} if common else own, special)


def _common(own: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the paths of all environments, if they are few and name the environment."""
    paths = tuple(dict.fromkeys(path for each in own.values() for path in each))
    named = all(ENVIRONMENT in path for path in paths)
    return paths if named and len(own) > 1 and len(paths) <= MOST_COMMON_PATHS else ()


def _filled(pattern: str, environment: str, detected: Detected) -> Iterator[str]:
    """Yield the pattern, or what it says where the paths spell the environment in another way than it is called."""
    if ENVIRONMENT not in pattern:
        yield pattern
        return
    for spelling in detected.spelled[environment]:
        yield pattern if spelling == environment else pattern.replace(ENVIRONMENT, spelling)


def _special(detected: Detected) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the paths of applications whose name is not in all of their paths."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for each in detected.released:
        one = each.application
        for name in one.environments:
            here = [at for at in one.placed if at.spot.environment == name]
            if any(APPLICATION not in at.pattern for at in here):
                found.setdefault(one.name, {})[name] = _paths(here, one, detected)
    return found


def _paths(placed: Sequence[Placed], one: Application, detected: Detected) -> tuple[str, ...]:
    patterns = Counter(at.pattern for at in placed)
    paths = (
        path.replace(ENVIRONMENT, placed[0].spot.environment).replace(APPLICATION, one.name)
        for pattern, _ in patterns.most_common()
        for path in _filled(pattern, placed[0].spot.environment, detected)
    )
    return tuple(dict.fromkeys(paths))


# -- applications --------------------------------------------------------------------------------------------------------


def _usual(detected: Detected, layout: _Layout) -> _Usual:
    """Return what most applications have, by their name."""
    if len(detected.released) < FEWEST_FOR_A_RULE or len(layout.common) != 1 or APPLICATION not in layout.common[0]:
        return _Usual()
    counted = Counter(own for each in detected.released if (own := _own(each, layout, detected)))
    if not counted:
        return _Usual()
    usual, count = counted.most_common(1)[0]
    return usual if count >= FEWEST_FOR_A_RULE and count * 2 > len(detected.released) else _Usual()


def _own(each: Released, layout: _Layout, detected: Detected) -> _Usual | None:
    """Return what a rule would have to say for this application; None if no rule could."""
    one = each.application
    head, slash, last = one.images[0].rpartition("/")
    edits = _edits_of(one, detected)
    if each.source or len(one.images) != 1 or last != one.name or one.name in layout.special or edits.special:
        return None
    return _Usual(f"{head}{slash}{APPLICATION}", tuple(each.order.settings.items()), edits.general)


def _defaults(layout: _Layout, usual: _Usual) -> Iterator[str]:
    if not usual.image and not layout.common:
        return
    yield "defaults:"
    if usual.image:
        yield "  application:"
        yield f"    image: {_scalar(usual.image)}"
        yield from _versions(dict(usual.versions), "    ")
        yield from _edits(usual.edits, "    ")
    if layout.common:
        yield "  environment:"
        yield from _path(layout.common, "    ")
    yield ""


def _applications(detected: Detected, layout: _Layout, usual: _Usual) -> Iterator[str]:
    yield "applications:"
    alike = [each for each in detected.released if usual.image and _own(each, layout, detected) == usual]
    if alike and not _is_found(alike[0], layout):
        yield from _comment("Each of these has the settings of defaults. A new one needs a line here.", "  ")
        yield from (f"  {_scalar(each.application.name)}: {{}}" for each in alike)
    elif alike:
        yield from _comment(
            f"Every folder that is there in the environments' path, such as {alike[0].application.name}.", "  "
        )
        yield "  '*': {}"
    for each in detected.released:
        if each not in alike:
            yield from _application(each, layout, detected, usual)


def _is_found(each: Released, layout: _Layout) -> bool:
    """Report whether a rule would find the application: its folder, or a file whose name has an ending."""
    is_file = any(at.reference.path.endswith(f"/{each.application.name}") for at in each.application.placed)
    return not is_file or not layout.common[0].endswith(APPLICATION)


def _application(each: Released, layout: _Layout, detected: Detected, usual: _Usual) -> Iterator[str]:
    one = each.application
    yield f"  {_scalar(one.name)}:"
    if len(one.images) == 1:
        yield f"    image: {one.images[0]}"
    else:
        yield f"    images: [{', '.join(one.images)}]"
    if each.source:
        yield f"    source: {each.source}"
    if each.order.settings:
        yield from _comment(f"{each.order.why}.".replace("`", ""), "    ") if each.order.why else ()
        yield from _versions(each.order.settings, "    ")
    elif usual.versions:
        yield from _comment(f"{each.order.why}.".replace("`", ""), "    ") if not each.order.is_sure else ()
        yield "    versions: {semver: '*', tags: null}"
    elif not each.order.is_sure:
        yield from _comment(f"versions: {each.order.why}.".replace("`", ""), "    ")
    yield from _places(each, layout, detected, usual)


def _places(each: Released, layout: _Layout, detected: Detected, usual: _Usual) -> Iterator[str]:
    """Say where its versions are, as far as the environments and the usual settings do not."""
    one = each.application
    edits = _edits_of(one, detected)
    if edits.general:
        yield from _edits(edits.general, "    ")
    elif usual.edits:
        yield "    edit: null"
    paths = layout.special.get(one.name, {})
    exceptions = [each.name for each in detected.environments if each.name in {**paths, **edits.special}]
    if exceptions:
        yield "    environments:"
    for name in exceptions:
        if name not in edits.special:
            yield f"      {_scalar(name)}: {{path: {_flow(paths[name])}}}"
            continue
        yield f"      {_scalar(name)}:"
        yield from [f"        path: {_flow(paths[name])}"] if name in paths else []
        yield from _edits(edits.special[name], "        ")


def _edits_of(one: Application, detected: Detected) -> Edits:
    environments = [each.name for each in detected.environments]
    return edits_of(one, environments, detected.spelled, places=detected.places)


def _edits(edits: Sequence[Edit], indent: str) -> Iterator[str]:
    if edits:
        yield f"{indent}edit:"
    for file, path in edits:
        yield f"{indent}  - {{file: {_flow([file])}, path: {_flow([path])}}}"


def _versions(settings: Mapping[str, str], indent: str) -> Iterator[str]:
    if settings:
        yield f"{indent}versions: {{{', '.join(f'{key}: {value}' for key, value in settings.items())}}}"


# -- environments --------------------------------------------------------------------------------------------------------


def _environment(each: Environment, layout: _Layout, detected: Detected) -> Iterator[str]:
    yield f"  {_scalar(each.name)}:"
    if not layout.common:
        yield from _path(layout.own[each.name], "    ")
    yield f"    from: {_origin(each.after)}"
    if each.is_manual:
        yield "    promote: manual"
    if each.soak:
        yield f"    gates: {{soak: {each.soak}}}"
    if each.stage.is_production and len(detected.environments) > 1:
        yield "    # gates: {soak: 1h, approvals: {count: 1}}"
    if not each.is_sure and each.stage.rank is None and len(detected.environments) > 1:
        yield "    # Which environment comes before this one?"


def _origin(after: Sequence[str]) -> str:
    if not after:
        return "registry"
    return _scalar(after[0]) if len(after) == 1 else f"[{', '.join(map(_scalar, after))}]"


def _path(paths: Sequence[str], indent: str) -> Iterator[str]:
    if len(paths) == 1:
        yield f"{indent}path: {_scalar(paths[0])}"
        return
    yield f"{indent}path:"
    for path in paths:
        yield f"{indent}  - {_scalar(path)}"


def _flow(paths: Sequence[str]) -> str:
    written = [path if _PLAIN_IN_FLOW.fullmatch(path) else quoted(path) for path in paths]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _scalar(text: str) -> str:
    """Return a text as YAML reads it back as the same text."""
    return text if _PLAIN.fullmatch(text) and not _NOT_TEXT.fullmatch(text) else quoted(text)
