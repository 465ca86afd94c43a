"""The simulated GitHub on a socket: REST, GraphQL, git and webhooks, over TCP or a unix socket.

One application serves both of GitHub's address schemes: `/` and `/graphql` as api.github.com, `/api/v3` and
`/api/graphql` as GitHub Enterprise Server. Addresses in answers use the host that the client used.

Race accepted: the model changes without interruption, but a `git push` runs in another process. Its changes are noticed
when it has finished.
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
"""Adds further routes (the demo's pages), which take precedence over GitHub's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running simulated GitHub.

    url: its root, without a trailing slash. `api_url` and `graphql_url` have GitHub Enterprise Server's form; `url` and
    `url/graphql` work as well. log: all requests. faults: switches for the requests to come.
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
        """Wait until every webhook, including those that receivers caused meanwhile, was answered or failed."""
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

    Port 0 takes a free port. `unix_socket`: also listen there, in plain HTTP, which `gh` can be configured to use.
    recorder: receives every exchange, in addition to the process's recorders. connector: how webhooks reach their
    receivers; a simulated event loop has its own.
    """
    faults = Faults(github.content_limit, github.reaction_limit)
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
    # git compresses its requests and the CGI program decompresses them, so the server must not.
    runner = web.AppRunner(application, access_log=None, auto_decompress=False)
    await runner.setup()
    loop = asyncio.get_running_loop()
    # The loop listens, not a TCPSite, so that a simulated loop sees it.
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
