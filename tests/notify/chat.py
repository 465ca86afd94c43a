"""The simulated chat, with what tests want of it: it hangs, answers anything, and tells what notified somebody."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, web

from bot.simulator import chat as simulated
from bot.simulator.chat import Message, read

__all__ = ["CHANNEL", "TOKEN", "Chat", "a_chat", "read"]

TOKEN = "xoxb-a-token-of-the-tests"
CHANNEL = "C0123456789"


@dataclass
class Chat(simulated.Chat):
    """notified: what notified somebody. answers: what it answers first. busy: it takes nothing and says so."""

    token: str = TOKEN
    channel: str = CHANNEL
    url: str = ""
    hangs: bool = False
    busy: bool = False
    notified: list[str] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)

    async def call(self, request: web.Request) -> web.Response:
        """Answer a method, with what the test put into `answers` first."""
        while self.hangs:  # noqa: ASYNC110 -- as long as the test wants
            await asyncio.sleep(0.02)
        if self.busy:
            return self._refuse_for_a_while()
        return self.answers.pop(0) if self.answers else await super().call(request)

    def heard(self, message: Message) -> None:
        """Keep what mentions somebody."""
        if "<@" in json.dumps(message) or "<!subteam" in json.dumps(message):
            self.notified.append(read(message))


@asynccontextmanager
async def a_chat(*, apart: float = 1) -> AsyncIterator[tuple[Chat, ClientSession]]:
    """apart: seconds that it wants between two messages."""
    chat = Chat(apart=apart)
    async with chat.serve() as chat.url, ClientSession() as session:
        yield chat, session
