"""How people name one scalar of a file: keys with dots between them.

`web.image.tag`, `spec.containers[name=web].image`, `images[0].newTag`, `data.config\\.yaml`. The policy's `edit` and
`gitops-bot set --path` read the same grammar; where a path leads is for `bot.manifests` to say.
"""

import re
from dataclasses import dataclass

LONGEST = 100  # steps; no manifest is nested so deep

_NAME = r"(?:[^.\[\]\\]|\\.)+"

_PICK = r"\[(?:[0-9]{1,6}|[^=\[\]]+=[^\[\]]*)\]"

PATTERN = rf"^(?:{_NAME}|{_PICK})(?:\.{_NAME}|{_PICK})*$"  # the same grammar, for the editors of people

_STEP = re.compile(
    rf"\[(?P<position>[0-9]{{1,6}})\]|\[(?P<key>[^=\[\]]+)=(?P<value>[^\[\]]*)\]|(?P<dot>\.?)(?P<name>{_NAME})"
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
    if not 0 < len(steps) <= LONGEST:
        raise KeyPathError(
            f"the key path has {len(steps)} steps; expected 1 to {LONGEST}, as in web.image.tag: shorten it"
            if steps
            else "the key path is empty; expected one such as web.image.tag"
        )
    return tuple(steps)


def shown(steps: Steps) -> str:
    """Return the path as people write it, parsed to the same steps again."""
    return "".join(map(_shown, steps)).removeprefix(".")


def _step(match: re.Match[str]) -> str | int | Match:
    if match["position"] is not None:
        return int(match["position"])
    if match["key"] is not None:
        return Match(match["key"], match["value"])
    return re.sub(r"\\(.)", r"\1", match["name"])


def _shown(step: str | int | Match) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if isinstance(step, Match):
        return f"[{step.key}={step.value}]"
    return "." + re.sub(r"([.\[\]\\])", r"\\\1", step)
