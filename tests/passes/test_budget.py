"""The budgets of installations, as the passes take from them: shared by replicas, kept over a restart."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.budget.costs import Ask, Urgency
from bot.core.values.errors import Temporary
from bot.passes.memory.budget import MOST_TRIES, Budget
from bot.queue.protocol import Queue
from tests.queue.clocks import HandClock
from tests.queue.stores import SqliteStores

REPOSITORY = "acme/deploy"
OPEN = Ask(Urgency.OPEN, 1)


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[Queue]:
    stores = SqliteStores(tmp_path)
    yield await stores.open()
    await stores.close()


def opens(count: int) -> dict[str, Ask]:
    return {f"open {number:02}": OPEN for number in range(count)}


async def test_replicas_spend_from_one_budget_and_a_restart_forgets_nothing(queue: Queue) -> None:
    clock = HandClock()
    one, other = Budget(queue, clock.now), Budget(queue, clock.now)

    assert await one.take(REPOSITORY, f"{REPOSITORY}#web", opens(10)) == {}
    assert len(await other.take("Acme/second", "Acme/second#api", opens(10))) == 4, "one account, one budget"
    assert len(await Budget(queue, clock.now).take(REPOSITORY, f"{REPOSITORY}#late", opens(1))) == 1
    assert await other.take("another/deploy", "another/deploy#web", opens(10)) == {}


async def test_a_refusal_in_one_replica_pauses_all(queue: Queue) -> None:
    clock = HandClock()
    until = clock.now() + timedelta(minutes=5)
    await Budget(queue, clock.now).refused(REPOSITORY, until)

    waits = await Budget(queue, clock.now).take(REPOSITORY, f"{REPOSITORY}#web", opens(1))

    assert (waits["open 00"].refused, waits["open 00"].until) == (True, until)


async def test_a_refusal_without_a_time_halves_and_pauses_nothing(queue: Queue) -> None:
    clock = HandClock()
    await Budget(queue, clock.now).refused(REPOSITORY, None)

    waits = await Budget(queue, clock.now).take(REPOSITORY, f"{REPOSITORY}#web", opens(9))

    assert len(waits) == 1


async def test_what_costs_nothing_asks_nobody() -> None:
    class Nobody:
        async def note(self, name: str) -> tuple[int, str]:
            raise AssertionError(name)

        async def write_note(self, name: str, text: str, *, seen: int) -> bool:
            raise AssertionError((name, text, seen))

    assert await Budget(Nobody(), HandClock().now).take(REPOSITORY, REPOSITORY, {"edit": Ask(Urgency.REST, 0)}) == {}


async def test_whoever_is_always_second_comes_back_later() -> None:
    class Busy:
        tries = 0

        async def note(self, name: str) -> tuple[int, str]:
            assert name == "budget acme"
            return 7, ""

        async def write_note(self, name: str, text: str, *, seen: int) -> bool:
            assert (name, seen, bool(text)) == ("budget acme", 7, True)
            self.tries += 1
            return False

    busy = Busy()
    with pytest.raises(Temporary, match="other replicas changed its budget 20 times in a row"):
        await Budget(busy, HandClock().now).take(REPOSITORY, REPOSITORY, opens(1))
    assert busy.tries == MOST_TRIES
