"""GitHub, the registries and the way to them, as the settings name them."""

from collections.abc import Iterable

import aiohttp
from yarl import URL

from bot.github.facade import GitHub
from bot.network import client_session
from bot.registries.hosts import Hosts, authority
from bot.registries.keychain import Keychain
from bot.registries.oci import Registries
from bot.runtime import Runtime
from bot.settings import Settings


def session_of(settings: Settings, addresses: Iterable[str] = ()) -> aiohttp.ClientSession:
    """Return a session for everything that goes out. addresses: further ones that may be private. The caller closes it."""
    named = (settings.github.rest, settings.github.graphql, *addresses)
    private = _hosts(settings).named | {authority(URL(url)) for url in named}
    return client_session(settings.network, private=private)


def github_of(settings: Settings, session: aiohttp.ClientSession, runtime: Runtime) -> GitHub:
    """Return GitHub, as the App of the settings sees it."""
    return GitHub(
        session,
        api_url=settings.github.rest,
        graphql_url=settings.github.graphql,
        trust_unsigned=settings.trust_unsigned,
        sources=settings.sources,
        app_id=settings.app_id,
        private_key=settings.private_key,
        runtime=runtime,
    )


def registries_of(settings: Settings, session: aiohttp.ClientSession, runtime: Runtime) -> Registries:
    """Return the registries that the settings allow, with their logins."""
    return Registries(
        session,
        hosts=_hosts(settings),
        keychain=Keychain(settings.docker_config),
        runtime=runtime,
        limits=settings.registry_limits,
    )


def _hosts(settings: Settings) -> Hosts:
    return Hosts(allow=settings.registries, overrides=settings.registry_mirrors)
