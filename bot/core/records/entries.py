"""The records that people and the bot leave on `gitops-state`, one model each."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.core.values.version import Version

OVERRIDDEN = timedelta(hours=24)
"""How long an override lasts at most."""


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


R = TypeVar("R", bound=Record)


class Hold(Record):
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


class Request(Record):
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


class Rejection(Record):
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
        return told_by(self.tag, self.digests)

    @property
    def how(self) -> str:
        """Why not, as a phrase."""
        return self.deed or f"rejected by {self.by}"


class Acceptance(Record):
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
        return told_by(self.tag, self.digests)


class Sighting(Record):
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
        return told_by(self.tag, self.digests)


class Held(Record):
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


class Override(Record):
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


def told_by(tag: str, digests: Mapping[str, str]) -> Version:
    """Of what is told by its tag, no digests are kept."""
    return Version(tag, tuple(sorted(digests.items())), followed=bool(digests))
