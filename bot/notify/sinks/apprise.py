"""Apprise's API server, which passes messages on to more than a hundred services: https://github.com/caronc/apprise-api

It runs beside the bot, so none of its many libraries do.
"""

from dataclasses import dataclass, field

import aiohttp

from bot.core.values.notice import Occasion
from bot.notify.sending import post
from bot.notify.sink import Memory, News
from bot.notify.words import headline, state

MOST = 20

_TYPES = {
    Occasion.MERGED: "success",
    Occasion.ROLLED_BACK: "warning",
    Occasion.BLOCKED: "warning",
    Occasion.HELD: "warning",
    Occasion.FAILED: "failure",
}


@dataclass(frozen=True, slots=True)
class Apprise:
    """One configuration of the server. url: `https://apprise.example.com/notify/KEY`."""

    name: str
    url: str = field(repr=False)
    session: aiohttp.ClientSession = field(repr=False)
    most: int = MOST

    async def deliver(self, news: tuple[News, ...], _memory: Memory, /) -> None:
        lines = [f"{each.notice.change}: {state(each.notice)} {each.link}" for each in news]
        message = {
            "title": headline(news),
            "body": "\n".join(lines) if len(news) > 1 else f"{state(news[0].notice)}\n{news[0].link}",
            "type": _TYPES.get(news[0].notice.occasion, "info"),
            "format": "text",
        }
        await post(self.session, self.url, message)
