"""Serves the setup page until the App is installed."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
from yarl import URL

from bot.cli.doctor.examination import examine
from bot.core.values.errors import Temporary
from bot.doctor.findings import Finding
from bot.github.auth.tokens import Tokens
from bot.github.client import Client, roots
from bot.github.registration.addresses import PUBLIC_HOST
from bot.github.registration.conversion import Registered, convert
from bot.network import client_session
from bot.registries.hosts import authority
from bot.runtime import Runtime
from bot.settings import SettingsError, read_registry_settings
from bot.setup import env_file
from bot.setup.choices import Choices, Keep
from bot.setup.flow import Setup
from bot.web.listening import listening
from bot.web.setup.application import SetupParts, Stored, create_setup

_log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(seconds=5)
GIVEN_UP = timedelta(seconds=30)
"""How long the page may stay unread once the App is installed: the person may have closed it."""
LINGER = timedelta(seconds=3)
"""So that the browser gets the last page, and its style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a setup runs, and how it speaks. file: for the secrets, None where they are printed.

    offers_choice: the person may see the secrets on the page instead. announce: tells the address and the code. prints: writes
    secrets to the terminal. reader: who may read the file.
    """

    host: str
    port: int
    file: Path | None
    following: str
    announce: Callable[[str, str], None]
    prints: Callable[[str], None] = field(default=lambda _secrets: None)
    offers_choice: bool = False
    reader: str = "you"
    public_url: str = ""
    github: str = PUBLIC_HOST


async def set_up(environment: Mapping[str, str], runtime: Runtime, place: Place) -> dict[str, str] | None:
    """Serve the page. Returns the environment with the App's variables; None where it was told to stop before there is one."""
    running = _Running(environment, runtime, place)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    application, access, setup = create_setup(running.parts())
    async with listening(application, host=place.host, port=place.port) as url:
        running.url = place.public_url or url.replace("//0.0.0.0:", "//localhost:")
        place.announce(running.url, access.code)
        tasks = [asyncio.create_task(each) for each in (stop.wait(), running.finished.wait(), running.watch(setup))]
        await asyncio.wait(tasks[:2], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        if running.finished.is_set():
            await asyncio.sleep(LINGER.total_seconds())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
    return None if setup.registered is None else running.extended()


class _Running:
    """What the pages call."""

    def __init__(self, environment: Mapping[str, str], runtime: Runtime, place: Place) -> None:
        self._environment = environment
        self._runtime = runtime
        self._place = place
        self._variables: dict[str, str] = {}
        self.url = ""
        self.finished = asyncio.Event()

    def parts(self) -> SetupParts:
        place = self._place
        return SetupParts(
            convert=self._convert,
            store=self._store,
            accounts=self._accounts,
            diagnose=self._diagnose,
            announce=lambda code: place.announce(self.url, code),
            new_id=self._runtime.new_id,
            finished=self.finished,
            file=str(place.file) if place.offers_choice and place.file else "",
            printed=place.file is None,
            following=place.following,
            public_url=place.public_url,
            github=place.github,
        )

    def extended(self) -> dict[str, str]:
        """Return the environment, with what belongs to the App."""
        return {**self._environment, **self._variables}

    async def watch(self, setup: Setup) -> None:
        """Finish although nobody reads the page, once the App is installed."""
        while True:
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            if setup.registered is None or setup.choices is None:
                continue
            with contextlib.suppress(Temporary):
                if setup.accounts or await self._accounts(setup.registered, setup.choices):
                    await asyncio.sleep(GIVEN_UP.total_seconds())
                    self.finished.set()

    def _session(self, choices: Choices) -> aiohttp.ClientSession:
        try:
            network = read_registry_settings(self._environment).network
        except SettingsError as error:
            raise Temporary(str(error)) from None
        return client_session(network, private=frozenset({authority(URL(choices.site.api))}))

    async def _convert(self, choices: Choices, code: str) -> Registered:
        async with self._session(choices) as session:
            return await convert(session, choices.site.api, code)

    def _store(self, registered: Registered, choices: Choices) -> Stored:
        """Keep the secrets. Where that fails, the page shows them, because GitHub does not show them again."""
        self._variables = env_file.variables(registered, choices)
        secrets = env_file.text(registered, choices, self._runtime.now())
        file = self._place.file
        if file is None:
            self._place.prints(secrets)
            return Stored("Its secrets are printed in the terminal.")
        if choices.keep is Keep.SHOW and self._place.offers_choice:
            return Stored("These are its secrets. Give them to the server as environment variables.", secrets)
        try:
            env_file.write(file, secrets)
        except OSError as error:
            _log.error("setup: the secrets could not be written to %s (%s); the page shows them", file, error.strerror)
            return Stored(
                f"Its secrets could not be written to {file} ({error.strerror}). Keep them yourself:", secrets
            )
        return Stored(f"Its secrets are in {file}, readable by {self._place.reader} alone.")

    async def _accounts(self, registered: Registered, choices: Choices) -> tuple[str, ...]:
        async with self._session(choices) as session:
            client = Client(session, where=roots(choices.site.api), runtime=self._runtime)
            tokens = Tokens(client, app_id=registered.app_id, private_key=registered.private_key, runtime=self._runtime)
            return tuple(each.account for each in await tokens.installations())

    async def _diagnose(self) -> Sequence[Finding]:
        return await examine(self.extended(), self._runtime)
