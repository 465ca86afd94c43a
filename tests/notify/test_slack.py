"""Slack: one message per promotion, edited in place, with a thread of what happened."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession, web

from bot.core.values.notice import Notice, Occasion
from bot.notify.sink import UndeliveredError
from bot.notify.sinks import slack
from bot.notify.sinks.slack import Slack, SlackSettings
from tests.notify.chat import CHANNEL, TOKEN, Chat, a_chat, read
from tests.notify.notices import Kept, news, notice, waits


@dataclass
class Place:
    """A channel, and the bot's side of it."""

    chat: Chat
    sink: Slack
    kept: Kept = field(default_factory=Kept)

    async def tell(self, *notices: Notice) -> None:
        await self.sink.deliver(news(*notices), self.kept)


def a_sink(chat: Chat, session: ClientSession, *, token: str = TOKEN, channel: str = CHANNEL) -> Slack:
    people = {"acme/sre": "S0123456789", "dana": "U0123456789"}
    return Slack(SlackSettings("releases", channel, token, people, chat.url), session)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with a_chat() as (chat, session):
        yield Place(chat, a_sink(chat, session))


@pytest.mark.story
async def test_a_promotion_is_one_message_that_its_thread_explains(place: Place) -> None:
    await place.tell(notice())
    await place.tell(waits())
    await place.tell(notice(Occasion.MERGED, said="Merged by dana."))

    ((ts, _),) = place.chat.messages.items()
    assert place.chat.text(ts) == (
        "✅ *<https://github.com/acme/deploy/pull/3|prod: web v1.4.1 → v1.5.0>*\nMerged by dana."
    )
    assert [read(reply) for reply in place.chat.threads[ts]] == [
        (
            "🙋 Approvals: waiting for 1 approval from acme/sre. Can be cleared by acme/sre.\n"
            "You can clear this: <!subteam^S0123456789>"
        ),
        "✅ Merged by dana.",
    ]
    assert place.chat.refused == [], "it keeps to one message a second by itself"


@pytest.mark.story
async def test_only_who_can_clear_it_is_mentioned_and_only_in_a_new_message(place: Place) -> None:
    await place.tell(notice())
    await place.tell(waits(who="Dana, or a person who may use `/override acme/sre`, or nobody-here"))

    assert len(place.chat.notified) == 1
    assert place.chat.notified[0].endswith("You can clear this: <@U0123456789>")


@pytest.mark.story
async def test_promotions_that_open_together_share_a_message_and_its_thread_has_a_line_for_each(place: Place) -> None:
    await place.tell(notice(number=3), notice(number=4, application="api"))
    await place.tell(notice(Occasion.MERGED, number=4, application="api"))

    ((ts, _),) = place.chat.messages.items()
    shown = place.chat.text(ts).splitlines()
    assert shown[0] == "*2 promotions*"
    assert shown[1].startswith("🆕 *<https://github.com/acme/deploy/pull/3|")
    assert shown[3].startswith("✅ *<https://github.com/acme/deploy/pull/4|")
    opened, merged = place.chat.threads[ts]
    assert len(read(opened).splitlines()) == 2
    assert read(merged) == "✅ It is merged."


async def test_a_repeated_delivery_adds_nothing(place: Place) -> None:
    await place.tell(notice())
    await place.tell(notice())

    ((ts, _),) = place.chat.messages.items()
    assert place.chat.threads[ts] == []


@pytest.mark.story
async def test_a_message_that_somebody_deleted_is_written_again(place: Place) -> None:
    await place.tell(notice())
    place.chat.messages.clear()

    await place.tell(waits())

    ((ts, _),) = place.chat.messages.items()
    assert "waiting for 1 approval" in place.chat.text(ts)


async def test_what_others_wrote_is_no_mention_no_link_and_no_markup_of_slack(place: Place) -> None:
    await place.tell(notice(change="prod: <!channel> & <https://evil.example|web>"))

    ((ts, _),) = place.chat.messages.items()
    assert "prod: &lt;!channel&gt; &amp; &lt;https://evil.example|web&gt;" in place.chat.text(ts)
    assert place.chat.notified == []


async def test_twenty_long_notices_fit_into_slacks_sections(place: Place) -> None:
    await place.tell(*(notice(number=number, said="x" * 2_000) for number in range(slack.MOST)))

    assert place.chat.refused == []
    assert len(place.chat.messages) == 1


@pytest.mark.parametrize(
    ("token", "channel", "said"),
    [
        ("xoxb-wrong", CHANNEL, "answered invalid_auth: check SLACK_BOT_TOKEN"),
        (TOKEN, "C9999999999", "answered channel_not_found: check the channel's id, and invite the bot to it"),
    ],
)
async def test_a_refusal_says_what_to_do_and_names_no_secret(token: str, channel: str, said: str) -> None:
    async with a_chat() as (chat, session):
        place = Place(chat, a_sink(chat, session, token=token, channel=channel))
        with pytest.raises(UndeliveredError) as raised:
            await place.tell(notice())

    assert str(raised.value) == said
    assert not raised.value.message_alone


@pytest.mark.parametrize(
    ("answer", "said", "seconds"),
    [
        (web.Response(status=429, headers={"Retry-After": "30"}), "answered 429: too many messages", 30),
        (web.json_response({"ok": False, "error": "ratelimited"}), "answered ratelimited", 60),
        (web.Response(text="<html>"), "answered with something other than JSON: check SLACK_API_URL", None),
        (web.json_response([]), "answered with something other than JSON: check SLACK_API_URL", None),
        (web.json_response({"ok": False, "error": f"no {TOKEN}"}), "answered with an error", None),
        (web.json_response({"ok": True}), "answered with an error", None),
    ],
)
async def test_strange_answers_are_failures_with_a_reason(
    place: Place, answer: web.Response, said: str, seconds: int | None
) -> None:
    place.chat.answers.append(answer)
    with pytest.raises(UndeliveredError) as raised:
        await place.tell(notice())

    assert str(raised.value) == said
    assert (raised.value.wait.total_seconds() if raised.value.wait else None) == seconds
