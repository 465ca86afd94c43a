"""The branch `gitops-state`: decisions of people and of the bot about versions, one YAML file per environment.

It keeps holds, requests, rejected and accepted versions, overridden gates, and the digests that a version had when it
was first seen. A file is named after its environment; `all.yaml` concerns every environment. The models define the file
format for both reading and writing. An unreadable file sets `Records.problem`, which blocks every merge: the file could
contain a hold or a rejection.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache

import yaml
from pydantic import Field, ValidationError

from bot.core.records.entries import LINE_KEPT, Hold, Record, Sighting
from bot.core.records.environment import ALL, NOTHING, SUFFIX, EnvironmentRecords

DEEPEST = 20
"""The deepest nesting accepted in a file, in levels. Records need far less."""

NO_TROUBLE: Mapping[str, str] = {}


class Doubt(Enum):
    """Why the bot must not write to the branch."""

    UNSIGNED = "the bot cannot tell who wrote it"
    UNVERIFIED = "GitHub has not verified yet who wrote it"
    CONTESTED = "others keep restoring what the bot undid"


class Records(Record):
    """All files of the branch.

    problem: why some files cannot be read or trusted, '' if there is no problem. unreadable: the environments whose
    file cannot be read; the bot must not write these, or it would lose their content. doubt: why the bot must not write
    at all, None if it may; until: when it tries again; strangers: who wrote the content in doubt.
    """

    environments: dict[str, EnvironmentRecords] = Field(default_factory=dict)
    problem: str = ""
    unreadable: frozenset[str] = frozenset()
    doubt: Doubt | None = None
    until: datetime | None = None
    strangers: tuple[str, ...] = ()

    def closed(self, environment: str) -> bool:
        """Report whether the bot must not write this environment's file."""
        return self.doubt is not None or environment in self.unreadable

    def of(self, environment: str) -> EnvironmentRecords:
        """Return one environment's records; empty if it has none."""
        return self.environments.get(environment, NOTHING)

    def holds_on(self, environment: str, application: str, now: datetime) -> tuple[Hold, ...]:
        """Return the holds in force that cover this application in this environment."""
        both = (*self.of(ALL).holds, *self.of(environment).holds)
        return tuple(hold for hold in both if hold.application in (None, application) and hold.lasts(now))

    def concerning(self, application: str) -> str:
        """Return a fingerprint of every record that this application's pass reads."""
        told = [self.problem]
        for name, here in sorted(self.environments.items()):
            kept = (here.requests, here.rejected, here.accepted, here.overrides, here.digests, here.seen)
            own = [each.get(application) for each in kept]
            holds = [hold for hold in here.holds if hold.application in (None, application)]
            if holds or any(own):
                told.append(f"{name} {holds} {own}")
        return "\n".join(told)

    def first_digests(self, application: str, tag: str) -> Mapping[str, str]:
        """Return the digests first seen for this tag in any environment: image → digest."""
        first: dict[str, str] = {}
        for records in self.environments.values():
            first = {**records.digests.get(application, {}).get(tag, {}), **first}
        return first

    def sightings(self, application: str, tag: str) -> tuple[Sighting, ...]:
        """Return what the tag stood for, and since when, as seen in any environment."""
        everywhere = (each for records in self.environments.values() for each in records.seen.get(application, ()))
        return tuple(each for each in everywhere if each.tag == tag)

    def handled(self, comment: int) -> bool:
        """Report whether a record says that this comment was carried out, even if its reaction is missing."""
        return any(comment in _comments(records) for records in self.environments.values())

    def carried_out(self, comment: int, line: str) -> bool:
        """A record says that this comment was carried out when it said these very words."""
        noted = (each for records in self.environments.values() for each in records.carried_out)
        return any((each.comment, each.line) == (comment, line[:LINE_KEPT]) for each in noted)


def read_records(files: Mapping[str, str], unreadable: Mapping[str, str] = NO_TROUBLE) -> Records:
    """Parse the branch's files (name → text). Files that are not records, such as a README, are skipped.

    unreadable: files without text, name → reason.
    """
    environments: dict[str, EnvironmentRecords] = {}
    problems = {name.removesuffix(SUFFIX): f"{name} on gitops-state: {why}" for name, why in sorted(unreadable.items())}
    for name, text in sorted(files.items()):
        if not name.endswith(SUFFIX):
            continue
        read = _read(text)
        if isinstance(read, EnvironmentRecords):
            environments[name.removesuffix(SUFFIX)] = read
        else:
            problems[name.removesuffix(SUFFIX)] = f"{name} on gitops-state cannot be read: {read}"
    return Records(environments=environments, problem="; ".join(problems.values()), unreadable=frozenset(problems))


@lru_cache(maxsize=64)
def _read(text: str) -> EnvironmentRecords | str:
    """Parse one file, or return why it cannot be read. Cached, because every pass reads it and it seldom changes."""
    try:
        return _unsafe(text) or EnvironmentRecords.model_validate(yaml.load(text, Loader=yaml.CSafeLoader) or {})
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        return _first_line(error)


def _unsafe(text: str) -> str:
    """Return why parsing would be unsafe, '' if it is safe. The bot itself never writes such YAML.

    Nested aliases expand a few kilobytes to gigabytes, and libyaml's binding recurses in C without a limit:
    https://github.com/yaml/pyyaml/issues/895.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            return "it has a YAML alias: write the value out"
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return f"it is nested deeper than {DEEPEST} levels"
    return ""


def _comments(records: EnvironmentRecords) -> set[int | None]:
    rejections = (rejection.comment for each in records.rejected.values() for rejection in each)
    requests = (comment for request in records.requests.values() for comment in (request.comment, *request.before))
    acceptances = (acceptance.comment for each in records.accepted.values() for acceptance in each)
    overrides = (override.comment for each in records.overrides.values() for override in each)
    done = (each.comment for each in records.carried_out)
    return {*done, *(hold.comment for hold in records.holds), *requests, *rejections, *acceptances, *overrides}


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return (str(error).splitlines() or [type(error).__name__])[0]
