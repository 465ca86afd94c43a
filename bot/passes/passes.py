"""Runs the pass for each kind of key."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime

from bot.core.needs.subscriptions import Subscription
from bot.core.values.errors import Moved, NotInstalled
from bot.core.values.permit import PRIORITY, Permit
from bot.core.versions.moving_tag import follows
from bot.passes.application import ApplicationPasses
from bot.passes.memory import Memory
from bot.passes.outside import Outside, Watched
from bot.passes.prompt_registries import PromptRegistries, StillAsked
from bot.passes.repository import RepositoryPasses
from bot.passes.turns import Turns

_log = logging.getLogger(__name__)


Subscribe = Callable[[str, frozenset[Subscription]], Awaitable[None]]
"""Replaces the subscriptions of a manifests repository."""


class Passes:
    """The handler of every key in the queue; one instance per process. A pass does not wait for slow registries."""

    def __init__(self, outside: Outside, *, subscribe: Subscribe) -> None:
        self._github, self._make_due, self._subscribe = outside.github, outside.make_due, subscribe
        self._registries = PromptRegistries(outside.registries, outside.runtime, make_due=outside.make_due)
        self._now = outside.runtime.now
        self._statuses = outside.statuses
        outside, turns = replace(outside, registries=self._registries), Turns()
        self.memory = Memory()
        self._application = ApplicationPasses(outside, self.memory, turns)
        self._repository = RepositoryPasses(outside, self.memory, turns)

    def images(self) -> Iterator[Watched]:
        """Yield every image that the policies name which this process has read."""
        for policy in self.memory.policies.all():
            for application in policy.applications.values():
                yield from (Watched(image, follows(application)) for image in application.images)

    async def close(self) -> None:
        """Cancel open requests. No pass may run afterwards."""
        await self._registries.close()

    async def __call__(self, key: str, permit: Permit) -> datetime | None:
        """Run one pass and return when to look again; None if there is nothing left to look at."""
        repository, _, _ = key.partition("#")
        PRIORITY.set(permit.priority)  # of this task, which ends with the pass
        try:
            with self._registries.waiting(key, permit.priority):
                again_at = await self._run(key, permit)
        except StillAsked as registry:
            return self._now() + registry.left
        untold = self.memory.policies.untold(repository)
        if untold is not None:
            await self._subscribe(repository, untold)
            self.memory.policies.told(repository)
        return again_at

    async def _run(self, key: str, permit: Permit) -> datetime | None:
        repository, _, application = key.partition("#")
        try:
            if application:
                return await self._application(repository, application, permit)
            return await self._repository(repository, permit)
        except NotInstalled as absence:
            _log.info("%s", absence.reason)
            self.memory.forget(repository)
            await self._statuses.keep_only(repository, ())
            return None
        except Moved as moved:
            _log.info("%s is %s now", repository, moved.name)
            self._github.forget(repository)
            await self._statuses.keep_only(repository, ())
            # Race accepted: a pass that looked before the move may still write while the first one by the new name looks.
            await self._make_due(f"{moved.name}#{application}" if application else moved.name)
            return None
