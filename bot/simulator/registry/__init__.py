"""A small OCI registry for `demo` and the tests.

It implements the Distribution API well enough for `skopeo copy` in both directions, asks for credentials as real
registries do, pages its tags, sends notifications in CNCF Distribution's envelope, and can be told to fail. Where the
specification leaves a choice it follows Distribution 2.8.2, which Debian and many companies run.
https://github.com/opencontainers/distribution-spec/blob/main/spec.md

    registry = Registry(now=clock.now, public_host="ghcr.io")
    async with registry.serve() as url:                      # http://127.0.0.1:PORT
        registry.push_image("acme/web", "v1.5.0", platforms=("linux/amd64", "linux/arm64"), revision="5f3c…")
"""

from bot.simulator.registry.access import Access, Challenge, Pulls
from bot.simulator.registry.faults import Fault, Faults
from bot.simulator.registry.images import Mark
from bot.simulator.registry.notifications import Endpoint, Events
from bot.simulator.registry.pulls import Paging
from bot.simulator.registry.server import Registry, Request
from bot.simulator.registry.store import Manifest, MediaType

__all__ = [
    "Access",
    "Challenge",
    "Endpoint",
    "Events",
    "Fault",
    "Faults",
    "Manifest",
    "Mark",
    "MediaType",
    "Paging",
    "Pulls",
    "Registry",
    "Request",
]
