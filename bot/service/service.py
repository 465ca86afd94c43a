"""Everything that runs: the web application, the passes and the timers, from settings to a graceful stop.

A lost webhook is made up for in three ways: GitHub redelivers what it could not deliver, a sweep looks at every repository, and
every application is looked at again within about an hour. Each alone would be enough. A server that pulls reads failed
deliveries itself, so it has none redelivered.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot import __version__
from bot.core.needs.subscriptions import Due, image_topic
from bot.core.values.artifacts import News
from bot.core.values.errors import Temporary
from bot.core.values.permit import Priority
from bot.github.events import webhooks
from bot.github.events.deliveries import redeliver_failed
from bot.github.events.pulling import Pulling, Read
from bot.github.facade import GitHub
from bot.notify.delivery import Delivery
from bot.notify.notifier import Notifier
from bot.notify.sink import Sink
from bot.passes import Passes
from bot.passes.memory.budget import Budget
from bot.passes.memory.statuses import Statuses
from bot.passes.outside import Outside, Watched
from bot.passes.polling import TURN, Polled, Polling
from bot.queue.postgresql.store import PostgresQueue
from bot.queue.protocol import Queue, StoreLostError
from bot.queue.runner import Runner
from bot.queue.sqlite.store import SqliteQueue
from bot.registries.hooks.reception import Reception
from bot.registries.oci import Registries
from bot.runtime import Runtime
from bot.service.garbage import set_aside_now_and_then, set_aside_what_lives
from bot.service.hooks import RegistryHooks, reception
from bot.service.outside import github_of, registries_of, session_of
from bot.settings import PostgresUrl, Settings, Webhooks
from bot.telemetry import Telemetry, telemetry, use_telemetry
from bot.telemetry.fields import TRACE, fields, trace_id
from bot.web.api import Api, RegistriesStatus
from bot.web.application import create_application
from bot.web.listening import listening
from bot.web.metrics import Result
from bot.web.parts import Parts

_log = logging.getLogger(__name__)

DISCOVER = timedelta(hours=1)
REDELIVER = timedelta(minutes=10)
PULL = timedelta(seconds=5)
"""At most 720 requests an hour of the App's own 5,000, and none of them while nothing happens: GitHub answers 304."""
CHECK = timedelta(seconds=5)
RETRY = timedelta(seconds=30)
GRACE = timedelta(seconds=25)
"""Less than the 30 seconds that Kubernetes gives a container to stop."""


