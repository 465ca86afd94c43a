"""Calls of the reception, in the short form that tests of registries' hooks use."""

from collections.abc import Mapping

from bot.registries.hooks.hook import Rejected
from bot.registries.hooks.reception import Answer, Call, Reception


async def admit(
    vendor: str, headers: Mapping[str, str], secrets: Mapping[str, str], *, path_secret: str = ""
) -> Rejected | None:
    """Return why a request is rejected whatever its body says."""
    return await Reception(secrets).admit(Call(vendor, headers, path_secret))


async def route(
    vendor: str,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Mapping[str, str],
    *,
    path_secret: str = "",
    registry: str | None = None,
) -> Answer:
    """Return what a request says."""
    return await Reception(secrets).route(Call(vendor, headers, path_secret, registry), body)


def greet(
    vendor: str, headers: Mapping[str, str], secrets: Mapping[str, str], *, path_secret: str = ""
) -> Mapping[str, str] | Rejected:
    """Return the answer to a sender that asks whether it may send."""
    return Reception(secrets).greet(Call(vendor, headers, path_secret))
