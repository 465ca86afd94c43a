"""What each installation may still write: kept in the queue's store, so that replicas share it and a restart loses nothing.

The core plans (`bot/core/budget/`); here its accounts are read and written by compare-and-swap.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from bot.core.budget import notes
from bot.core.budget.account import Account, Wait, refuse, take
from bot.core.budget.costs import Ask
from bot.core.values.errors import Temporary

MOST_TRIES = 20
"""Each lost try means that another one succeeded."""


class Notes(Protocol):
    """Texts that replicas share."""

    async def note(self, name: str) -> tuple[int, str]:
        """Return the version and the text of a note; 0 and '' where there is none."""
        ...

    async def write_note(self, name: str, text: str, *, seen: int) -> bool:
        """Replace the version that was seen. Return False, and change nothing, if it is no longer the present one."""
        ...


class Budget:
    """The budgets of all installations."""

    def __init__(self, shared: Notes, now: Callable[[], datetime]) -> None:
        self._shared = shared
        self._now = now
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def take(self, repository: str, who: str, asks: Mapping[str, Ask]) -> Mapping[str, Wait]:
        """Spend what there is room for; return what has to wait. who: whose asks these are, such as a key.

        Raises Temporary if others were always first.
        """
        named = {f"{who} {name}": ask for name, ask in asks.items() if ask.cost > 0}
        if not named:
            return {}
        waits: Mapping[str, Wait] = {}

        def plan(account: Account) -> Account:
            nonlocal waits
            granted = take(account, named, self._now())
            waits = granted.waits
            return granted.account

        await self._change(repository, plan)
        return {name.removeprefix(f"{who} "): wait for name, wait in waits.items()}

    async def refused(self, repository: str, until: datetime | None) -> None:
        """Learn that GitHub refused new content. until: when it allows more, if it said so."""
        now = self._now()
        await self._change(repository, lambda account: refuse(account, until or now, now))

    async def _change(self, repository: str, change: Callable[[Account], Account]) -> None:
        name = f"budget {repository.partition('/')[0].lower()}"
        async with self._turns[name]:  # so that a try is lost to another replica alone
            for _ in range(MOST_TRIES):
                version, text = await self._shared.note(name)
                if await self._shared.write_note(name, notes.write(change(notes.read(text))), seen=version):
                    return
        raise Temporary(f"{repository}: other replicas changed its budget {MOST_TRIES} times in a row")
