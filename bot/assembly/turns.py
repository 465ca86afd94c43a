"""Who writes `gitops-state` next: in each repository one pass at a time, in the order in which they came.

Every write names the head that was seen, so of several at once all but one would fail, look again and fail again. A pass that
waited its turn while others wrote looks again, and only then writes. So it can lose a round only to another replica, each
of which writes one at a time as well; each lost round is somebody else's write that stands.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """The turns of one process."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ended: Counter[str] = Counter()

    def seen(self, repository: str) -> int:
        """Grows with every turn that ends: what was seen before that is not the present any more."""
        return self._ended[repository]

    @asynccontextmanager
    async def turn(self, repository: str) -> AsyncIterator[None]:
        """Wait for the turn."""
        async with self._locks[repository]:
            yield

    def end(self, repository: str) -> None:
        """Something was written, or somebody else wrote."""
        self._ended[repository] += 1
