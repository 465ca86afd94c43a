"""What every store's outbox promises (`bot/queue/outbox.py`), case by case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.values.notice import Dropped, Notice, Occasion
from bot.queue.outbox import GATHERED, HANDED_OUT, REMEMBERED, UNDELIVERED, Outbox
from bot.queue.protocol import Queue
from tests.queue.stores import Stores

SECOND = timedelta(seconds=1)
MERGED = Notice(
    sink="releases",
    occasion=Occasion.MERGED,
    mark="merged",
    repository="acme/deploy",
    number=3,
    application="web",
    environment="prod",
    change="prod: web v1 → v2",
    said="Merged by dana.",
    at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    who="alice",
)
WAITS = replace(MERGED, occasion=Occasion.WAITS, mark="waits:v2")
OPENED = replace(MERGED, occasion=Occasion.OPENED, mark="opened")
OTHER = replace(MERGED, number=4)


@pytest.fixture
def outbox(queue: Queue) -> Outbox:
    return queue.outbox


async def handed(outbox: Outbox, sink: str = "releases", limit: int = 10) -> list[Notice]:
    return [each.notice for each in await outbox.hand_out(sink, limit)]


async def test_a_notice_comes_out_as_it_was_put_in(outbox: Outbox) -> None:
    assert await outbox.post([MERGED]) is True

    (pending,) = await outbox.hand_out("releases", 10)

    assert (pending.notice, pending.attempts) == (MERGED, 0)


async def test_a_notice_is_kept_once_also_after_it_was_delivered(stores: Stores, outbox: Outbox) -> None:
    await outbox.post([MERGED, MERGED])
    assert await outbox.post([replace(MERGED, said="in other words")]) is False
    (pending,) = await outbox.hand_out("releases", 10)
    await outbox.delivered([pending.number])

    assert await outbox.post([MERGED]) is False
    stores.advance(HANDED_OUT + SECOND)
    assert await handed(outbox) == []


async def test_each_sink_gets_its_own(outbox: Outbox) -> None:
    await outbox.post([MERGED, replace(MERGED, sink="ops")])

    assert [each.sink for each in await handed(outbox, "ops")] == ["ops"]
    assert [each.sink for each in await handed(outbox)] == ["releases"]


async def test_what_is_handed_out_goes_to_nobody_else_until_its_time_is_over(stores: Stores, outbox: Outbox) -> None:
    await outbox.post([MERGED])
    other = (await stores.open()).outbox
    assert await handed(outbox) == [MERGED]
    assert await handed(other) == []

    stores.advance(HANDED_OUT + SECOND)

    assert await handed(other) == [MERGED]


async def test_notices_of_one_promotion_are_handed_out_in_their_order(outbox: Outbox) -> None:
    await outbox.post([WAITS, OTHER])
    await outbox.post([MERGED])

    (first, other) = await outbox.hand_out("releases", 10)
    assert [first.notice, other.notice] == [WAITS, OTHER]
    assert await handed(outbox) == [], "the first is not delivered yet"

    await outbox.delivered([first.number])
    assert await handed(outbox) == [MERGED]


async def test_an_opening_waits_a_moment_for_others_and_what_follows_waits_for_it(
    stores: Stores, outbox: Outbox
) -> None:
    await outbox.post([OPENED, WAITS])
    assert await handed(outbox) == []

    stores.advance(GATHERED)

    assert await handed(outbox) == [OPENED]


async def test_no_more_are_handed_out_than_were_asked_for(outbox: Outbox) -> None:
    await outbox.post([replace(MERGED, number=number) for number in range(5)])

    assert [each.number for each in await handed(outbox, limit=2)] == [0, 1]
    assert [each.number for each in await handed(outbox, limit=9)] == [2, 3, 4]


async def test_a_failed_delivery_is_tried_again_after_the_wait(stores: Stores, outbox: Outbox) -> None:
    await outbox.post([MERGED])
    (pending,) = await outbox.hand_out("releases", 10)
    await outbox.failed([pending.number], wait=timedelta(minutes=1), error="answered 500")
    assert await handed(outbox) == []

    stores.advance(timedelta(minutes=1))
    (again,) = await outbox.hand_out("releases", 10)

    assert (again.number, again.attempts) == (pending.number, 1)
    assert await outbox.dropped("acme/deploy") == ()


async def test_after_a_day_it_is_dropped_and_the_repository_can_say_so(stores: Stores, outbox: Outbox) -> None:
    await outbox.post([MERGED, OTHER, replace(MERGED, repository="acme/other")])
    stores.advance(UNDELIVERED + SECOND)
    pending = await outbox.hand_out("releases", 10)
    await outbox.failed([each.number for each in pending], wait=SECOND, error="answered 500")

    assert await outbox.dropped("acme/deploy") == (Dropped("releases", 2, "answered 500"),)
    stores.advance(timedelta(minutes=5))
    assert await handed(outbox) == []
    stores.advance(UNDELIVERED)
    assert await outbox.dropped("acme/deploy") == (), "after another day nobody has to know"


async def test_a_late_failure_brings_nothing_back_that_was_delivered(stores: Stores, outbox: Outbox) -> None:
    await outbox.post([MERGED])
    (pending,) = await outbox.hand_out("releases", 10)
    await outbox.delivered([pending.number])

    await outbox.failed([pending.number], wait=timedelta(), error="a slow process")

    assert await handed(outbox) == []


async def test_what_a_sink_remembers_is_kept_by_name(outbox: Outbox) -> None:
    await outbox.keep("releases", {"acme/deploy#3": "one", "acme/deploy#4": "two"})
    await outbox.keep("releases", {"acme/deploy#4": "three"})
    await outbox.keep("ops", {"acme/deploy#3": "other"})

    asked = ["acme/deploy#3", "acme/deploy#4", "acme/deploy#5"]
    assert await outbox.messages("releases", asked) == {"acme/deploy#3": "one", "acme/deploy#4": "three"}


async def test_what_is_old_is_forgotten(stores: Stores, outbox: Outbox) -> None:
    await outbox.post([MERGED])
    await outbox.keep("releases", {"acme/deploy#3": "one"})
    (pending,) = await outbox.hand_out("releases", 10)
    await outbox.delivered([pending.number])

    stores.advance(REMEMBERED + SECOND)
    await outbox.post([OTHER])

    assert await outbox.messages("releases", ["acme/deploy#3"]) == {}
    assert await outbox.post([MERGED]) is True


async def test_it_counts_what_waits(outbox: Outbox) -> None:
    await outbox.post([MERGED, WAITS, replace(MERGED, sink="ops")])
    (pending,) = await outbox.hand_out("ops", 10)
    await outbox.delivered([pending.number])

    assert await outbox.waiting() == {"releases": 2}


async def test_what_was_put_in_survives_the_process(stores: Stores) -> None:
    queue = await stores.open()
    await queue.outbox.post([MERGED])
    await stores.kill(queue)

    other = await stores.open()

    assert await handed(other.outbox) == [MERGED]
