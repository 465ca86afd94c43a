"""Limits on what a registry may send and how long it may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits for every registry. Sizes are in bytes, times in seconds.

    Settings: tags (`REGISTRY_MAX_TAGS`), of one image; request (`REGISTRY_TIMEOUT`), for one HTTP request; deadline
    (`REGISTRY_DEADLINE`), for everything that one question needs; parallel (`REGISTRY_CONCURRENCY`), requests to one host at
    once.

    The rest is fixed. document: a manifest (Distribution itself accepts 4 MiB); page: one page of tags, which some
    registries send whole; config: a config blob; token: a token. redirects: in a row. barren_pages: pages of tags in a row
    that bring nothing new. children: images of an index that are read for their platform. remembered: digests and logins.
    """

    tags: int = 200_000
    request: float = 15.0
    deadline: float = 60.0
    parallel: int = 4
    document: int = 4 * 1024 * 1024
    page: int = 16 * 1024 * 1024
    config: int = 4 * 1024 * 1024
    token: int = 256 * 1024
    redirects: int = 3
    barren_pages: int = 10
    children: int = 16
    remembered: int = 10_000
