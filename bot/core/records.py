"""What people and the bot decided about versions: the branch `gitops-state`, one YAML file per environment.

Holds, requests, rejected and accepted versions, overridden gates, and the digests a version had when it was first seen. A
file named after an environment holds what concerns it; `all.yaml` holds what concerns every environment. The models are
the file format: reading and writing follow from the same definition. A file that cannot be read makes `Records.problem`,
which holds everything: nothing may merge while it is unknown whether somebody forbade it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.core.version import Version

ALL = "all"
SUFFIX = ".yaml"
REMEMBERED = 50
"""How many versions' first digests are kept per application; those that are deployed are also in the manifests."""
DEEPEST = 20
"""How deep a file may be nested: far more than any record is."""
NO_TROUBLE: Mapping[str, str] = {}
OVERRIDDEN = timedelta(hours=24)
"""How long an override lasts at most."""

BY_APPLICATION = ("requests", "rejected", "accepted", "overrides", "digests", "seen")
"""The mappings of a file that go by application."""

HEADER = (
    "# Kept by GitOps Bot: holds, requests, rejected versions, overrides, and the digests versions had when first seen.\n"
    "# Change it with comments such as /hold and /unhold; `/help` lists them.\n"
)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


R = TypeVar("R", bound=_Record)


class Hold(_Record):
    """Nothing merges while it lasts. application: None for every application of the environment."""

    application: str | None = None
    by: str
    reason: str = ""
    at: AwareDatetime
    until: AwareDatetime | None = None
    comment: int

    def lasts(self, now: datetime) -> bool:
        """It has not run out."""
        return self.until is None or now < self.until


