"""Slack, by a bot's token: one message per promotion, edited in place, with a thread of what happened.

Promotions that open together share a message. Only what a person can clear mentions anybody, and only in a new message: an edit
notifies nobody.

https://docs.slack.dev/reference/methods/chat.postMessage and https://docs.slack.dev/apis/web-api/rate-limits: one message
a second in each channel.

Race accepted: if the process ends between a message and its note, the message is written again.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

import aiohttp

from bot.core.values.notice import Occasion
from bot.notify.sending import post
from bot.notify.sink import Memory, News, UndeliveredError
from bot.notify.words import SIGNS, cut, headline, state

API = "https://slack.com/api"
APART = 1.1
"""Seconds between two messages to one channel."""

MOST = 20
_SECTION = 2_900  # characters; Slack takes 3,000 in a section
_WAIT = timedelta(minutes=1)

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9._-]*[a-z0-9])?")
"""A login or a team among other words."""
_COMMAND = re.compile(r"`[^`]*`")

# What stays wrong until somebody changes the settings or the channel, and what to do about it.
_REMEDIES = {
    "channel_not_found": "check the channel's id, and invite the bot to it",
    "not_in_channel": "invite the bot to the channel",
    "is_archived": "the channel is archived",
    "invalid_auth": "check SLACK_BOT_TOKEN",
    "token_revoked": "check SLACK_BOT_TOKEN",
    "account_inactive": "check SLACK_BOT_TOKEN",
    "missing_scope": "the token needs the scope chat:write",
}
_GONE = frozenset({"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"})
_OF_MESSAGE = frozenset({"invalid_blocks", "msg_too_long", "msg_blocks_too_long", "no_text"})


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """channel: its id. people: login or `organisation/team`, in lower case → the id of a Slack user (U…) or user group (S…)."""

    name: str
    channel: str
    token: str
    people: Mapping[str, str]
    api: str = API


@dataclass(frozen=True, slots=True)
class _Card:
    """What a message says of one promotion. told: the marks of its notices that the thread has."""

    promotion: str
    link: str
    change: str
    occasion: str
    said: str
    told: tuple[str, ...] = ()


class Slack:
    """One channel."""

    most = MOST

    def __init__(self, settings: SlackSettings, session: aiohttp.ClientSession) -> None:
        self.name = settings.name
        self._settings = settings
        self._session = session
        self._free_at = 0.0

    async def deliver(self, news: tuple[News, ...], memory: Memory) -> None:
        threads = await memory.read([each.notice.promotion for each in news])
        fresh = tuple(each for each in news if each.notice.promotion not in threads)
        if fresh:
            await self._begin(fresh, memory)
        for thread in dict.fromkeys(threads.values()):
            await self._continue(
                thread, tuple(each for each in news if threads.get(each.notice.promotion) == thread), memory
            )

    async def _begin(self, news: tuple[News, ...], memory: Memory) -> None:
        """Write a message about these promotions; with several, its thread gets a line for each."""
        cards = [_card(each) for each in news]
        thread = await self._post("chat.postMessage", self._message(cards, self._mentions(news)))
        await memory.keep({_name(thread): _packed(cards), **{each.promotion: thread for each in cards}})
        if len(news) > 1:
            await self._reply(thread, news)

    async def _continue(self, thread: str, news: tuple[News, ...], memory: Memory) -> None:
        """Add to the thread what it does not have yet, and bring its message up to date."""
        cards = {each.promotion: each for each in _unpacked((await memory.read([_name(thread)])).get(_name(thread)))}
        untold = tuple(each for each in news if not _has(cards, each))
        if not untold:
            return
        try:
            await self._reply(thread, untold)
            for each in untold:
                before = cards.get(each.notice.promotion)
                told = (*(before.told if before else ()), each.notice.mark)
                cards[each.notice.promotion] = replace(_card(each), told=told)
            await memory.keep({_name(thread): _packed(cards.values())})
            await self._post("chat.update", {"ts": thread, **self._message(list(cards.values()))})
        except _GoneError:
            await self._begin(untold, memory)

    async def _reply(self, thread: str, news: tuple[News, ...]) -> None:
        lines = [f"{SIGNS[each.notice.occasion]} {_said(each, linked=len(news) > 1)}" for each in news]
        mentions = self._mentions(news)
        text = headline(news)
        sections = _sections([*lines, *([mentions] if mentions else [])])
        await self._post("chat.postMessage", {"thread_ts": thread, "text": escaped(text), "blocks": sections})

    def _message(self, cards: list[_Card], mentions: str = "") -> dict[str, Any]:
        """Return the text and the blocks of a message about these promotions."""
        lines = [
            f"{SIGNS[Occasion(each.occasion)]} *<{each.link}|{escaped(each.change)}>*\n{escaped(each.said)}"
            for each in cards
        ]
        if len(cards) > 1:
            lines = [f"*{len(cards)} promotions*", *lines]
        text = escaped("; ".join(each.change for each in cards))
        return {"text": cut(text), "blocks": _sections([*lines, *([mentions] if mentions else [])])}

    def _mentions(self, news: tuple[News, ...]) -> str:
        """Return whom to mention: those who can clear it, as far as the settings know them in Slack."""
        known = self._settings.people
        words = (word for each in news for word in _NAME.findall(_COMMAND.sub("", each.notice.who.lower())))
        found = dict.fromkeys(known[word] for word in words if word in known)
        shown = " ".join(f"<!subteam^{each}>" if each.startswith("S") else f"<@{each}>" for each in found)
        return f"You can clear this: {shown}" if shown else ""

    async def _post(self, method: str, message: Mapping[str, Any]) -> str:
        """Call a method. Return the message's `ts`. Raises UndeliveredError, and _GoneError for a deleted message."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._free_at - loop.time()))
        body = {"channel": self._settings.channel, "unfurl_links": False, "unfurl_media": False, **message}
        headers = {"Authorization": f"Bearer {self._settings.token}"}
        try:
            answer = _read(await post(self._session, f"{self._settings.api}/{method}", body, headers))
        finally:
            self._free_at = loop.time() + APART
        if answer.get("ok") is True and isinstance(answer.get("ts"), str):
            return str(answer["ts"])
        raise _refused(str(answer.get("error")))


