"""A chat that takes messages as Slack does: with a token, one a second, 50 blocks, 3,000 characters in a section.

https://docs.slack.dev/reference/methods/auth.test, https://docs.slack.dev/reference/methods/chat.postMessage,
https://docs.slack.dev/reference/methods/chat.update,
https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Message = dict[str, Any]
"""As it was sent: `channel`, `text`, `blocks`, and `thread_ts` for an answer in a thread."""


@dataclass
class Chat:
    """One channel. token: of the bot that may write. apart: seconds that it wants between two messages.

    messages: `ts` → the message as people see it now. threads: `ts` → the answers. refused: the errors that it gave.
    """

    token: str
    channel: str
    apart: float = 1
    messages: dict[str, Message] = field(default_factory=dict)
    threads: dict[str, list[Message]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    _last: float = -1.0

    def text(self, ts: str) -> str:
        """Return a message as people read it."""
        return read(self.messages[ts])

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Listen on loopback and yield the root of the methods' addresses."""
        application = web.Application()
        application.add_routes([web.post("/api/{method}", self.call)])
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield "http://{}:{}/api".format(*runner.addresses[0][:2])
        finally:
            await runner.cleanup()

    async def call(self, request: web.Request) -> web.Response:
        """Answer a method."""
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._refuse("invalid_auth")
        if request.path.endswith("/auth.test"):
            return web.json_response({"ok": True})
        message = await request.json()
        if message["channel"] != self.channel:
            return self._refuse("channel_not_found")
        if len(message["blocks"]) > 50 or any(len(each["text"]["text"]) > 3000 for each in message["blocks"]):
            return self._refuse("invalid_blocks")
        now = asyncio.get_running_loop().time()
        if now - self._last < self.apart:
            return self._refuse_for_a_while()
        self._last = now
        return self._update(message) if request.path.endswith("chat.update") else self._post(message)

    def heard(self, message: Message) -> None:
        """Take note of a new message. For those who want to know more than is kept."""

    def _post(self, message: Message) -> web.Response:
        ts = f"1764493200.{len(self.messages) + sum(map(len, self.threads.values())):06}"
        thread = message.get("thread_ts")
        if thread is None:
            self.messages[ts] = message
            self.threads[ts] = []
        elif thread not in self.messages:
            return self._refuse("thread_not_found")
        else:
            self.threads[thread].append(message)
        self.heard(message)
        return web.json_response({"ok": True, "ts": ts, "channel": self.channel})

    def _update(self, message: Message) -> web.Response:
        if message["ts"] not in self.messages:
            return self._refuse("message_not_found")
        self.messages[message["ts"]] = message
        return web.json_response({"ok": True, "ts": message["ts"], "channel": self.channel})

    def _refuse_for_a_while(self) -> web.Response:
        self.refused.append("ratelimited")
        return web.Response(status=429, headers={"Retry-After": "1"}, text='{"ok": false, "error": "ratelimited"}')

    def _refuse(self, error: str) -> web.Response:
        self.refused.append(error)
        return web.json_response({"ok": False, "error": error})


def read(message: Message) -> str:
    """Return what stands in a message's blocks, in Slack's own markup."""
    return "\n".join(block["text"]["text"] for block in message["blocks"])
