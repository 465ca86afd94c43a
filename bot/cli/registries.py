"""The registries as a command asks them: with the server's settings for registries and the network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.network import client_session
from bot.registries.hosts import Hosts
from bot.registries.keychain import Keychain
from bot.registries.oci import Registries
from bot.runtime import system_runtime
from bot.settings import RegistrySettings


@asynccontextmanager
async def asked_registries(settings: RegistrySettings) -> AsyncIterator[Registries]:
    """Yield the registries, and close every connection afterwards."""
    hosts = Hosts(allow=settings.allowed, overrides=settings.mirrors)
    async with client_session(settings.network, private=hosts.named) as session:
        yield Registries(
            session,
            hosts=hosts,
            keychain=Keychain(settings.docker_config),
            runtime=system_runtime(),
            limits=settings.limits,
        )
