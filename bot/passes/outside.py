"""The protocols of everything outside that a pass needs; `bot/github` and `bot/registries` implement them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.core.budget.costs import Urgency
from bot.core.needs.application import Needs
from bot.core.needs.repository import SweepNeeds
from bot.core.needs.sources import SourceNeeds
from bot.core.observation.beginnings import Beginnings
from bot.core.observation.files import ListedFile
from bot.core.observation.observation import Observation
from bot.core.observation.pull_request import EndedPull
from bot.core.observation.repository import Repository
from bot.core.observation.source import ChangedFiles, SourceSeen
from bot.core.observation.sweep import Sweep, SweptPull
from bot.core.pages.dashboard import Dashboard, DashboardPage
from bot.core.plan import Action, RenderedFile
from bot.core.repository.other_pull_requests import Proposal
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.deployment import Deployment, DeploymentAction, DeploymentsSeen, RefusedDeployment
from bot.core.values.notice import Dropped, Notice
from bot.core.values.permit import Permit, Priority
from bot.passes.memory.budget import Budget
from bot.passes.memory.statuses import Statuses
from bot.runtime import Runtime


class MakeDue(Protocol):
    """Puts a key into the queue."""

    async def __call__(self, key: str, priority: Priority = Priority.EVENT) -> None:
        """Make it due now. priority: who waits for it."""
        ...


class GitHub(Protocol):
    """What a pass asks of GitHub. Every method raises Temporary if GitHub does not answer."""

    async def observe(self, needs: Needs) -> Observation:
        """Look at one application once."""
        ...

    async def changed_files(self, repository: str, source: str, commits: frozenset[str]) -> Mapping[str, ChangedFiles]:
        """Return what these source commits change, for the commits that can be read."""
        ...

    async def source_glimpses(self, repository: str, wanted: Iterable[SourceNeeds]) -> Mapping[SourceNeeds, SourceSeen]:
        """Return what many source repositories show, as far as it is complete."""
        ...

    async def granted(self, repository: str) -> Mapping[str, str]:
        """Return the App's permissions there: name → read, write or admin."""
        ...

    async def sweep(self, needs: SweepNeeds) -> Sweep:
        """Look at a repository once."""
        ...

    async def proposals(self, repository: str, pulls: tuple[SweptPull, ...]) -> tuple[Proposal, ...]:
        """Return the policies that pull requests propose."""
        ...

    async def ended(self, repository: str) -> tuple[EndedPull, ...]:
        """Return the pull requests that ended lately, newest change first."""
        ...

    async def files(self, repository: Repository) -> tuple[ListedFile, ...]:
        """Return every file of the default branch."""
        ...

    async def contents(self, repository: Repository, blobs: frozenset[str]) -> Mapping[str, bytes]:
        """Return the bytes of these blobs, as far as GitHub hands them out."""
        ...

    async def beginnings(self, repository: str) -> Beginnings:
        """Return what this App opened in a repository, and where a policy is being written."""
        ...

    async def dashboard(self, repository: str) -> Dashboard:
        """Return the dashboard issue as it is now."""
        ...

    async def write_dashboard(self, repository: str, page: DashboardPage, permit: Permit) -> None:
        """Open or edit the dashboard issue."""
        ...

    def forget(self, repository: str) -> None:
        """Forget what was read under this name: the repository has another one now, or the name another repository."""
        ...

    async def apply(
        self,
        repository: Repository,
        actions: tuple[Action, ...],
        files: Mapping[str, tuple[RenderedFile, ...]],
        permit: Permit,
        *,
        urgency: Urgency | None = None,
    ) -> None:
        """Apply the actions in order. files: by environment. Raises WritesRefused if GitHub refuses some."""
        ...

    async def deployments(self, repository: Repository, wanted: Iterable[Deployment]) -> DeploymentsSeen:
        """Return what GitHub has of these deployments, and which it does not let the bot read."""
        ...

    async def deploy(
        self, repository: Repository, actions: Iterable[DeploymentAction], permit: Permit
    ) -> tuple[RefusedDeployment, ...]:
        """Create deployments and change their states; return what GitHub refused."""
        ...


class Registries(Protocol):
    """What a pass asks of registries. No method raises: a missing answer is a value."""

    async def tags(self, image: str) -> Tags | Missing | Unanswered:
        """Return all tags of an image."""
        ...

    async def observe(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """Return what these tags and digests of these images point at."""
        ...

    async def built(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """Return what these tags pointed at when first requested, to read their build times."""
        ...


class Notifier(Protocol):
    """What a pass tells people outside GitHub."""

    def sinks(self, repository: str) -> frozenset[str]:
        """Return the sinks that this repository's policy may name."""
        ...

    async def post(self, notices: Iterable[Notice]) -> None:
        """Have these told, each once however often it is posted."""
        ...

    async def dropped(self, repository: str) -> tuple[Dropped, ...]:
        """Return what could not be told within a day."""
        ...


@dataclass(frozen=True, slots=True)
class Watched:
    """An image that policies name. tag: the one that is followed; None where all its tags matter."""

    image: str
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything outside the process that a pass needs. make_due: puts a key into the queue, for those who wait for it.

    onboarding: the owner of this server lets the bot propose policies in repositories without one.
    """

    github: GitHub
    registries: Registries
    make_due: MakeDue
    runtime: Runtime
    notifier: Notifier
    budget: Budget
    statuses: Statuses
    onboarding: bool
