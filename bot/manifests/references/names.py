"""Tells which image a text names, even if the text is not a reference that can be changed."""

import re
from dataclasses import dataclass

from bot.core.values.images import ImageError, ImageName, Reference, version_suffix
from bot.core.values.version import SHORT

_NAME_AND_REST = re.compile(r"(?P<name>(?:[A-Za-z0-9._:\[\]-]+/)?[a-z0-9._/-]+?)(?:[:@\s].*)?", re.DOTALL)

_BELOW_PLACEHOLDER = re.compile(r".*[})]/(?P<name>[a-z0-9._/-]+)(?:[:@\s].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Named:
    """The image that a text names. `repository`: if the registry is computed, it matches in any registry."""

    names: tuple[ImageName, ...] = ()
    repository: str | None = None


def for_people(name: object, *, tag: str | None, digest: str | None) -> str:
    """Return `name:tag@sha256:0123456789ab`, with a short digest."""
    algorithm, colon, value = (digest or "").partition(":")
    return f"{name}{version_suffix(tag=tag, digest=f'{algorithm}:{value[:SHORT]}' if colon else None)}"


def named_by(text: str) -> Named | None:
    """Return the image in a text that is a reference, or would be one if its version or registry were not computed.

    None if it cannot be determined, such as for `{{ .Values.image }}` or `web${SUFFIX}:1.0`.
    """
    text = text.strip()
    below_placeholder = _BELOW_PLACEHOLDER.fullmatch(text)
    match = below_placeholder or _NAME_AND_REST.fullmatch(text)
    try:
        name = None if match is None else Reference.parse(match["name"])
    except ImageError:
        return None
    if name is None:
        return None
    return Named(repository=name.spelling) if below_placeholder else Named(names=(name.name,))


def named_by_url(url: str, *path: str) -> Named | None:
    """Return the image of an address such as `oci://ghcr.io/acme/charts`, or below it; None for any other address."""
    scheme, separator, address = url.partition("://")
    if not separator or scheme != "oci":
        return None
    return named_by("/".join((address.rstrip("/"), *path)))
