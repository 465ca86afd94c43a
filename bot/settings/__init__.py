"""The settings from the environment: read once, checked together, and never shown.

One error names every problem: what was seen (never a secret), what was expected, and what to do. Nothing below `service` reads
settings or the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.github.auth.tokens import Sources
from bot.github.client import Roots
from bot.network import Network
from bot.registries.hooks.proofs.google import Subscriber
from bot.registries.limits import Limits
from bot.settings import github, network, notifications, registries, server, telemetry
from bot.settings.github import Webhooks
from bot.settings.notifications import Notifications
from bot.settings.reading import Problem, Reader, SettingsError
from bot.settings.server import PostgresUrl
from bot.telemetry.logs import LogFormat

ANYWHERE = "0.0.0.0"  # noqa: S104 -- a container is reached from outside

__all__ = [
    "PostgresUrl",
    "Problem",
    "RegistrySettings",
    "Settings",
    "SettingsError",
    "WebSettings",
    "Webhooks",
    "read_registry_settings",
    "read_settings",
    "read_web_settings",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the server is set up. Safe to log.

    private_key: PEM. ci_secret: for pipelines that are not GitHub's, '' for none. api_tokens: of those who may read the API,
    none for nobody. github: the roots of REST and GraphQL.
    trust_unsigned: believe `gitops-state` although GitHub signs no commits. webhooks: how the bot hears of events;
    webhook_secret may be '' if it only pulls. onboarding: propose policies in repositories without one.
    public_url: where this server is reached from outside, '' if nobody said.
    sources: owners whose policies may name sources of which other owners. queue: the file or the server that keeps what is due.
    registries: hosts that the bot may contact, as images name them. registry_mirrors: registry → base URL to ask instead.
    registry_poll: how often each image is asked about, None for never. registry_limits: how much a registry may send, and how
    long it may take. registry_secrets: vendor of a registry hook → secret; a vendor without one is off. sns_topics, pubsub:
    who may send hooks that Amazon or Google sign. docker_config: a `config.json`, which may be missing. network: proxies and
    certificate authorities. traces: send spans to the collector that OpenTelemetry's variables name.
    """

    app_id: int
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    ci_secret: str = field(default="", repr=False)
    api_tokens: tuple[str, ...] = field(default=(), repr=False)
    github: Roots
    webhooks: Webhooks = Webhooks.PUSH
    onboarding: bool = True
    public_url: str = ""
    trust_unsigned: bool = False
    sources: Sources = frozenset()
    queue: Path | PostgresUrl
    registries: frozenset[str]
    registry_mirrors: Mapping[str, str]
    registry_secrets: Mapping[str, str] = field(repr=False)
    sns_topics: frozenset[str] = frozenset()
    pubsub: Subscriber | None = None
    docker_config: Path | None
    registry_poll: timedelta | None = None
    registry_limits: Limits = field(default_factory=Limits)
    network: Network = field(default_factory=Network)
    host: str
    port: int
    log_level: str
    log_format: LogFormat = LogFormat.TEXT
    traces: bool = False
    notifications: Notifications = field(default_factory=Notifications)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings:
    """The settings that it takes to ask a registry."""

    allowed: frozenset[str]
    mirrors: Mapping[str, str]
    docker_config: Path | None
    limits: Limits
    network: Network


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where the server listens and logs, for a server that has no App yet."""

    host: str
    port: int
    public_url: str
    log_level: str
    log_format: LogFormat


def read_web_settings(environment: Mapping[str, str]) -> WebSettings:
    """Return these settings. Raises `SettingsError` with every problem."""
    reader = Reader(environment)
    found = WebSettings(
        host=reader.get("HOST") or ANYWHERE,
        port=server.port(reader),
        public_url=server.public_url(reader),
        log_level=telemetry.log_level(reader),
        log_format=telemetry.log_format(reader),
    )
    if reader.problems:
        raise SettingsError(tuple(reader.problems))
    return found


def read_registry_settings(environment: Mapping[str, str]) -> RegistrySettings:
    """Return the registry settings, for the command line. Raises `SettingsError` with every problem."""
    reader = Reader(environment)
    allowed = registries.allowed(reader)
    found = RegistrySettings(
        allowed=allowed,
        mirrors=registries.mirrors(reader, allowed),
        docker_config=registries.docker_config(reader),
        limits=registries.limits(reader),
        network=network.network(reader),
    )
    if reader.problems:
        raise SettingsError(tuple(reader.problems))
    return found


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings of this environment. Raises `SettingsError` with every problem."""
    reader = Reader(environment)
    allowed = registries.allowed(reader)
    webhooks = github.webhooks(reader)
    settings = Settings(
        app_id=github.app_id(reader),
        private_key=github.private_key(reader),
        webhook_secret=github.webhook_secret(reader, webhooks),
        webhooks=webhooks,
        onboarding=github.onboarding(reader),
        public_url=server.public_url(reader),
        ci_secret=github.ci_secret(reader),
        api_tokens=server.api_tokens(reader),
        github=github.api(reader),
        trust_unsigned=github.trust_unsigned(reader),
        sources=github.sources(reader),
        queue=server.queue_store(reader),
        registries=allowed,
        registry_mirrors=registries.mirrors(reader, allowed),
        registry_secrets=registries.secrets(reader),
        sns_topics=registries.sns_topics(reader),
        pubsub=registries.pubsub(reader),
        docker_config=registries.docker_config(reader),
        registry_poll=registries.poll(reader),
        registry_limits=registries.limits(reader),
        network=network.network(reader),
        host=reader.get("HOST") or ANYWHERE,
        port=server.port(reader),
        log_level=telemetry.log_level(reader),
        log_format=telemetry.log_format(reader),
        traces=telemetry.sends_traces(reader),
        notifications=notifications.notifications(reader),
    )
    if reader.problems:
        raise SettingsError(tuple(reader.problems))
    return settings
