"""Microsoft Teams, by a workflow that starts "when a Teams webhook request is received" and posts the adaptive card.

https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.notify.sending import post
from bot.notify.sink import Memory, News
from bot.notify.words import headline, state

MOST = 20  # a card may have 28 KB


@dataclass(frozen=True, slots=True)
class Teams:
    """One workflow. url: holds its secret."""

    name: str
    url: str = field(repr=False)
    session: aiohttp.ClientSession = field(repr=False)
    most: int = MOST

    async def deliver(self, news: tuple[News, ...], _memory: Memory, /) -> None:
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": _body(news),
            "actions": [{"type": "Action.OpenUrl", "title": "Open it on GitHub", "url": news[0].link}]
            if len(news) == 1
            else [],
        }
        content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        await post(self.session, self.url, {"type": "message", "attachments": [content]})


def _body(news: tuple[News, ...]) -> list[dict[str, Any]]:
    if len(news) == 1:
        return [_title(headline(news)), _text(_escaped(state(news[0].notice)))]
    lines = [f"[{_escaped(each.notice.change)}]({each.link}): {_escaped(state(each.notice))}" for each in news]
    return [_title(headline(news)), *map(_text, lines)]


def _title(text: str) -> dict[str, Any]:
    return {"type": "TextBlock", "text": _escaped(text), "weight": "Bolder", "size": "Medium", "wrap": True}


def _text(text: str) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, "wrap": True}


def _escaped(text: str) -> str:
    """A text block shows a part of Markdown, of which links are the part that could mislead."""
    return text.replace("[", "\\[").replace("]", "\\]")