class _GoneError(Exception):
    """The message was deleted, or can no longer be edited."""


def _refused(said: str) -> Exception:
    if said in _GONE:
        return _GoneError(said)
    word = (
        said if re.fullmatch(r"[a-z_]{1,60}", said) else ""
    )  # a word of Slack's list, never a sentence that quotes ours
    remedy = f": {_REMEDIES[word]}" if word in _REMEDIES else ""
    wait = _WAIT if word in {"ratelimited", "rate_limited"} else None
    return UndeliveredError(f"answered {word or 'with an error'}{remedy}", wait=wait, message_alone=word in _OF_MESSAGE)


def _read(answer: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(answer)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise UndeliveredError("answered with something other than JSON: check SLACK_API_URL")
    return read


def _card(news: News) -> _Card:
    notice = news.notice
    return _Card(notice.promotion, news.link, notice.change, notice.occasion, state(notice), (notice.mark,))


def _has(cards: Mapping[str, _Card], news: News) -> bool:
    card = cards.get(news.notice.promotion)
    return card is not None and news.notice.mark in card.told


def _said(news: News, *, linked: bool) -> str:
    said = escaped(state(news.notice))
    return f"<{news.link}|{escaped(news.notice.change)}>: {said}" if linked else said


def _sections(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the lines as blocks, each as long as Slack takes."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + len(line) + 1 <= _SECTION:
            texts[-1] = f"{texts[-1]}\n{line}"
        else:
            texts.append(line[:_SECTION])
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}} for text in texts]


def escaped(text: str) -> str:
    """Return text in which nothing is a mention or a link: https://docs.slack.dev/messaging/formatting-message-text#escaping"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _name(thread: str) -> str:
    return f"message {thread}"


def _packed(cards: Iterable[_Card]) -> str:
    return json.dumps([asdict(each) for each in cards])


def _unpacked(text: str | None) -> tuple[_Card, ...]:
    return tuple(_Card(**{**each, "told": tuple(each["told"])}) for each in json.loads(text or "[]"))
