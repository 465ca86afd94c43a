"""A webhook that takes Slack's messages: Slack's own incoming webhooks, Mattermost, Rocket.Chat, Discord with `/slack`.

It can neither edit nor thread, so each message tells what happened and nothing else.
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from dataclasses import dataclass, field

import aiohttp

from bot.notify.sending import post
from bot.notify.sink import Memory, News
from bot.notify.sinks.slack import escaped
from bot.notify.words import headline, state

MOST = 20


@dataclass(frozen=True, slots=True)
class SlackWebhook:
    """One webhook. url: holds its secret."""

    name: str
    url: str = field(repr=False)
    session: aiohttp.ClientSession = field(repr=False)
    most: int = MOST

    async def deliver(self, news: tuple[News, ...], _memory: Memory, /) -> None:
        await post(self.session, self.url, {"text": _text(news)})


def _text(news: tuple[News, ...]) -> str:
    if len(news) == 1:
        only = news[0]
        return f"{escaped(headline(news))}\n{escaped(state(only.notice))}\n<{only.link}>"
    lines = [f"• <{each.link}|{escaped(each.notice.change)}>: {escaped(state(each.notice))}" for each in news]
    return "\n".join([escaped(headline(news)), *lines])
