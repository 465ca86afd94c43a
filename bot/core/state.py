"""Everything observed for one application at one moment, with the versions read from the bytes.

`assembly` makes it, `decide` reads it. It holds places, never a file's content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.observation.actors import Actor, Permission
from bot.core.observation.comments import Comment
from bot.core.observation.commits import Commit
from bot.core.observation.pull_request import LastPage, Merged, PullRequest, Review
from bot.core.observation.repository import Repository
from bot.core.observation.source import SourceSeen
from bot.core.plan import WriteState
from bot.core.records.branch import Records
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.places import Mention, Place, Refusal
from bot.core.values.version import Version


@dataclass(frozen=True, slots=True)
class Arrival:
    """An environment came to hold a version. version: None where it could not be read (absent, mixed, unreadable).

    at, by, commit, pull, promotion, latest: as in FileRevision.
    """

    version: Version | None
    at: datetime
    commit: str
    by: Actor
    pull: int | None = None
    promotion: bool = False
    latest: datetime | None = None

    @property
    def since(self) -> datetime:
        """From when on it was there for certain: what has to last begins here, and what came before is out of date."""
        return self.latest or self.at


@dataclass(frozen=True, slots=True)
class Promotion:
    """An open promotion. version: read from its head's bytes, None where they hold none or several.

    strangers: what is on it that the bot would not write, each a phrase such as `commit 1a2b3c4 by alice`. outdated: there is
    such a thing, but it is all the bot's own, written before the default branch moved or deleted files.
    reviews: the latest opinions, each with the version that stood at the reviewed commit.
    """

    pull: PullRequest
    version: Version | None
    strangers: tuple[str, ...]
    reviews: tuple[tuple[Review, Version | None], ...]
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class PastPromotion:
    """A promotion that is no longer open. by_person: closed unmerged, and not by the bot.

    merged_by, merge_oid, page: as in PastPull.
    """

    number: int
    version: Version | None
    merged: bool
    by_person: bool
    closed_at: datetime
    merged_by: Actor | None = None
    merge_oid: str = ""
    page: LastPage | None = None


@dataclass(frozen=True, slots=True)
class RefusedWrite:
    """What GitHub would not do in the last pass. doing: what was tried, such as `merge #3`. said: why, in GitHub's words.

    pull: the open promotion's number then, None where there was none. again: something was refused in the pass before too.
    """

    doing: str
    said: str
    pull: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """One environment of the application.

    places: the references to the application's images that a promotion writes. left: the mentions that it leaves unchanged.
    refusals: why some cannot be read or changed.
    version: what all places hold, None where there are none or they differ. arrivals: newest first; the first is how the
    present version came. arrivals_complete: they reach back to the first commit.
    branch_oid, former_branch: as in SeenEnvironment. refused: what GitHub would not do here in the last pass.
    branch_taken: the branch has work of others on it, which no pull request shows.
    """

    name: str
    places: tuple[Place, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    left: tuple[Mention, ...] = ()
    version: Version | None = None
    arrivals: tuple[Arrival, ...] = ()
    arrivals_complete: bool = True
    branch_oid: str | None = None
    former_branch: str | None = None
    promotion: Promotion | None = None
    past: tuple[PastPromotion, ...] = ()
    refused: RefusedWrite | None = None
    branch_taken: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """One application at one moment. Mappings: environments by name, artifacts by (image, tag), tags by image.

    recent: the default branch's newest commits; commits: others of the manifests repository, by oid.
    merges: as in Observation. restoration: what has to be written back to `gitops-state` before anything else.
    """

    repository: Repository
    application: str
    environments: Mapping[str, EnvironmentState]
    tags: Mapping[str, Tags | Missing | Unanswered]
    artifacts: Mapping[tuple[str, str], Artifact | Missing | Unanswered]
    recent: tuple[Commit, ...]
    commits: Mapping[str, Commit]
    source: SourceSeen | None
    records: Records
    state_oid: str | None
    comments: tuple[Comment, ...]
    people: Mapping[str, Permission]
    teams: Mapping[str, frozenset[str] | None]
    merges: tuple[Merged, ...] = ()
    restoration: tuple[WriteState, ...] = ()
