"""What people read in chat of a version's way: enough to know what waits for them, and a link to act."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.notify import delivery
from bot.notify.sinks import slack
from bot.settings.notifications import Notifications, SinkSettings
from tests.notify.chat import CHANNEL, TOKEN, Chat, a_chat
from tests.notify.chat import read as shown
from tests.scenarios.test_fleets import propose
from tests.scenarios.test_the_main_job import LONG_SOAK, to_staging
from tests.scenarios.world import World, a_world, with_policy

ROUTES = POLICY.replace("    promote: manual ", "    notify: [{to: releases}]\n    promote: manual ")
EVERYTHING = f"{POLICY}\ndefaults: {{environment: {{notify: [{{to: releases}}]}}}}\n"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and messages follow each other at once; the chat's own limits have tests of their own."""
    monkeypatch.setattr(delivery, "LOOK", timedelta(milliseconds=20))
    monkeypatch.setattr(slack, "APART", 0.0)


@asynccontextmanager
async def a_world_with_a_chat(policy: str = ROUTES) -> AsyncIterator[tuple[World, Chat]]:
    async with a_chat(apart=0) as (chat, _), a_world(with_policy(policy)) as world:
        sinks = (SinkSettings("releases", "slack", CHANNEL),)
        told = Notifications(sinks, TOKEN, chat.url, people={"acme/sre": "S0123456789"})
        world.stage.settings = replace(world.stage.settings, notifications=told)
        await world.restart()
        yield world, chat


async def read(world: World) -> None:
    """Wait until everything that is due was delivered."""
    await world.advance(timedelta(seconds=6))
    for _ in range(500):
        if not await world.stage.service.queue.outbox.waiting():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("notices were not delivered")


@pytest.mark.story
async def test_a_person_who_reads_only_chat_knows_what_waits_for_them_and_when_it_is_done() -> None:
    async with a_world_with_a_chat() as (world, chat):
        await to_staging(world, "v1.5.0")
        await world.sync("staging")
        await world.advance(LONG_SOAK)
        await world.comment("/promote prod", by="dana")
        await world.validate("prod")
        await read(world)

        ((ts, message),) = chat.messages.items()
        number = world.pull("prod").number
        link = f"{world.stage.settings.github.web}/acme/manifests/pull/{number}"
        assert shown(message).startswith(f"🙋 *<{link}|prod: web v1.4.1 → v1.5.0>*\nApprovals: waiting for 1 approval")
        assert len(chat.notified) == 1
        assert chat.notified[0].endswith("You can clear this: <!subteam^S0123456789>")

        await world.approve("prod", by="sam")
        await read(world)
        world.news()

        assert list(chat.messages) == [ts], "it is one message, edited in place"
        assert shown(chat.messages[ts]).startswith("✅")
        assert [shown(reply).splitlines()[0][:9] for reply in chat.threads[ts]] == ["🙋 Approva", "✅ Merged "]


async def test_nothing_is_told_twice_after_a_restart() -> None:
    async with a_world_with_a_chat(EVERYTHING) as (world, chat):
        await world.release("v1.5.0")
        await read(world)
        before = {ts: [shown(each) for each in replies] for ts, replies in chat.threads.items()}

        await world.stage.stop()
        await world.stage.start()
        await world.advance(timedelta(hours=1))
        await read(world)
        world.news()

        assert {ts: [shown(each) for each in replies] for ts, replies in chat.threads.items()} == before


async def test_a_chat_that_hangs_delays_no_promotion() -> None:
    async with a_world_with_a_chat(EVERYTHING) as (world, chat):
        chat.hangs = True
        await to_staging(world, "v1.5.0")
        world.news()

        assert "v1.5.0" in world.text("envs/staging/web/values.yaml")
        assert await world.stage.service.queue.outbox.waiting() == {"releases": 4}
        chat.hangs = False


async def test_a_chat_that_takes_nothing_for_an_hour_gets_everything_once_and_in_order() -> None:
    """Promotions go on meanwhile, and the dashboard need not say that something was lost: nothing was."""
    async with a_world_with_a_chat(EVERYTHING) as (world, chat):
        chat.busy = True
        await to_staging(world, "v1.5.0")
        for _ in range(6):
            await world.advance(timedelta(minutes=10))
        assert "v1.5.0" in world.text("envs/staging/web/values.yaml")
        assert set(chat.refused) == {"ratelimited"}
        assert chat.messages == {}

        chat.busy = False
        await read(world)
        world.news()
        page = world.dashboard()

    assert [shown(each).splitlines()[1] for each in chat.messages.values()] == ["Merged by gitops-bot."] * 2
    threads = [[shown(each) for each in replies] for replies in chat.threads.values()]
    assert threads == [["✅ Merged by gitops-bot."]] * 2, "each began as opened, and its thread says what followed"
    assert page is not None
    assert "notif" not in page.body


async def test_a_route_to_a_sink_that_does_not_exist_is_on_the_dashboard_with_its_line() -> None:
    async with a_world_with_a_chat(ROUTES.replace("to: releases", "to: relases")) as (world, chat):
        await world.release("v1.5.0")
        await world.advance(timedelta(minutes=10))
        world.news()

        page = world.dashboard()
        assert page is not None
        line = 1 + ROUTES.replace("to: releases", "to: relases").splitlines().index("    notify: [{to: relases}]")
        assert f"`.gitops.yml:{line}` 'relases' is not a sink of this server" in page.body.replace("\\", "")
        assert chat.messages == {}


async def test_a_proposed_route_to_a_sink_that_does_not_exist_is_in_its_check_run() -> None:
    async with a_world_with_a_chat() as (world, _):
        title, page = await propose(world, ROUTES.replace("to: releases", "to: [releases, oncall]"))
        world.news()

    assert title.startswith("the policy is valid")
    assert "'oncall' is not a sink of this server" in page
