"""Everything that runs: the web application, the passes and the timers, from settings to a graceful stop.

A lost webhook is made up for in three ways: GitHub redelivers what it could not deliver, a sweep looks at every repository, and
every application is looked at again within about an hour. Each alone would be enough.
"""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from aiohttp import web
from yarl import URL

from bot import __version__
from bot.core.needs.subscriptions import Due, image_topic
from bot.core.values.errors import Temporary
from bot.core.values.permit import Priority
from bot.github.events import webhooks
from bot.github.events.deliveries import redeliver_failed
from bot.github.facade import GitHub
from bot.network import client_session
from bot.passes import Passes
from bot.queue.postgresql.store import PostgresQueue
from bot.queue.protocol import Queue, StoreLostError
from bot.queue.runner import Runner
from bot.queue.sqlite.store import SqliteQueue
from bot.registries import hooks
from bot.registries.hosts import Hosts, authority
from bot.registries.keychain import Keychain
from bot.registries.oci import Registries
from bot.runtime import Runtime
from bot.settings import PostgresUrl, Settings
from bot.telemetry import Telemetry, telemetry, use_telemetry
from bot.web.application import create_application
from bot.web.listening import listening
from bot.web.parts import Parts, Refused, RegistryHook

_log = logging.getLogger(__name__)

DISCOVER = timedelta(hours=1)
REDELIVER = timedelta(minutes=10)
CHECK = timedelta(seconds=5)
RETRY = timedelta(seconds=30)
GRACE = timedelta(seconds=25)
"""Less than the 30 seconds that Kubernetes gives a container to stop."""


class Service:
    """A running bot. `running` makes one.

    discovered: set once GitHub has listed the repositories. lost: done when the queue's store is gone for good.
    """

    def __init__(
        self, *, settings: Settings, runtime: Runtime, github: GitHub, registries: Registries, queue: Queue
    ) -> None:
        self._settings = settings
        self._runtime = runtime
        self.github = github
        self.queue = queue
        self.passes = Passes(
            github=github,
            registries=registries,
            make_due=self._make_due,
            subscribe=self.queue.subscribe,
            notes=self.queue,
            runtime=runtime,
        )
        self.runner = Runner(queue=queue, handler=self.passes, runtime=runtime)
        self._app_id = settings.app_id
        self.discovered = asyncio.Event()
        self.lost: asyncio.Future[StoreLostError] = asyncio.get_running_loop().create_future()
        self.url = ""

    def application(self) -> web.Application:
        """Return the web application."""
        return create_application(
            Parts(
                queue=self.queue,
                github_secret=self._settings.webhook_secret,
                route_github=self._route_github,
                registries=_RegistryHooks(self._settings.registry_secrets),
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
                group.create_task(self._every(DISCOVER, self.discover)),
                group.create_task(self._every(REDELIVER, self.redeliver)),
                group.create_task(self._every(CHECK, self.check_store)),
            ]
            await self.runner.run()
            for timer in timers:
                timer.cancel()

    async def discover(self) -> None:
        """Make every repository of the App due: any may be a manifests repository."""
        await self.queue.accept(None, await self.github.repositories(), priority=Priority.SWEEP)
        self.discovered.set()

    async def redeliver(self) -> None:
        """Have GitHub redeliver the webhooks that it could not deliver."""
        count = await redeliver_failed(self.github.client, self.github.tokens, now=self._runtime.now())
        if count:
            _log.info("asked GitHub to redeliver %d webhooks", count)

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

    async def _make_due(self, key: str, priority: Priority = Priority.EVENT) -> None:
        await self.queue.accept(None, (key,), priority=priority)

    def _route_github(self, event: str, payload: Mapping[str, Any]) -> Due:
        if event in webhooks.INSTALLATION_EVENTS:
            self.github.tokens.reconsider()
        return webhooks.due_for(event, payload, app_id=self._app_id, bot_id=self.github.tokens.bot_id)

    def _missing(self) -> Iterator[str]:
        if not self.discovered.is_set():
            yield "GitHub has not been reached yet; the log says why"


class _RegistryHooks:
    """Authenticates registries' hooks, for the web application."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets

    def admit(self, hook: RegistryHook) -> Refused | None:
        rejected = hooks.admit(hook.vendor, hook.headers, self._secrets, path_secret=hook.path_secret)
        return Refused(rejected.status, rejected.reason) if rejected else None

    def route(self, hook: RegistryHook, body: bytes) -> Due | Refused:
        answer = hooks.route(
            hook.vendor, hook.headers, body, self._secrets, path_secret=hook.path_secret, registry=hook.registry
        )
        if isinstance(answer, hooks.Rejected):
            return Refused(answer.status, answer.reason)
        return Due.of(image_topic(hint.image) for hint in answer)


@asynccontextmanager
async def running(settings: Settings, runtime: Runtime) -> AsyncIterator[Service]:
    """Run a bot until the block ends; then wait for running passes."""
    async with AsyncExitStack() as stack:
        use_telemetry(_telemetry(settings, stack))
        hosts = Hosts(allow=settings.registries, overrides=settings.registry_mirrors)
        private = hosts.named | {authority(URL(url)) for url in (settings.github.rest, settings.github.graphql)}
        session = await stack.enter_async_context(client_session(settings.network, private=private))
        queue = await _open_queue(settings, runtime)
        stack.push_async_callback(queue.close)
        service = Service(
            settings=settings,
            runtime=runtime,
            github=GitHub(
                session,
                api_url=settings.github.rest,
                graphql_url=settings.github.graphql,
                trust_unsigned=settings.trust_unsigned,
                sources=settings.sources,
                app_id=settings.app_id,
                private_key=settings.private_key,
                runtime=runtime,
            ),
            registries=Registries(
                session,
                hosts=hosts,
                keychain=Keychain(settings.docker_config),
                runtime=runtime,
                limits=settings.registry_limits,
            ),
            queue=queue,
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
    # What was imported lives until the end. To look through it with every full collection would stop the loop for 40 ms.
    gc.collect()
    gc.freeze()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings, runtime) as service:
        _log.info("listening on %s", service.url)
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((stopping, service.lost), return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping: no new work starts, and running passes may end")
    stopping.cancel()
    if service.lost.done():
        raise service.lost.result()
