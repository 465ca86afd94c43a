"""A chat that enforces Slack's limits: one message a second in a channel, 3,000 characters in a section, 50 blocks, a token."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

TOKEN = "xoxb-a-token-of-the-tests"
CHANNEL = "C0123456789"


@dataclass
class Chat:
    """messages: `ts` → the message as people see it now. threads: `ts` → the replies. notified: what notified somebody."""

    url: str = ""
    apart: float = 1
    hangs: bool = False
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    threads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    notified: list[str] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _last: float = -1.0

    def text(self, ts: str) -> str:
        """A message, as people read it."""
        return read(self.messages[ts])

    async def call(self, request: web.Request) -> web.Response:
        """Answer a method, with what the test put into `answers` first."""
        while self.hangs:  # noqa: ASYNC110 -- as long as the test wants
            await asyncio.sleep(0.02)
        if self.answers:
            return self.answers.pop(0)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._refuse("invalid_auth")
        message = await request.json()
        if message["channel"] != CHANNEL:
            return self._refuse("channel_not_found")
        if len(message["blocks"]) > 50 or any(len(each["text"]["text"]) > 3000 for each in message["blocks"]):
            return self._refuse("invalid_blocks")
        now = asyncio.get_running_loop().time()
        if now - self._last < self.apart:
            self.refused.append("ratelimited")
            return web.Response(status=429, headers={"Retry-After": "1"}, text='{"ok": false, "error": "ratelimited"}')
        self._last = now
        return self._update(message) if request.path.endswith("chat.update") else self._post(message)

    def _post(self, message: dict[str, Any]) -> web.Response:
        ts = f"1764493200.{len(self.messages) + sum(map(len, self.threads.values())):06}"
        thread = message.get("thread_ts")
        if thread is None:
            self.messages[ts] = message
            self.threads[ts] = []
        elif thread not in self.messages:
            return self._refuse("thread_not_found")
        else:
            self.threads[thread].append(message)
        if "<@" in json.dumps(message) or "<!subteam" in json.dumps(message):
            self.notified.append(read(message))
        return web.json_response({"ok": True, "ts": ts, "channel": CHANNEL})

    def _update(self, message: dict[str, Any]) -> web.Response:
        if message["ts"] not in self.messages:
            return self._refuse("message_not_found")
        self.messages[message["ts"]] = message
        return web.json_response({"ok": True, "ts": message["ts"], "channel": CHANNEL})

    def _refuse(self, error: str) -> web.Response:
        self.refused.append(error)
        return web.json_response({"ok": False, "error": error})


def read(message: dict[str, Any]) -> str:
    return "\n".join(block["text"]["text"] for block in message["blocks"])


@asynccontextmanager
async def a_chat(*, apart: float = 1) -> AsyncIterator[tuple[Chat, ClientSession]]:
    """apart: seconds that it wants between two messages."""
    chat, application = Chat(apart=apart), web.Application()
    application.add_routes([web.post("/api/{method}", chat.call)])
    async with TestServer(application) as server, ClientSession() as session:
        chat.url = str(server.make_url("/api"))
        yield chat, session
