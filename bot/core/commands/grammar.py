"""What people write in comments, read strictly: one command on a line of its own, in a new comment.

Quotes, code blocks and unknown words are passed over; a word that is nearly a command gets a hint. A comment carries one
command, because its reaction is the durable mark that it was carried out.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from enum import Enum
from zoneinfo import ZoneInfo

from bot.core.values.durations import parse_duration
from bot.core.values.text import code


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

_BLOCKS = (
    (re.compile(r" {0,3}<!--"), re.compile(r"-->")),
    (
        re.compile(r" {0,3}<(?:pre|script|style|textarea)(?:[\s>]|$)", re.IGNORECASE),
        re.compile(r"</(?:pre|script|style|textarea)>", re.IGNORECASE),
    ),
)
"""https://github.github.com/gfm/#html-blocks, those that hide what they hold or show it as code."""

_GATES = re.compile(r"(?P<gates>[\w-]+(?:\s*,\s*[\w-]+)*)(?:\s+(?P<rest>.*))?")

# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_VERSION = re.compile(r"(?:sha256:)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

WORDS = {verb.word: verb for verb in Verb}

EVERYTHING = "all"

NEAR, LIKELY = 0.75, 0.6
"""How much of a word has to fit for a hint: where other words may stand, and where a mistake would loosen something."""


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
    """`2h`, `14:00` or `2026-12-24 14:00` in the environment's time zone, as UTC. None for anything else or the past.

    Of a time that comes twice, or never, because clocks are put back or forward, the later one: a hold rather lasts.
    """
    try:
        at = _read_time(text, now, ZoneInfo(timezone))
    except (ValueError, OverflowError):
        return None
    return at if at > now else None


def _read_time(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    if re.fullmatch(r"\d{1,2}:\d{2}", text):
        today, time = now.astimezone(zone).date(), datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007
        at = _later(datetime.combine(today, time), zone)
        return at if at > now else _later(datetime.combine(today + timedelta(days=1), time), zone)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}( |T)\d{2}:\d{2}", text):
        return _later(datetime.fromisoformat(text), zone)
    return now + parse_duration(text)


def _later(local: datetime, zone: ZoneInfo) -> datetime:
    """https://docs.python.org/3/library/datetime.html#datetime.datetime.fold"""
    return max(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that may be a command. quoted: it continues a quote, without a mark of its own."""

    text: str
    quoted: bool


def _own_lines(body: str) -> Iterator[_Line]:
    """The lines that people see and that are neither marked as quotes nor code: https://github.github.com/gfm/."""
    end: re.Pattern[str] | None = None
    quoted = False
    for line in re.split(r"\r\n|\r|\n", body):
        if end is not None:
            end = None if end.search(line) else end
            continue
        end = _end_of_block(line)
        if end is None and re.match(r" {0,3}/[A-Za-z]", line):
            yield _Line(line.strip(), quoted)
        # https://github.github.com/gfm/#lazy-continuation-line: a quote goes on until an empty line.
        quoted = end is None and (line.lstrip().startswith(">") or (quoted and bool(line.strip())))


def _end_of_block(line: str) -> re.Pattern[str] | None:
    """What ends the block that begins here and hides what it holds, or shows it as code; None where none begins."""
    fence = _FENCE.match(line)
    if fence and not (fence[1][0] == "`" and "`" in fence[2]):
        return re.compile(rf"\A {{0,3}}{fence[1][0]}{{{len(fence[1])},}}\s*\Z")
    for begin, end in _BLOCKS:
        begun = begin.match(line)
        if begun:
            return None if end.search(line, begun.end()) else end
    return None


def _read_line(written: _Line, names: Names) -> Command | Misread | None:
    line = written.text
    word, *rest = line.split()
    word = word.removeprefix("/").lower()
    verb = WORDS.get(word)
    if verb is None:
        near = get_close_matches(word, WORDS, n=1, cutoff=NEAR)
        return Misread(line, f"There is no `/{_plain(word)}`; did you mean `/{near[0]}`?") if near else None
    if written.quoted:
        return Misread(line, "This stands in the quote above it, and quotes are not read: leave an empty line between.")
    return _read_words(verb, line, rest, names)


def _read_words(verb: Verb, line: str, rest: list[str], names: Names) -> Command | Misread:
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
    moves = verb in (Verb.PROMOTE, Verb.ROLLBACK)
    if len(rest) > 2 or (not rest and moves):
        return Misread(line, f"It is written {code(verb.value)}.")
    environment, application = [*rest, "", ""][:2]
    application, at, version = application.partition("@")
    if "@" in environment:
        return Misread(line, f"The environment comes first: {code(verb.value)}.")
    if at and not (moves and _VERSION.fullmatch(version)):
        return Misread(line, f"It is written {code(verb.value)}.")
    return Command(verb, line, environment, application, version)


def _read_hold(verb: Verb, line: str, rest: list[str], names: Names) -> Command | Misread:
    environment = rest.pop(0) if rest and rest[0] in names.environments else ""
    application = ""
    if not environment and rest and rest[0].lower() == EVERYTHING:
        environment = rest.pop(0).lower()
    elif environment and rest and rest[0] in names.applications:
        application = rest.pop(0)
    near = ""
    if rest and not environment:  # taken for a reason, it would hold another place than was meant
        near = _nearly(rest[0], {*names.environments, EVERYTHING}, NEAR)
    elif rest and not application and verb is Verb.UNHOLD:  # and here it would lift more
        near = _nearly(rest[0], names.applications, LIKELY)
    if near:
        return Misread(line, f"There is no {code(rest[0])}; did you mean {code(near)}?")
    until = ""
    if len(rest) > 1 and rest[0] == "until":
        dated = len(rest) > 2 and re.fullmatch(r"\d{4}-\d{2}-\d{2}", rest[1]) and re.fullmatch(r"\d{2}:\d{2}", rest[2])
        until = " ".join(rest[1 : 3 if dated else 2])
        rest = rest[3 if dated else 2 :]
    return Command(verb, line, environment, application, "", until, " ".join(rest))


def _nearly(word: str, known: Iterable[str], cutoff: float) -> str:
    """The name that was meant; '' where none comes near."""
    near = get_close_matches(word.lower(), sorted(known), n=1, cutoff=cutoff)
    return near[0] if near else ""


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
