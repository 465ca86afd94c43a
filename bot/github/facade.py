"""GitHub as a pass and the service see it: one object over the adapter's parts."""

from collections.abc import Mapping

import aiohttp

from bot.core.needs import Needs
from bot.core.observation import Observation, Repository
from bot.core.permit import Permit
from bot.core.plan import Action, OpenPromotion, RenderedFile, UpdatePromotion
from bot.core.sweep import Sweep, SweepNeeds
from bot.github.apply import Applier
from bot.github.auth import App, Tokens
from bot.github.client import Client, roots
from bot.github.observe import Observer
from bot.github.sweep import Sweeper
from bot.github.writes import File, Work
from bot.runtime import Runtime


class GitHub:
    """One for the process. Every method raises Temporary where GitHub does not answer as it should."""

    def __init__(
        self, session: aiohttp.ClientSession, *, api_url: str, app_id: int, private_key: str, runtime: Runtime
    ) -> None:
        self.client = Client(session, where=roots(api_url), runtime=runtime)
        self.tokens = Tokens(self.client, app_id=app_id, private_key=private_key, runtime=runtime)
        self._observer = Observer(self.client, self.tokens)
        self._sweeper = Sweeper(self.client, self.tokens)
        self._applier = Applier(self.client, self.tokens, runtime)

    async def observe(self, needs: Needs) -> Observation:
        """One look at an application."""
        return await self._observer.observe(needs)

    async def sweep(self, needs: SweepNeeds) -> Sweep:
        """One look at a repository."""
        return await self._sweeper.sweep(needs)

    async def apply(
        self,
        repository: Repository,
        actions: tuple[Action, ...],
        files: Mapping[str, tuple[RenderedFile, ...]],
        permit: Permit,
    ) -> None:
        """Carry the actions out, in their order. files: by environment, for actions with edits."""
        works = [Work(action, _files_of(action, files)) for action in actions]
        await self._applier.apply(works, repository=repository, permit=permit)

    async def app(self) -> App:
        """Who we are on GitHub."""
        return await self.tokens.app()

    async def repositories(self) -> tuple[str, ...]:
        """Every repository that an installation of this App reaches, as owner/name."""
        found: list[str] = []
        for installation in await self.tokens.installations():
            found.extend(await self.tokens.repositories(installation))
        return tuple(found)


def _files_of(action: Action, files: Mapping[str, tuple[RenderedFile, ...]]) -> Mapping[str, File]:
    if not isinstance(action, OpenPromotion | UpdatePromotion):
        return {}
    return {file.path: File(file.content, file.mode) for file in files.get(action.environment, ())}
