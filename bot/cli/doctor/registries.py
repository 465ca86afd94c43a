"""Asks the registries of the images that policies name: a few of each registry, because they share a login."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterable

from bot.core.values.images import ImageError, ImageName
from bot.doctor.checks.registries import AskedImage, judge_registry
from bot.doctor.findings import Finding
from bot.registries.oci import Registries

MOST_OF_A_REGISTRY = 10


async def examine_registries(registries: Registries, images: Iterable[str], allowed: Collection[str]) -> list[Finding]:
    """Return what is wrong with the registries of these images."""
    by_host: dict[str, list[str]] = defaultdict(list)
    for image in images:
        try:
            by_host[ImageName.parse(image).registry].append(image)
        except ImageError:
            continue  # `policy-broken` says so
    asked = [(host, image) for host, found in sorted(by_host.items()) for image in found[:MOST_OF_A_REGISTRY]]
    return list(
        await asyncio.gather(*(_judged(registries, host, image, allowed=host in allowed) for host, image in asked))
    )


def registries_named(images: Iterable[str]) -> frozenset[str]:
    """Return the registries of these images."""
    found = set()
    for image in images:
        with contextlib.suppress(ImageError):
            found.add(ImageName.parse(image).registry)
    return frozenset(found)


async def _judged(registries: Registries, host: str, image: str, *, allowed: bool) -> Finding:
    answer = await registries.tags(image) if allowed else None
    return judge_registry(AskedImage(image, host, answer))