class RequestKind(Enum):
    """What a person asked for."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"


class Request(_Record):
    """A person asked for this version here. named: the comment named the version. Live until the environment changes.

    followed: as in a version. before: the comments whose requests this one took the place of; they are not carried out again.
    """

    kind: RequestKind
    tag: str
    digests: dict[str, str] = Field(default_factory=dict)
    source_commit: str | None = None
    followed: bool = False
    named: bool = False
    by: str
    at: AwareDatetime
    comment: int
    before: tuple[int, ...] = ()

    @property
    def version(self) -> Version:
        """What was asked for."""
        return Version(self.tag, tuple(sorted(self.digests.items())), self.source_commit, followed=self.followed)


class Rejection(_Record):
    """This version is not wanted in this environment. digests: of a tag that is followed, as in `Version.told_by`.

    comment: what said so; None where it was done rather than said. deed: then a phrase, such as `closed #12`.
    """

    tag: str
    digests: dict[str, str] = Field(default_factory=dict)
    by: str = ""
    reason: str = ""
    deed: str = ""
    at: AwareDatetime
    comment: int | None = None

    @property
    def version(self) -> Version:
        """What is not wanted."""
        return _told_by(self.tag, self.digests)

    @property
    def how(self) -> str:
        """Why not, as a phrase."""
        return self.deed or f"rejected by {self.by}"


class Acceptance(_Record):
    """What anybody said or did against this version here before is lifted. digests: as in a rejection.

    comment: what said so; None where the version was brought back.
    """

    tag: str
    digests: dict[str, str] = Field(default_factory=dict)
    by: str
    at: AwareDatetime
    comment: int | None = None

    @property
    def version(self) -> Version:
        """What is wanted again."""
        return _told_by(self.tag, self.digests)


class Sighting(_Record):
    """When a tag that is followed was first seen to point at these digests, image → digest."""

    tag: str
    digests: dict[str, str]
    at: AwareDatetime

    @classmethod
    def of(cls, version: Version, at: datetime) -> "Sighting":
        """That this version was there at this time."""
        return cls(tag=version.tag, digests=dict(version.digests), at=at)

    @property
    def version(self) -> Version:
        """What was seen."""
        return _told_by(self.tag, self.digests)


class Held(_Record):
    """A version as the records keep it."""

    tag: str
    digests: dict[str, str] = Field(default_factory=dict)
    followed: bool = False

    @classmethod
    def of(cls, version: Version) -> "Held":
        """Without the source commit, which is no part of what is written."""
        return cls(tag=version.tag, digests=dict(version.digests), followed=version.followed)

    @property
    def version(self) -> Version:
        """The same as a version."""
        return Version(self.tag, tuple(sorted(self.digests.items())), followed=self.followed)


class Override(_Record):
    """These gates do not count for this one step, between these very versions. before: None where none could be read."""

    gates: tuple[str, ...]
    before: Held | None = None
    after: Held
    by: str
    reason: str
    at: AwareDatetime
    comment: int

    @property
    def until(self) -> datetime:
        """When it ends, if the promotion has not ended before."""
        return self.at + OVERRIDDEN


class EnvironmentRecords(_Record):
    """One file. The mappings go by application; `digests` by application, tag and image; `seen` is oldest first."""

    holds: tuple[Hold, ...] = ()
    requests: dict[str, Request] = Field(default_factory=dict)
    rejected: dict[str, tuple[Rejection, ...]] = Field(default_factory=dict)
    accepted: dict[str, tuple[Acceptance, ...]] = Field(default_factory=dict)
    overrides: dict[str, tuple[Override, ...]] = Field(default_factory=dict)
    digests: dict[str, dict[str, dict[str, str]]] = Field(default_factory=dict)
    seen: dict[str, tuple[Sighting, ...]] = Field(default_factory=dict)

    def with_sightings(self, application: str, *sightings: Sighting) -> "EnvironmentRecords":
        """Remember what a followed tag pointed at, the earliest sighting of each."""
        known = self.seen.get(application, ())
        new = (each for each in sightings if all(each.version != other.version for other in known))
        kept = sorted((*known, *new), key=lambda each: each.at)[-REMEMBERED:]
        return self.model_copy(update={"seen": {**self.seen, application: tuple(kept)}})

    def with_digests(self, application: str, version: Version) -> "EnvironmentRecords":
        """Remember the digests of a version as first seen; an older memory is never overwritten."""
        known = self.digests.get(application, {})
        remembered = {**known, version.tag: {**dict(version.digests), **known.get(version.tag, {})}}
        kept = dict(list(remembered.items())[-REMEMBERED:])
        return self.model_copy(update={"digests": {**self.digests, application: kept}})

    def with_request(self, application: str, request: Request | None) -> "EnvironmentRecords":
        """Replace the application's request, or drop it."""
        others = {name: kept for name, kept in self.requests.items() if name != application}
        former = self.requests.get(application)
        if request is not None and former is not None:
            request = request.model_copy(update={"before": (*former.before, former.comment)[-REMEMBERED:]})
        return self.model_copy(update={"requests": others if request is None else {**others, application: request}})

    def with_rejection(self, application: str, rejection: Rejection) -> "EnvironmentRecords":
        """Reject a version; a second rejection of the same one replaces the first."""
        others = tuple(kept for kept in self.rejected.get(application, ()) if kept.version != rejection.version)
        return self.model_copy(update={"rejected": {**self.rejected, application: (*others, rejection)}})

    def with_acceptance(self, application: str, acceptance: Acceptance) -> "EnvironmentRecords":
        """Lift whatever speaks against a version; what people do against it later counts again."""
        others = tuple(kept for kept in self.accepted.get(application, ()) if kept.version != acceptance.version)
        kept = (*others, acceptance)[-REMEMBERED:]
        lifted = self.without_rejection(application, acceptance.version)
        return lifted.model_copy(update={"accepted": {**self.accepted, application: kept}})

    def with_override(self, application: str, override: Override) -> "EnvironmentRecords":
        """Override gates; what ended before this one began is forgotten."""
        others = (kept for kept in self.overrides.get(application, ()) if kept.until > override.at)
        return self.model_copy(update={"overrides": {**self.overrides, application: (*others, override)}})

    def without_rejection(self, application: str, version: Version) -> "EnvironmentRecords":
        """Lift the rejection of a version."""
        kept = tuple(each for each in self.rejected.get(application, ()) if not each.version.is_same(version))
        return self.model_copy(update={"rejected": {**self.rejected, application: kept}})

    def with_hold(self, hold: Hold) -> "EnvironmentRecords":
        """Add a hold; the same person's earlier one for the same application is replaced."""
        others = (kept for kept in self.holds if (kept.application, kept.by) != (hold.application, hold.by))
        return self.model_copy(update={"holds": (*others, hold)})

    def without_holds(self, dropped: Iterable[Hold]) -> "EnvironmentRecords":
        """Drop these holds."""
        gone = tuple(dropped)
        return self.model_copy(update={"holds": tuple(hold for hold in self.holds if hold not in gone)})

    def renamed(self, applications: Mapping[str, str]) -> "EnvironmentRecords":
        """The same, by the names that applications have now. applications: former name → present name."""
        if not applications:
            return self
        former, rest = EnvironmentRecords(), {}
        for field in BY_APPLICATION:
            kept = getattr(self, field)
            moved = {applications[name]: each for name, each in kept.items() if name in applications}
            former = former.model_copy(update={field: moved})
            rest[field] = {name: each for name, each in kept.items() if name not in applications}
        holds = tuple(
            hold.model_copy(update={"application": applications.get(hold.application or "", hold.application)})
            for hold in self.holds
        )
        return self.model_copy(update={**rest, "holds": holds}).joined(former)

    def joined(self, older: "EnvironmentRecords") -> "EnvironmentRecords":
        """These and older ones together. Where only one can count, these do; of what was seen first, the older."""
        seen = older
        for application, sightings in self.seen.items():
            seen = seen.with_sightings(application, *sightings)
        return EnvironmentRecords(
            holds=_both(older.holds, self.holds),
            requests={**older.requests, **self.requests},
            rejected=_by_application(older.rejected, self.rejected),
            accepted=_by_application(older.accepted, self.accepted),
            overrides=_by_application(older.overrides, self.overrides),
            digests={
                name: _first_seen(older.digests.get(name, {}), self.digests.get(name, {}))
                for name in (older.digests | self.digests)
            },
            seen=seen.seen,
        )

    def text(self) -> str:
        """The file's text: what is empty is left out, so that the files stay short and their changes readable."""
        content = _without_empty(self.model_dump(mode="json", exclude_defaults=True))
        # libyaml's emitter is five times as fast, and escapes the line break U+0085, which PyYAML's own loses.
        body: str = yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
        return HEADER + body


