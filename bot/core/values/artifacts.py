"""What registries returned about images, as frozen values.

`registries` fills these and decides nothing. A registry that does not answer is a value too, so that a gate can say
what was seen and wait; nothing here ever means "passed". A tag is requested in every pass, so the value was true a
moment ago and may not be any longer: a deployment must name the tag's digest.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property


@dataclass(frozen=True)
class Tags:
    """Every tag of an image, in the registry's own order, which means nothing. A list that may have more is `Unanswered`.

    image: the normalised name, such as `ghcr.io/acme/web`. tags: without those that no manifest could name.
    charts: these are Helm charts, whose tags have `_` where their versions have `+`.
    """

    image: str
    tags: tuple[str, ...]
    charts: bool = False

    @cached_property
    def all(self) -> frozenset[str]:
        """Return the tags as a set, made once: a list may have thousands, and every environment asks for it."""
        return frozenset(self.tags)


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a tag points at.

    digest: of the index for several platforms, else of the manifest: what `image@digest` names.
    platforms: sorted, as `os/architecture[/variant]` in the short form (`linux/arm64`, never `linux/arm64/v8`); empty
    for what runs nowhere, such as a chart. Attestations are left out.
    revision: the source commit the image says it was built from (`org.opencontainers.image.revision`), unverified;
    a whole commit id, None for a shortened one.
    created: when it says that it was built, aware and in UTC, also unverified. It may say nothing: `core.values.build_times`.
    """

    image: str
    tag: str
    digest: str
    platforms: tuple[str, ...]
    revision: str | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The registry answered that it has no such tag; with tag None, that it knows no such image."""

    image: str
    tag: str | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nothing can be said about this image now.

    reason: what was seen and what to do, fit for people; never holds a secret.
    again_at: when the registry may be asked again, if that is known; not earlier.
    tag: the one that was asked for; None for the list of tags.
    read: of a list that could not be read to its end, how many tags were read. There may be more, so it decides nothing.
    """

    image: str
    reason: str
    again_at: datetime | None = None
    tag: str | None = None
    read: int = 0


class News(Enum):
    """What a poll of an image found. FIRST: nothing is known to compare with; SILENT: no answer."""

    FIRST = "first"
    SAME = "same"
    CHANGED = "changed"
    SILENT = "silent"
