"""What registries were seen to say about images, as frozen values.

`registries` fills these and decides nothing. A registry that does not answer is a value too, so that a gate can say
what was seen and wait; nothing here ever means "passed". A tag is asked afresh in every pass, so what stands here was
true a moment ago and no longer: whoever deploys it names the digest.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tags:
    """Every tag of an image, in the registry's own order, which means nothing.

    image: the normalised name, such as `ghcr.io/acme/web`. tags: what could not stand in a manifest is left out.
    """

    image: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Artifact:
    """What one tag points at.

    digest: of the index for several platforms, else of the manifest: what `image@digest` names.
    platforms: sorted, as `os/architecture[/variant]` in the short form (`linux/arm64`, never `linux/arm64/v8`); empty
    for what runs nowhere, such as a chart. Attestations are left out.
    revision: the source commit the image says it was built from (`org.opencontainers.image.revision`), unverified;
    a whole commit id, None for a shortened one.
    created: when it says it was built, aware and in UTC, likewise unverified.
    """

    image: str
    tag: str
    digest: str
    platforms: tuple[str, ...]
    revision: str | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The registry answered, and has no such tag; with tag None, it knows no such image."""

    image: str
    tag: str | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nothing can be said about this image now.

    reason: what was seen and what to do, fit for people; never holds a secret.
    again_at: when the registry asked us to come back, if it did; at the earliest.
    tag: the one that was asked for; None for the list of tags.
    """

    image: str
    reason: str
    again_at: datetime | None = None
    tag: str | None = None