class Service:
    """A running bot. `running` makes one.

    discovered: set once GitHub has listed the repositories. lost: done when the queue's store is gone for good.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        runtime: Runtime,
        github: GitHub,
        registries: Registries,
        reception: Reception,
        queue: Queue,
        sinks: tuple[Sink, ...],
    ) -> None:
        self._settings = settings
        self._runtime = runtime
        self.github = github
        self.github.client.plan_with(queue)
        self.queue = queue
        self._registries = registries
        self._reception = reception
        self.delivery = Delivery(queue.outbox, sinks, web=settings.github.web, runtime=runtime)
        self._statuses = Statuses(queue if settings.api_tokens else None, web=settings.github.web)
        outside = Outside(
            github=github,
            registries=registries,
            make_due=self._make_due,
            runtime=runtime,
            notifier=Notifier(queue.outbox, self.delivery, open_to=settings.notifications.open_to),
            budget=Budget(queue, runtime.now),
            statuses=self._statuses,
            onboarding=settings.onboarding,
        )
        self.passes = Passes(outside, subscribe=queue.subscribe)
        period, polled = settings.registry_poll, Polled(self.passes.images, _asking(registries), self._announce)
        self._polling = Polling(polled, period=period, runtime=runtime) if period else None
        self.runner = Runner(queue=queue, handler=self.passes, runtime=runtime)
        self._app_id = settings.app_id
        pushes = Webhooks.PUSH in settings.webhooks
        self._pulling = Pulling(github.client, github.tokens, read=Read.MISSED if pushes else Read.ALL)
        self.discovered = asyncio.Event()
        self._repositories: frozenset[str] | None = None
        self.lost: asyncio.Future[StoreLostError] = asyncio.get_running_loop().create_future()
        self.url = ""

    def application(self) -> web.Application:
        """Return the web application."""
        return create_application(
            Parts(
                queue=self.queue,
                github_secret=self._settings.webhook_secret if Webhooks.PUSH in self._settings.webhooks else "",
                route_github=self._route_github,
                registries=RegistryHooks(self._reception),
                ci_secret=self._settings.ci_secret,
                api=Api(
                    self.queue,
                    tokens=self._settings.api_tokens,
                    repositories=lambda: self._repositories,
                    missing=lambda: tuple(self._missing()),
                    registries=self._registries_status,
                ),
                missing=self._missing,
                passes=lambda: {outcome.value: count for outcome, count in self.runner.outcomes.items()},
                now=self._runtime.now,
                new_id=self._runtime.new_id,
                metrics=telemetry().metrics,
            )
        )

    async def run_background(self) -> None:
        """Run passes and timers until the runner is stopped."""
        async with asyncio.TaskGroup() as group:
            timers = [
                group.create_task(self.delivery.run()),
                *([group.create_task(self._every(TURN, self._polling.turn))] if self._polling else []),
                group.create_task(self._every(DISCOVER, self.discover)),
                group.create_task(self._every(*self._catch_up())),
                group.create_task(self._every(CHECK, self.check_store)),
            ]
            await self.runner.run()
            for timer in timers:
                timer.cancel()

    async def discover(self) -> None:
        """Make every repository of the App due: any may be a manifests repository. Forget those that the App has left."""
        found, before = frozenset(await self.github.repositories()), self._repositories
        self._repositories = found
        await self.queue.accept(None, found, priority=Priority.SWEEP)
        if before is None or before - found:
            await self._statuses.keep_repositories(found)
        self.discovered.set()

    async def redeliver(self) -> None:
        """Have GitHub redeliver the webhooks that it could not deliver."""
        count = await redeliver_failed(self.github.client, self.github.tokens, now=self._runtime.now())
        if count:
            _log.info("asked GitHub to redeliver %d webhooks", count)

    def _catch_up(self) -> tuple[timedelta, Callable[[], Awaitable[None]]]:
        """Return how this server gets the webhooks that it did not receive, and how often."""
        if Webhooks.PULL in self._settings.webhooks:
            return PULL, self.pull
        return REDELIVER, self.redeliver

    async def pull(self) -> None:
        """Read the webhooks that GitHub recorded, and make due what they concern."""
        unread = await self._pulling.look()
        if unread.too_many:
            _log.info("more webhooks were recorded than are worth reading; looking at every repository instead")
            await self.discover()
        for delivery in unread.deliveries:
            due = self._route_github(delivery.event, await self._pulling.payload(delivery))
            result = Result.IGNORED
            if due:
                cause = trace_id(delivery.guid)
                fresh = await self.queue.accept(delivery.guid, due.keys, due.topics, priority=due.priority, cause=cause)
                result = Result.ACCEPTED if fresh else Result.REPEATED
            telemetry().metrics.webhooks.labels("github", delivery.event, result).inc()
            self._pulling.done(delivery)

    async def check_store(self) -> None:
        """See whether the queue's store can still be used. `lost` says that it is gone for good."""
        try:
            await self.queue.check()
        except StoreLostError as error:
            if not self.lost.done():
                self.lost.set_result(error)

    async def _every(self, length: timedelta, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            pause = length
            try:
                await work()
            except Temporary as trouble:
                _log.warning("%s: %s", work.__name__, trouble.reason)
                pause = RETRY
            except Exception:  # noqa: BLE001 -- a timer outlives any error, and logs it
                _log.exception("%s failed", work.__name__)
                pause = RETRY
            await asyncio.sleep(pause.total_seconds() * (0.9 + 0.2 * self._runtime.random()))

    async def _announce(self, image: str) -> None:
        await self.queue.accept(None, (), (image_topic(image),))

    async def _make_due(self, key: str, priority: Priority = Priority.EVENT) -> None:
        await self.queue.accept(None, (key,), priority=priority, cause=fields().get(TRACE, ""))

    def _route_github(self, event: str, payload: Mapping[str, Any]) -> Due:
        if event in webhooks.INSTALLATION_EVENTS:
            self.github.tokens.reconsider()
        return webhooks.due_for(event, payload, app_id=self._app_id, bot_id=self.github.tokens.bot_id)

    def _registries_status(self) -> RegistriesStatus:
        period, polls = self._settings.registry_poll, self._polling.registries() if self._polling else ()
        return RegistriesStatus(int(period.total_seconds()) if period else None, polls, self._registries.paused())

    def _missing(self) -> Iterator[str]:
        if not self.discovered.is_set():
            yield "GitHub has not been reached yet; the log says why"


def _asking(registries: Registries) -> Callable[[Watched], Awaitable[News]]:
    return lambda watched: registries.poll(watched.image, watched.tag)


@asynccontextmanager
async def running(settings: Settings, runtime: Runtime) -> AsyncIterator[Service]:
    """Run a bot until the block ends; then wait for running passes."""
    async with AsyncExitStack() as stack:
        use_telemetry(_telemetry(settings, stack))
        addresses = settings.notifications.addresses
        session = await stack.enter_async_context(session_of(settings, addresses))
        queue = await _open_queue(settings, runtime)
        stack.push_async_callback(queue.close)
        service = Service(
            settings=settings,
            runtime=runtime,
            github=github_of(settings, session, runtime),
            registries=registries_of(settings, session, runtime),
            reception=reception(settings, session, runtime),
            queue=queue,
            sinks=settings.notifications.made(session, runtime.now),
        )
        listener = listening(service.application(), host=settings.host, port=settings.port)
        service.url = await stack.enter_async_context(listener)
        background = asyncio.create_task(service.run_background())
        try:
            yield service
        finally:
            await service.runner.stop(grace=GRACE)
            await background
            await service.passes.close()


def _telemetry(settings: Settings, stack: AsyncExitStack) -> Telemetry:
    if not settings.traces:
        return Telemetry()
    from bot.telemetry.otlp import OtlpTracing  # noqa: PLC0415 -- takes half a second to load, and most servers send no traces

    tracing = OtlpTracing(version=__version__)
    # Sending what is left may take as long as the collector takes.
    stack.push_async_callback(asyncio.get_running_loop().run_in_executor, None, tracing.close)
    return Telemetry(tracing=tracing)


async def _open_queue(settings: Settings, runtime: Runtime) -> Queue:
    match settings.queue:
        case PostgresUrl(url):
            # A schema for each App: what is due for one says nothing to another that shares the database.
            return await PostgresQueue.open(url, schema=f"gitops_bot_{settings.app_id}", runtime=runtime)
        case path:
            return await SqliteQueue.open(path, runtime=runtime)


async def serve(settings: Settings, runtime: Runtime) -> None:
    """Run until SIGTERM or SIGINT. Raises StoreLostError where the queue's store cannot be used, now or later."""
    set_aside_what_lives()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings, runtime) as service:
        _log.info("listening on %s", service.url)
        stopping, setting_aside = asyncio.create_task(stop.wait()), asyncio.create_task(set_aside_now_and_then())
        await asyncio.wait((stopping, service.lost), return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping: no new work starts, and running passes may end")
    stopping.cancel()
    setting_aside.cancel()
    if service.lost.done():
        raise service.lost.result()
