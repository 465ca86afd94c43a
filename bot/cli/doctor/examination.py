"""Looks at everything that the checks judge: this server, the App, the registries, and the repositories."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.cli.doctor.registries import examine_registries, registries_named
from bot.cli.doctor.repositories import Examined, Server, examine_repository
from bot.cli.doctor.secrets import settings_secrets
from bot.cli.doctor.sinks import examine_collector, examine_sinks
from bot.core.values.errors import Moved, Temporary
from bot.doctor.checks.app import judge_app, judge_installations, judge_refusal
from bot.doctor.checks.clock import judge_clock
from bot.doctor.checks.database import judge_database
from bot.doctor.checks.deliveries import judge_deliveries, judge_unwanted, judge_webhook
from bot.doctor.checks.registries import judge_news
from bot.doctor.checks.safety import judge_safety
from bot.doctor.checks.settings import judge_settings
from bot.doctor.findings import Finding, problem, unchecked
from bot.github.errors import Refused
from bot.github.facade import GitHub
from bot.github.inspection.app import SeenApp, github_time, latest_deliveries, seen_app
from bot.github.registration.addresses import Site, site_of_api
from bot.queue.usable import file_system_of, trouble_with_file, trouble_with_server
from bot.registries.oci import Registries
from bot.runtime import Runtime
from bot.service.outside import github_of, registries_of, session_of
from bot.settings import PostgresUrl, Settings, SettingsError, Webhooks, read_settings
from bot.settings.telemetry import collector

MOST_REPOSITORIES = 100
"""How many are looked at where none is named. Those with a policy cost about twenty requests each."""


async def examine(environment: Mapping[str, str], runtime: Runtime, *, repository: str = "") -> tuple[Finding, ...]:
    """Return the findings of every check. repository: only this one; '' for all that the App is installed on."""
    try:
        settings = read_settings(environment)
    except SettingsError as error:
        rest = unchecked("everything-else", "Nothing else was checked, because the settings cannot be used.")
        return (*judge_settings(error.problems), rest)
    found = [*judge_settings(()), await _database(settings)]
    found += judge_safety(
        settings_secrets(settings),
        site_of_api(settings.github.rest),
        public_url=settings.public_url,
        trusts_unsigned=settings.trust_unsigned,
    )
    async with _connected(settings, environment, runtime) as doctor:
        found += await doctor.clock()
        found += await examine_sinks(doctor.session, settings.notifications)
        found += await examine_collector(doctor.session, environment)
        app = await doctor.app(found)
        if app is not None:
            found += await doctor.webhooks(app)
            found += await doctor.repositories(app, repository)
    return tuple(found)


async def _database(settings: Settings) -> Finding:
    match settings.queue:
        case PostgresUrl(url):
            return judge_database("PostgreSQL", await trouble_with_server(url))
        case path:
            return judge_database(str(path), await trouble_with_file(path), file_system=await file_system_of(path))


@asynccontextmanager
async def _connected(settings: Settings, environment: Mapping[str, str], runtime: Runtime) -> AsyncIterator["_Doctor"]:
    traces = collector(environment)
    addresses = (*settings.notifications.addresses, *([traces[1]] if traces else []))
    async with session_of(settings, addresses) as session:
        github, registries = github_of(settings, session, runtime), registries_of(settings, session, runtime)
        yield _Doctor(settings, runtime, session, github, registries, site_of_api(settings.github.rest))


@dataclass(frozen=True, slots=True)
class _Doctor:
    settings: Settings
    runtime: Runtime
    session: aiohttp.ClientSession
    github: GitHub
    registries: Registries
    site: Site

    async def clock(self) -> list[Finding]:
        try:
            githubs = await github_time(self.session, self.settings.github.rest)
        except Temporary as trouble:
            remedy = "Let this server reach GitHub: DNS, firewall, HTTPS_PROXY, SSL_CERT_FILE, GITHUB_API_URL."
            return [unchecked("github-unreachable", _sentence(trouble), remedy)]
        return [judge_clock(self.runtime.now(), githubs)]

    async def app(self, found: list[Finding]) -> SeenApp | None:
        """Add what is wrong with the App and its installations. Returns None where GitHub does not show it."""
        try:
            app = await seen_app(self.github.client, self.github.tokens)
        except Refused as refusal:
            clock_off = any(each.name == "clock-off" for each in found)
            found.append(
                unchecked("app", _sentence(refusal), "Set the clock first.")
                if clock_off
                else judge_refusal(refusal.reason.rstrip("."), app_id=self.settings.app_id)
            )
            return None
        except Temporary as trouble:
            found.append(unchecked("app", _sentence(trouble)))
            return None
        found += judge_app(app, self.site)
        try:
            found += judge_installations(await self.github.tokens.installations(), app)
        except Temporary as trouble:
            found.append(unchecked("installation", _sentence(trouble)))
        return app

    async def webhooks(self, app: SeenApp) -> list[Finding]:
        pushes = Webhooks.PUSH in self.settings.webhooks
        wrong = judge_webhook(app, self.site, public_url=self.settings.public_url, pushes=pushes)
        found = [wrong] if wrong else []
        if not app.hook_url:
            return found
        try:
            newest = await latest_deliveries(self.github.client, self.github.tokens)
        except Temporary as trouble:
            return [*found, unchecked("deliveries", _sentence(trouble))]
        if not pushes:
            unwanted = judge_unwanted(newest, app, self.site)
            return [*found, *([unwanted] if unwanted else [])]
        return [*found, *judge_deliveries(newest, app, self.site)]

    async def repositories(self, app: SeenApp, only: str) -> list[Finding]:
        found: list[Finding] = []
        try:
            names = (only,) if only else await self.github.repositories()
        except Temporary as trouble:
            return [unchecked("repositories", _sentence(trouble))]
        images: dict[str, None] = {}
        for name in names[:MOST_REPOSITORIES]:
            examined = await self._repository(name, app, asked=bool(only))
            found += examined.findings
            images.update(dict.fromkeys(examined.images))
        if len(names) > MOST_REPOSITORIES:
            seen = f"{len(names) - MOST_REPOSITORIES} repositories were not looked at."
            found.append(unchecked("repositories", seen, "Name one: gitops-bot doctor OWNER/REPOSITORY."))
        found += await examine_registries(self.registries, images, self.settings.registries)
        found += self._news(images)
        return found

    def _news(self, images: Iterable[str]) -> list[Finding]:
        settings = self.settings
        hears = bool(settings.registry_secrets or settings.sns_topics or settings.pubsub)
        late = judge_news(registries_named(images), polls=settings.registry_poll is not None, hears=hears)
        return [late] if late else []

    async def _repository(self, name: str, app: SeenApp, *, asked: bool) -> Examined:
        try:
            server = Server(self.github, self.site, self.settings.onboarding, self.settings.notifications.open_to)
            return await examine_repository(server, name, app=app, asked=asked)
        except Moved as moved:
            return Examined(
                (
                    problem(
                        "repository-renamed",
                        f"It is called {moved.name} now.",
                        f"Ask about {moved.name}.",
                        subject=name,
                    ),
                )
            )
        except Temporary as trouble:
            return Examined((unchecked("repository", _sentence(trouble), subject=name),))


def _sentence(trouble: Temporary) -> str:
    return f"{trouble.reason.rstrip('.')}."
