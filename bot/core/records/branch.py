"""What people and the bot decided about versions: the branch `gitops-state`, one YAML file per environment.

Holds, requests, rejected and accepted versions, overridden gates, and the digests a version had when it was first seen. A
file named after an environment holds what concerns it; `all.yaml` holds what concerns every environment. The models are
the file format: reading and writing follow from the same definition. A file that cannot be read makes `Records.problem`,
which holds everything: nothing may merge while it is unknown whether somebody forbade it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache

import yaml
from pydantic import Field, ValidationError

from bot.core.records.entries import Hold, Record, Sighting
from bot.core.records.environment import ALL, NOTHING, SUFFIX, EnvironmentRecords

DEEPEST = 20
"""How deep a file may be nested: far more than any record is."""

NO_TROUBLE: Mapping[str, str] = {}


class Doubt(Enum):
    """Why nothing may be written to the branch: it would not count, or not last."""

    UNSIGNED = "nobody can tell who wrote it"
    UNVERIFIED = "GitHub has not verified yet who wrote it"
    CONTESTED = "others write back what the bot undid"


class Records(Record):
    """All files of the branch.

    problem: why some cannot be read or believed, '' where all can. unreadable: which ones cannot be read, by environment;
    nothing may be written there, or what stands there would be lost. doubt: why nothing may be written at all, None where it
    may; until: when the bot tries again; strangers: who wrote what is in doubt.
    """

    environments: dict[str, EnvironmentRecords] = Field(default_factory=dict)
    problem: str = ""
    unreadable: frozenset[str] = frozenset()
    doubt: Doubt | None = None
    until: datetime | None = None
    strangers: tuple[str, ...] = ()

    def closed(self, environment: str) -> bool:
        """Nothing may be written for this environment."""
        return self.doubt is not None or environment in self.unreadable

    def of(self, environment: str) -> EnvironmentRecords:
        """One environment's records; empty where it has none."""
        return self.environments.get(environment, NOTHING)

    def holds_on(self, environment: str, application: str, now: datetime) -> tuple[Hold, ...]:
        """The holds that last and cover this application here."""
        both = (*self.of(ALL).holds, *self.of(environment).holds)
        return tuple(hold for hold in both if hold.application in (None, application) and hold.lasts(now))

    def concerning(self, application: str) -> str:
        """Changes whenever something does that this application's pass reads here."""
        told = [self.problem]
        for name, here in sorted(self.environments.items()):
            kept = (here.requests, here.rejected, here.accepted, here.overrides, here.digests, here.seen)
            own = [each.get(application) for each in kept]
            holds = [hold for hold in here.holds if hold.application in (None, application)]
            if holds or any(own):
                told.append(f"{name} {holds} {own}")
        return "\n".join(told)

    def first_digests(self, application: str, tag: str) -> Mapping[str, str]:
        """Image → digest as first seen in any environment."""
        first: dict[str, str] = {}
        for records in self.environments.values():
            first = {**records.digests.get(application, {}).get(tag, {}), **first}
        return first

    def sightings(self, application: str) -> tuple[Sighting, ...]:
        """What the tag that is followed was seen to point at, in any environment."""
        return tuple(each for records in self.environments.values() for each in records.seen.get(application, ()))

    def handled(self, comment: int) -> bool:
        """A record says that this comment was carried out, whatever became of its mark."""
        return any(comment in _comments(records) for records in self.environments.values())


def read_records(files: Mapping[str, str], unreadable: Mapping[str, str] = NO_TROUBLE) -> Records:
    """Read the branch's files: name → text; files that are not records, such as a README, are passed over.

    unreadable: those whose text could not be had, name → reason.
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
    """One file, or why it cannot be read. Every pass of every application reads it, and it seldom changes."""
    try:
        return _unsafe(text) or EnvironmentRecords.model_validate(yaml.load(text, Loader=yaml.CSafeLoader) or {})
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        return _first_line(error)


def _unsafe(text: str) -> str:
    """What nobody here writes and would bring the reader down; '' where there is nothing of the kind.

    A few kilobytes of aliases to aliases come to gigabytes, and libyaml's binding recurses in C, without a bound:
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
    return {*(hold.comment for hold in records.holds), *requests, *rejections, *acceptances, *overrides}


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return (str(error).splitlines() or [type(error).__name__])[0]