NOTHING = EnvironmentRecords()


class Records(_Record):
    """All files of the branch.

    problem: why some cannot be read or believed, '' where all can. unreadable: which ones cannot be read, by environment;
    nothing may be written there, or what stands there would be lost. in_doubt: nobody can tell who wrote any of it; nothing
    may be written at all, for it would not count either.
    """

    environments: dict[str, EnvironmentRecords] = Field(default_factory=dict)
    problem: str = ""
    unreadable: frozenset[str] = frozenset()
    in_doubt: bool = False

    def closed(self, environment: str) -> bool:
        """Nothing may be written for this environment."""
        return self.in_doubt or environment in self.unreadable

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


def file_name(environment: str) -> str:
    """The file that holds an environment's records."""
    return environment + SUFFIX


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


def _both(older: tuple[R, ...], newer: tuple[R, ...]) -> tuple[R, ...]:
    return (*older, *(each for each in newer if each not in older))


def _by_application(older: Mapping[str, tuple[R, ...]], newer: Mapping[str, tuple[R, ...]]) -> dict[str, tuple[R, ...]]:
    return {name: _both(older.get(name, ()), newer.get(name, ())) for name in {**older, **newer}}


def _first_seen(
    older: Mapping[str, Mapping[str, str]], newer: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Tag → image → digest."""
    return {tag: {**newer.get(tag, {}), **older.get(tag, {})} for tag in {**older, **newer}}


def _told_by(tag: str, digests: Mapping[str, str]) -> Version:
    """Of what is told by its tag, no digests are kept."""
    return Version(tag, tuple(sorted(digests.items())), followed=bool(digests))


def _comments(records: EnvironmentRecords) -> set[int | None]:
    rejections = (rejection.comment for each in records.rejected.values() for rejection in each)
    requests = (comment for request in records.requests.values() for comment in (request.comment, *request.before))
    acceptances = (acceptance.comment for each in records.accepted.values() for acceptance in each)
    overrides = (override.comment for each in records.overrides.values() for override in each)
    return {*(hold.comment for hold in records.holds), *requests, *rejections, *acceptances, *overrides}


def _without_empty(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value not in ({}, [], None)}


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return (str(error).splitlines() or [type(error).__name__])[0]
