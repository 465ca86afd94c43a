"""The simulated GitHub on a socket: REST, GraphQL, git and webhooks, over TCP or a unix socket.

One application answers at both of GitHub's addresses: `/` and `/graphql` as api.github.com does, `/api/v3` and
`/api/graphql` as GitHub Enterprise Server does. Addresses in answers follow the host the client used.

Race accepted: the nouns change without a pause, but a `git push` runs in another process meanwhile; what it changed is
noticed when it is done.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BaseConnector, web

from bot.simulator.github.access.auth import TokenFormat, Tokens
from bot.simulator.github.access.limits import Limits
from bot.simulator.github.endpoints.front import Front
from bot.simulator.github.graphql_endpoint import GraphQLEndpoint
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.rest.dispatch import Api
from bot.simulator.github.traffic.faults import Faults
from bot.simulator.github.traffic.recording import RECORDERS, Recorder
from bot.simulator.github.traffic.request_log import RequestLog
from bot.simulator.github.views.links import Links
from bot.simulator.github.webhooks.sending import Webhooks

LARGEST_REQUEST = 100 * 1024 * 1024

Pages = Callable[[web.Application], None]
"""Adds routes of its own (the demo's pages) before everything else that GitHub answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A simulated GitHub that answers.

    url: its root, without a slash at the end; `api_url` and `graphql_url` are those of GitHub Enterprise Server, and
    `url` with `url/graphql` do as well. log: everything that was asked. faults: what may go wrong from now on.
    """

    github: GitHub
    url: str
    tokens: Tokens
    faults: Faults
    limits: Limits
    webhooks: Webhooks
    log: RequestLog

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v3"

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/api/graphql"

    async def webhooks_settled(self) -> None:
        """Wait until every webhook, and every one that its receiver caused meanwhile, was answered or failed."""
        await self.webhooks.settled()


@asynccontextmanager
async def serve(
    github: GitHub,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    unix_socket: Path | None = None,
    token_format: TokenFormat = TokenFormat.STATELESS,
    recorder: Recorder | None = None,
    pages: Pages | None = None,
    connector: BaseConnector | None = None,
) -> AsyncIterator[Running]:
    """Serve `github` until the block ends.

    Port 0 takes a free one. With `unix_socket` it listens there too, in plain HTTP, which `gh` can be told to use.
    recorder: is told of every exchange, besides the process's own. connector: how webhooks reach their receivers; a
    simulated event loop brings its own.
    """
    faults = Faults(github.content_limit)
    tokens = Tokens(github.clock, apps=github.apps.values(), token_format=token_format)
    limits = Limits(github.clock, faults)
    recorders = (RECORDERS,) if recorder is None else (RECORDERS, recorder)
    webhooks = Webhooks(github, faults=faults, recorders=recorders)
    log = RequestLog()
    front = Front(
        github=github,
        tokens=tokens,
        api=Api(github=github, tokens=tokens, webhooks=webhooks, limits=limits),
        graphql=GraphQLEndpoint(github, limits),
        limits=limits,
        faults=faults,
        log=log,
        recorders=recorders,
    )
    application = web.Application(client_max_size=LARGEST_REQUEST)
    if pages is not None:
        pages(application)
    application.router.add_route("*", "/{path:.*}", front.handle)
    # git compresses what it sends and the CGI program unpacks it, so nobody in between may.
    runner = web.AppRunner(application, access_log=None, auto_decompress=False)
    await runner.setup()
    loop = asyncio.get_running_loop()
    # Through the loop, not TCPSite, so that a simulated loop sees it.
    listeners = [await loop.create_server(_server_of(runner), host, port)]
    if unix_socket is not None:
        listeners.append(await loop.create_unix_server(_server_of(runner), str(unix_socket)))
    bound_port = listeners[0].sockets[0].getsockname()[1]
    url = f"http://{host}:{bound_port}"
    webhooks.start(Links(api=f"{url}/api/v3", html=url), connector)
    try:
        yield Running(github=github, url=url, tokens=tokens, faults=faults, limits=limits, webhooks=webhooks, log=log)
    finally:
        await webhooks.stop()
        for listener in listeners:
            listener.close()
        await runner.cleanup()


def _server_of(runner: web.AppRunner) -> web.Server:
    server = runner.server
    if server is None:
        raise RuntimeError("the aiohttp runner was not set up")
    return server
