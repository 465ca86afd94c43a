"""What people write in comments, read strictly: one command on a line of its own, in a new comment.

Quotes, code blocks and unknown words are passed over; a word that is nearly a command gets a hint. A comment carries one
command, because its reaction is the durable mark that it was carried out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from enum import Enum
from zoneinfo import ZoneInfo

from bot.core.durations import parse_duration
from bot.core.text import code


class Verb(Enum):
    """The commands, with how they are written."""

    PROMOTE = "/promote ENV [APP[@VERSION]]"
    ROLLBACK = "/rollback ENV [APP[@VERSION]]"
    HOLD = "/hold [all|ENV|ENV APP] [until TIME] [reason]"
    UNHOLD = "/unhold [all|ENV|ENV APP]"
    REJECT = "/reject [APP@]VERSION [reason]"
    UNREJECT = "/unreject [APP@]VERSION"
    OVERRIDE = "/override GATE[,GATE] [ENV [APP]] reason"
    WHY = "/why [ENV [APP]]"
    REFRESH = "/refresh [ENV [APP]]"
    HELP = "/help"

    @property
    def word(self) -> str:
        """Such as `promote`."""
        return self.name.lower()


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_GATES = re.compile(r"(?P<gates>[\w-]+(?:\s*,\s*[\w-]+)*)(?:\s+(?P<rest>.*))?")
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_VERSION = re.compile(r"(?:sha256:)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

WORDS = {verb.word: verb for verb in Verb}
EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was written. environment: 'all', a name, or '' where it was left out; the others likewise.

    until: the words after `until`, not read yet, since their time zone is the environment's. gates: in lower case, each once,
    whether there are such gates or not. line: as it was written.
    """

    verb: Verb
    line: str
    environment: str = ""
    application: str = ""
    version: str = ""
    until: str = ""
    reason: str = ""
    gates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Misread:
    """A line that was meant as a command and is not one. advice: what to write instead."""

    line: str
    advice: str


@dataclass(frozen=True, slots=True)
class Names:
    """The policy's environments and applications, which tell a place from a reason."""

    environments: frozenset[str]
    applications: frozenset[str]


def read_comment(body: str, names: Names) -> Command | Misread | None:
    """The command of a comment, if it has one."""
    found = [read for line in _own_lines(body) if (read := _read_line(line, names)) is not None]
    if len(found) > 1:
        lines = ", ".join(code(each.line) for each in found)
        advice = f"One command per comment, please; here are {len(found)}: {lines}. Nothing was done."
        return Misread(found[0].line, advice)
    return found[0] if found else None


def speaks(body: str) -> bool:
    """There may be a command in it, whatever the policy says."""
    return next(_own_lines(body), None) is not None


def read_until(text: str, *, now: datetime, timezone: str) -> datetime | None:
    """`2h`, `14:00` or `2026-12-24 14:00` in the environment's time zone, as UTC. None for anything else or the past."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}", text):
            at = datetime.combine(local.date(), datetime.strptime(text, "%H:%M").time(), zone)  # noqa: DTZ007
            at = at if at > local else at + timedelta(days=1)
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}( |T)\d{2}:\d{2}", text):
            at = datetime.fromisoformat(text).replace(tzinfo=zone)
        else:
            at = now + parse_duration(text)
        return at.astimezone(UTC) if at > now else None
    except (ValueError, OverflowError):
        return None


def _own_lines(body: str) -> Iterator[str]:
    """The lines that people see and that are neither quoted nor code: https://github.github.com/gfm/#fenced-code-blocks."""
    fence = ""
    for line in re.split(r"\r\n|\r|\n", _HIDDEN.sub("<!---->", body)):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        elif mark and not (mark[1][0] == "`" and "`" in mark[2]):
            fence = mark[1]
        elif re.match(r" {0,3}/[A-Za-z]", line):
            yield line.strip()


def _read_line(line: str, names: Names) -> Command | Misread | None:
    word, *rest = line.split()
    word = word.removeprefix("/").lower()
    verb = WORDS.get(word)
    if verb is None:
        near = get_close_matches(word, WORDS, n=1, cutoff=0.75)
        return Misread(line, f"There is no `/{_plain(word)}`; did you mean `/{near[0]}`?") if near else None
    if verb is Verb.HELP:
        return Command(verb, line)
    if verb in (Verb.HOLD, Verb.UNHOLD):
        return _read_hold(verb, line, rest, names)
    if verb in (Verb.REJECT, Verb.UNREJECT):
        return _read_rejection(verb, line, rest, names)
    if verb is Verb.OVERRIDE:
        return _read_override(line, rest, names)
    return _read_place(verb, line, rest)


def _read_place(verb: Verb, line: str, rest: list[str]) -> Command | Misread:
    if len(rest) > 2 or (not rest and verb not in (Verb.WHY, Verb.REFRESH)):
        return Misread(line, f"It is written {code(verb.value)}.")
    environment, application = [*rest, "", ""][:2]
    application, _, version = application.partition("@")
    if "@" in environment:
        return Misread(line, f"The environment comes first: {code(verb.value)}.")
    return Command(verb, line, environment, application, version)


def _read_hold(verb: Verb, line: str, rest: list[str], names: Names) -> Command:
    environment = rest.pop(0) if rest and rest[0] in names.environments | {EVERYTHING} else ""
    application = ""
    if environment and environment != EVERYTHING and rest and rest[0] in names.applications:
        application = rest.pop(0)
    until = ""
    if len(rest) > 1 and rest[0] == "until":
        dated = len(rest) > 2 and re.fullmatch(r"\d{4}-\d{2}-\d{2}", rest[1]) and re.fullmatch(r"\d{2}:\d{2}", rest[2])
        until = " ".join(rest[1 : 3 if dated else 2])
        rest = rest[3 if dated else 2 :]
    return Command(verb, line, environment, application, "", until, " ".join(rest))


def _read_rejection(verb: Verb, line: str, rest: list[str], names: Names) -> Command | Misread:
    """A version, perhaps with its application; what follows is the reason."""
    word, reason = (rest or [""])[0], " ".join(rest[1:])
    application, at, version = word.rpartition("@")
    if not at and word in names.environments | names.applications:
        return Misread(line, f"{code(word)} is no version; it is written {code(verb.value)}, without an environment.")
    if not _VERSION.fullmatch(version) or (reason and verb is Verb.UNREJECT):
        return Misread(line, f"It is written {code(verb.value)}.")
    return Command(verb, line, "", application, version, "", reason)


def _read_override(line: str, rest: list[str], names: Names) -> Command | Misread:
    """The gates, then perhaps the place, then the reason: whatever follows."""
    found = _GATES.fullmatch(" ".join(rest))
    if found is None:
        return Misread(line, f"It is written {code(Verb.OVERRIDE.value)}.")
    words = (found["rest"] or "").split()
    environment = words.pop(0) if words and words[0] in names.environments else ""
    application = words.pop(0) if words and words[0] in names.applications else ""
    if not words:
        return Misread(line, f"Say why: {code(Verb.OVERRIDE.value)}.")
    gates = tuple(dict.fromkeys(re.split(r"\s*,\s*", found["gates"].lower())))
    return Command(Verb.OVERRIDE, line, environment, application, "", "", " ".join(words), gates)


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "", word)[:30]
