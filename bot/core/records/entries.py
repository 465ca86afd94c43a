"""The records on `gitops-state`: one model per kind."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.core.observation.actors import Actor
from bot.core.values.version import Version

OVERRIDDEN = timedelta(hours=24)
"""The longest time that an override is valid."""
FORGOTTEN = timedelta(days=3)
"""GitHub redelivers for three days; an older comment is from before the bot came, and is left alone."""
LINE_KEPT = 200
"""Characters of a command that are kept."""


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


R = TypeVar("R", bound=Record)


class Signed(Protocol):
    """What a person said or did. by: the login then, for people to read; by_id: the account's number, None in old records."""

    @property
    def by(self) -> str:
        """Return the login."""
        ...

    @property
    def by_id(self) -> int | None:
        """Return GitHub's number of the account."""
        ...


def author_of(record: Signed) -> Actor:
    """Return whose record it is."""
    return Actor(record.by, id=record.by_id)


class CarriedOut(Record):
    """A comment was carried out, whatever has become of what it asked for. at: when it was written. line: how it began.

    Without it, a hold that was lifted before GitHub took the comment's mark would be recorded again.
    """

    comment: int
    at: AwareDatetime
    line: str = ""

    @classmethod
    def of(cls, comment: int, at: datetime, line: str) -> "CarriedOut":
        """Return the note, with the beginning of the line: enough to tell it from what the comment says after an edit."""
        return cls(comment=comment, at=at, line=line[:LINE_KEPT])


class Hold(Record):
    """A hold: nothing merges while it is in force. application: None covers every application of the environment."""

    application: str | None = None
    by: str
    by_id: int | None = None
    reason: str = ""
    at: AwareDatetime
    until: AwareDatetime | None = None
    comment: int

    def lasts(self, now: datetime) -> bool:
        """Report whether the hold has not expired."""
        return self.until is None or now < self.until


class RequestKind(Enum):
    """The kind of change that a person requested."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"


class Request(Record):
    """A person's request for a version in one environment, valid until the environment changes.

    named: the comment named the version. followed: as in Version. before: the comments of replaced requests, which are
    not carried out again.
    """

    kind: RequestKind
    tag: str
    digests: dict[str, str] = Field(default_factory=dict)
    source_commit: str | None = None
    followed: bool = False
    named: bool = False
    by: str
    by_id: int | None = None
    at: AwareDatetime
    comment: int
    before: tuple[int, ...] = ()

    @property
    def version(self) -> Version:
        """Return the requested version."""
        return Version(self.tag, tuple(sorted(self.digests.items())), self.source_commit, followed=self.followed)


class Rejection(Record):
    """A version rejected in one environment. digests: only for a followed tag, as in `Version.told_by`.

    comment: the comment that rejected it; None if an action did, such as a revert. deed: then a phrase such as `closed
    #12`.
    """

    tag: str
    digests: dict[str, str] = Field(default_factory=dict)
    by: str = ""
    by_id: int | None = None
    reason: str = ""
    deed: str = ""
    at: AwareDatetime
    comment: int | None = None

    @property
    def version(self) -> Version:
        """Return the rejected version."""
        return told_by(self.tag, self.digests)

    @property
    def how(self) -> str:
        """Return how it was rejected, as a phrase."""
        return self.deed or f"rejected by {self.by}"


class Acceptance(Record):
    """Lifts every earlier rejection of this version in one environment. digests: as in Rejection.

    comment: the comment that accepted it; None if someone brought the version back.
    """

    tag: str
    digests: dict[str, str] = Field(default_factory=dict)
    by: str
    by_id: int | None = None
    at: AwareDatetime
    comment: int | None = None

    @property
    def version(self) -> Version:
        """Return the accepted version."""
        return told_by(self.tag, self.digests)


class Sighting(Record):
    """The time at which a tag was first seen to stand for these digests (image → digest)."""

    tag: str
    digests: dict[str, str]
    at: AwareDatetime

    @classmethod
    def of(cls, version: Version, at: datetime) -> "Sighting":
        """Return a sighting of this version at this time."""
        return cls(tag=version.tag, digests=dict(version.digests), at=at)

    @property
    def version(self) -> Version:
        """Return the version seen."""
        return told_by(self.tag, self.digests)


class Held(Record):
    """A version as the records store it."""

    tag: str
    digests: dict[str, str] = Field(default_factory=dict)
    followed: bool = False

    @classmethod
    def of(cls, version: Version) -> "Held":
        """Store a version without its source commit, which no manifest contains."""
        return cls(tag=version.tag, digests=dict(version.digests), followed=version.followed)

    @property
    def version(self) -> Version:
        """Return it as a Version."""
        return Version(self.tag, tuple(sorted(self.digests.items())), followed=self.followed)


class Override(Record):
    """Gates that do not count for one step between exactly these versions. before: None if none could be read."""

    gates: tuple[str, ...]
    before: Held | None = None
    after: Held
    by: str
    by_id: int | None = None
    reason: str
    at: AwareDatetime
    comment: int

    @property
    def until(self) -> datetime:
        """Return when the override expires. It ends earlier if its promotion ends."""
        return self.at + OVERRIDDEN


def told_by(tag: str, digests: Mapping[str, str]) -> Version:
    """Return the version that a record names. Digests are recorded only for a followed tag."""
    return Version(tag, tuple(sorted(digests.items())), followed=bool(digests))
