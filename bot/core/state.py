"""The State: everything observed for one application at one moment, with the versions read from the bytes.

`assembly` builds it, `decide` reads it. It holds places, never the content of a file.
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
from bot.core.policy import Policy
from bot.core.policy.fleet.passing import NOWHERE
from bot.core.records.branch import Records
from bot.core.records.entries import Hold
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.deployment import RefusedDeployment
from bot.core.values.places import Mention, Place, Refusal
from bot.core.values.version import Version


@dataclass(frozen=True, slots=True)
class Arrival:
    """The commit with which an environment came to hold a version.

    version: None if it could not be read (absent, mixed, unreadable). at, by, commit, pull, promotion, latest: as in
    FileRevision.
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
        """Return the time from which the version was certainly there.

        A soak starts here, and older reports are out of date.
        """
        return self.latest or self.at


@dataclass(frozen=True, slots=True)
class Promotion:
    """An open promotion. version: read from its head's bytes, None if they hold none or several.

    strangers: changes on it that the bot would not make, each a phrase such as `commit 1a2b3c4 by alice`. outdated:
    there are such changes, but they come from an earlier default branch, which somebody rewrote, or which has moved or
    deleted files. reviews: the latest opinions, each with the version at the reviewed commit.
    """

    pull: PullRequest
    version: Version | None
    strangers: tuple[str, ...]
    reviews: tuple[tuple[Review, Version | None], ...]
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class PastPromotion:
    """A promotion that is no longer open. by_person: closed unmerged, and not by the bot or another App.

    by_machine: closed unmerged by another App. ended_by, merge_oid, page: as in PastPull.
    """

    number: int
    version: Version | None
    merged: bool
    by_person: bool
    closed_at: datetime
    ended_by: Actor | None = None
    merge_oid: str = ""
    by_machine: bool = False
    page: LastPage | None = None


@dataclass(frozen=True, slots=True)
class RefusedWrite:
    """A write that GitHub refused in the last pass. doing: the write, such as `merge #3`. said: GitHub's reason.

    pull: the open promotion's number at that time, None if there was none. again: the pass before also had a refused
    write.
    """

    doing: str
    said: str
    pull: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class LimitedWrite:
    """A write that waits for GitHub's limit on new content. doing, pull: as in RefusedWrite. until: when it can be done.

    used, most: of this installation's share of a minute or an hour. refused: GitHub itself refused new content.
    """

    doing: str
    until: datetime
    used: int
    most: int
    per: str
    refused: bool = False
    pull: int | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """One environment of the application.

    places: the references to the application's images that a promotion writes. left: mentions that it leaves unchanged.
    refusals: why some references cannot be read or changed. version: what all places hold, None if there are none or
    they differ. arrivals: newest first; the first one brought the present version. arrivals_complete: they reach back
    to the first commit. branch_oid, former_branch: as in SeenEnvironment. refused: what GitHub refused here in the last
    pass. branch_taken: the branch contains other people's work, which no pull request shows. reached: how many files were
    read. limited: what waits here for GitHub's limits since the last pass. undeployed: which deployments GitHub refused.
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
    limited: LimitedWrite | None = None
    branch_taken: bool = False
    reached: int = 1
    undeployed: tuple[RefusedDeployment, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """One application at one moment. Mappings: environments by name, artifacts by (image, tag), tags by image.

    recent: the default branch's newest commits; commits: others of the manifests repository, by oid. merges,
    merges_since, code_owners: as in Observation. restoration: writes to `gitops-state` that must happen before anything else.
    unread_holds: those that comments ask for and that are not on record, by environment or `all`.
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
    merges_since: datetime | None = None
    restoration: tuple[WriteState, ...] = ()
    unread_holds: tuple[tuple[str, Hold], ...] = ()
    code_owners: str | None = None


def in_use(policy: Policy, state: State) -> Policy:
    """Return the application's own policy, without the environments in which it has no manifests.

    An application is where its manifests are, and where it says that it is. A listed application that is nowhere keeps all its
    environments, so that each says what is missing.
    """
    own = policy.of(state.application)
    application = own.applications[state.application]
    absent = frozenset(
        name
        for name in own.environments
        if application.claims(name) is None and not is_there(state.environments.get(name))
    )
    if len(absent) == len(own.environments) and policy.lists(state.application):
        return own
    return own.without(absent, last=NOWHERE)


def is_there(here: EnvironmentState | None) -> bool:
    """Return whether something in the environment refers to the application, even if it cannot be changed."""
    return here is not None and bool(here.places or here.refusals or here.left)
