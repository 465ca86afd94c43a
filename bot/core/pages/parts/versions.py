"""Versions as pages show them."""

from bot.core.values.text import code
from bot.core.values.version import Version


def with_digest(version: Version | None, image: str) -> str:
    if version is None:
        return "—"
    digest = version.short_digest(image)
    return f"{code(version.tag)} {code(digest)}" if digest else code(version.tag)


def shown(version: Version | None) -> str:
    return code(version.name) if version else "—"
