"""How long the loop stands still while a stranger's policy is read, as large as a fork may propose it.

In seconds of this process's work, so that others on the machine do not spoil the figure.
"""

import asyncio
import gc
import resource
from collections.abc import Callable, Iterator
from itertools import pairwise

from bot.core.policy import read
from bot.core.repository.proposals.judging import MOST_FROM_A_FORK
from bot.core.values.errors import PolicyError
from tests.bench.rows import Bound, Row
from tests.core.policy.strangers import LINEAR

LONGEST = 0.050
TICK = 0.001


def rows(quick: bool) -> Iterator[Row]:  # noqa: FBT001 -- as tests/bench/__main__.py calls it
    gc.collect()
    gc.freeze()  # as the server does
    stalls = {policy.__name__: asyncio.run(stall(largest(policy))) for policy in LINEAR}
    worst = max(stalls, key=stalls.__getitem__)
    name = f"loop stall while a fork's policy is read ({worst.replace('_', ' ')})"
    ratio = stalls[worst] / LONGEST
    yield Row(name, f"{stalls[worst] * 1000:.0f} ms", f"{LONGEST * 1000:.0f} ms", ratio, Bound.AT_MOST, 1.0)


def largest(policy: Callable[[int], str]) -> str:
    """The largest of these policies that is read."""
    size = 16
    while len(policy(size * 5 // 4).encode()) <= MOST_FROM_A_FORK:
        size = size * 5 // 4
    return policy(size)


async def stall(text: str) -> float:
    """The most work in seconds between two ticks of the loop while a policy is read as the pass of a repository does."""
    ticks = [worked()]

    async def tick() -> None:
        while True:
            await asyncio.sleep(TICK)
            ticks.append(worked())

    ticking = asyncio.create_task(tick())
    await asyncio.get_running_loop().run_in_executor(None, problems, text)
    await asyncio.sleep(2 * TICK)
    ticking.cancel()
    return max(later - earlier for earlier, later in pairwise(ticks))


def worked() -> float:
    """The time in seconds that this process has worked."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def problems(text: str) -> int:
    """How many there are."""
    try:
        read({".gitops.yml": text})
    except PolicyError as error:
        return len(error.problems)
    return 0
