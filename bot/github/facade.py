"""GitHub as the rest of the bot sees it: observe, sweep, apply, and where the App is installed."""

from collections.abc import Iterable, Mapping

import aiohttp

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
from bot.core.plan import Action, OpenPromotion, RenderedFile, UpdatePromotion
from bot.core.repository.other_pull_requests import Proposal
from bot.core.values.deployment import Deployment, DeploymentAction, DeploymentsSeen, RefusedDeployment
from bot.core.values.permit import Permit
from bot.github.auth.tokens import Sources, Tokens
from bot.github.client import PUBLIC_API, Client, carrying_out, roots
from bot.github.parsing.actors import App
from bot.github.reads import beginnings
from bot.github.reads import dashboard as dashboard_reads
from bot.github.reads import deployments as deployment_reads
from bot.github.reads.arrivals import Arrivals
from bot.github.reads.comments import Comments
from bot.github.reads.completing.status_apps import StatusApps
from bot.github.reads.look import no_policies
from bot.github.reads.memories import Memories
from bot.github.reads.observe import Observer
from bot.github.reads.people import People
from bot.github.reads.sources.changed_files import changed_files
from bot.github.reads.sources.glimpses import source_glimpses
from bot.github.reads.state_branch import StateBranches
from bot.github.reads.sweep import Sweeper
from bot.github.writes import dashboard as dashboard_writes
from bot.github.writes.apply import Applier
from bot.github.writes.deployments import Deployer
from bot.github.writes.write import Work
from bot.runtime import Runtime


class GitHub:
    """One for the process.

    api_url: REST's root; GraphQL's follows from it unless it is named. trust_unsigned: believe `gitops-state` as it is, on a
    GitHub that signs no commits. sources: as in Tokens. client: counts requests and points. tokens: the App's.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        app_id: int,
        private_key: str,
        runtime: Runtime,
        api_url: str = PUBLIC_API,
        graphql_url: str | None = None,
        trust_unsigned: bool = False,
        sources: Sources = frozenset(),
    ) -> None:
        where = roots(api_url, graphql_url)
        self.client = Client(session, where=where, runtime=runtime)
        self.tokens = Tokens(self.client, app_id=app_id, private_key=private_key, runtime=runtime, sources=sources)
        # GitHub Enterprise Server signs the commits of Apps only if its administrators have set that up: https://docs.github.com/en/enterprise-server/admin/configuring-settings/configuring-user-applications-for-your-enterprise/configuring-web-commit-signing
        self.states = StateBranches(signed=where.is_githubs_own, trusted=trust_unsigned)
        memories = Memories(
            policies=no_policies(),
            comments=Comments(self.client, runtime),
            states=self.states,
            people=People(self.client, runtime),
            arrivals=Arrivals(self.client, runtime),
            status_apps=StatusApps(self.client),
        )
        self._observer = Observer(self.client, self.tokens, memories)
        self._sweeper = Sweeper(self.client, self.tokens, memories)
        self._memories = memories
        self._applier = Applier(self.client, self.tokens, runtime)
        self._deployer = Deployer(self.client, self.tokens, web=where.web)

    async def observe(self, needs: Needs) -> Observation:
        """Look at one application once. Raises Temporary."""
        return await self._observer.observe(needs)

    async def changed_files(self, repository: str, source: str, commits: frozenset[str]) -> Mapping[str, ChangedFiles]:
        """Return which files these commits of a source repository change, by commit. Raises Temporary."""
        return await changed_files(self.client, self.tokens, repository, source, commits)

    async def source_glimpses(self, repository: str, wanted: Iterable[SourceNeeds]) -> Mapping[SourceNeeds, SourceSeen]:
        """Return what many source repositories show, as far as it is complete. Raises Temporary."""
        return await source_glimpses(self.client, self.tokens, repository, wanted)

    async def granted(self, repository: str) -> Mapping[str, str]:
        """Return the App's permissions there; none where it is not installed. Raises Temporary."""
        where = await self.tokens.installation(repository)
        return where.permissions if where else {}

    async def sweep(self, needs: SweepNeeds) -> Sweep:
        """Look at a whole repository once. Raises Temporary."""
        return await self._sweeper.sweep(needs)

    async def proposals(self, repository: str, pulls: tuple[SweptPull, ...]) -> tuple[Proposal, ...]:
        """Return the policies that these pull requests propose. Raises Temporary."""
        return await self._sweeper.proposals(repository, pulls)

    async def ended(self, repository: str) -> tuple[EndedPull, ...]:
        """Return the pull requests of a repository that ended lately, newest change first. Raises Temporary."""
        return await self._sweeper.ended(repository)

    async def files(self, repository: Repository) -> tuple[ListedFile, ...]:
        """Return every file of the default branch. Raises Temporary."""
        return await self._sweeper.files(repository.name, repository.head_oid)

    async def contents(self, repository: Repository, blobs: frozenset[str]) -> Mapping[str, bytes]:
        """Return the bytes of these blobs, as far as GitHub hands them out. Raises Temporary."""
        return await self._sweeper.contents(repository.name, blobs)

    async def beginnings(self, repository: str) -> Beginnings:
        """Return what this App opened in a repository, and where a policy is being written. Raises Temporary."""
        return await beginnings.find(self.client, self.tokens, repository)

    async def dashboard(self, repository: str) -> Dashboard:
        """Return the dashboard issue. Raises Temporary."""
        return await dashboard_reads.find(self.client, self.tokens, repository)

    async def write_dashboard(self, repository: str, page: DashboardPage, permit: Permit) -> None:
        """Open or edit the dashboard issue. Raises Temporary, LeaseLost."""
        await dashboard_writes.write(self.client, self.tokens, repository, page, permit)

    def forget(self, repository: str) -> None:
        """Forget what was read under this name: the repository has another one now, or the name another repository."""
        self._observer.forget(repository)
        self._memories.policies.pop(repository, None)
        self._memories.comments.forget(repository)

    async def apply(
        self,
        repository: Repository,
        actions: tuple[Action, ...],
        files: Mapping[str, tuple[RenderedFile, ...]],
        permit: Permit,
        *,
        urgency: Urgency | None = None,
    ) -> None:
        """Carry out the actions of a plan, in their order.

        repository: as the decision saw it. files: by environment, for the actions with edits. urgency: of the whole; by default
        it follows from who waits. Raises as `Applier.apply`.
        """
        works = [
            Work(action, files[action.environment])
            if isinstance(action, OpenPromotion | UpdatePromotion)
            else Work(action)
            for action in actions
        ]
        with carrying_out(urgency):
            await self._applier.apply(works, repository=repository, permit=permit)

    async def deployments(self, repository: Repository, wanted: Iterable[Deployment]) -> DeploymentsSeen:
        """Return what GitHub has of these deployments of a manifests repository. Raises Temporary."""
        return await deployment_reads.seen(self.client, self.tokens, repository, tuple(wanted))

    async def deploy(
        self, repository: Repository, actions: Iterable[DeploymentAction], permit: Permit
    ) -> tuple[RefusedDeployment, ...]:
        """Create deployments and change their states; return what GitHub refused. Raises Temporary, LeaseLost."""
        return await self._deployer.carry_out(repository, tuple(actions), permit)

    async def app(self) -> App:
        """Return the App itself. Raises Temporary."""
        return await self.tokens.app()

    async def repositories(self) -> tuple[str, ...]:
        """List every repository that the App may work on, each `owner/name`. Raises Temporary."""
        installations = [each for each in await self.tokens.installations() if not each.suspended]
        return tuple([name for each in installations for name in await self.tokens.repositories(each)])
