"""A simulated GitHub on a socket with an organisation, people, a repository and an App, and clients to speak to it."""

import asyncio
import functools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.simulator.clock import Clock
from bot.simulator.github.model.accounts.accounts import Organisation, Role, User
from bot.simulator.github.model.accounts.apps import Access, App, Installation
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.world import Mergeability
from bot.simulator.github.server import Running, serve

SECRET = "a secret of the App's"
PERMISSIONS = {
    "metadata": Access.READ,
    "contents": Access.WRITE,
    "issues": Access.WRITE,
    "pull_requests": Access.WRITE,
    "checks": Access.WRITE,
    "statuses": Access.WRITE,
    "members": Access.READ,
    "merge_queues": Access.READ,
    "administration": Access.READ,
    "deployments": Access.WRITE,
}
EVENTS = (
    "push", "create", "delete", "pull_request", "pull_request_review", "issues", "issue_comment", "label",
    "check_run", "check_suite", "status", "merge_group", "repository", "deployment", "deployment_status",
)  # fmt: skip
FILES = {
    "README.md": "# Manifests\n",
    "envs/dev/web/deployment.yaml": "image: ghcr.io/acme/web:v1.4.1\n",
    "envs/prod/web/deployment.yaml": "image: ghcr.io/acme/web:v1.4.0\n",
}


@functools.cache
def key_pair() -> tuple[str, str]:
    """(private, public) in PEM; made once, because making one takes a while."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return (
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks REST with one set of credentials."""

    session: aiohttp.ClientSession
    root: str
    authorization: str | None

    async def send(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request; the body of the reply as JSON where it is JSON."""
        sent = {"Accept": "application/vnd.github+json", **(headers or {})}
        if self.authorization is not None:
            sent["Authorization"] = self.authorization
        async with self.session.request(method, self.root + path, json=body, headers=sent) as response:
            if "json" in response.headers.get("Content-Type", ""):
                return Reply(response.status, response.headers, await response.json(content_type=None))
            return Reply(response.status, response.headers, await response.read())

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.send("GET", path, headers=headers)

    async def post(self, path: str, body: Any = None) -> Reply:
        return await self.send("POST", path, body)

    async def put(self, path: str, body: Any = None) -> Reply:
        return await self.send("PUT", path, body)

    async def patch(self, path: str, body: Any = None) -> Reply:
        return await self.send("PATCH", path, body)

    async def delete(self, path: str, body: Any = None) -> Reply:
        return await self.send("DELETE", path, body)


@dataclass(slots=True)
class Receiver:
    """Where the App's webhooks arrive. It answers with `status`, after `delay` seconds."""

    url: str
    received: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    status: int = 202
    delay: float = 0.0

    def events(self) -> list[str]:
        return [headers["X-GitHub-Event"] for headers, _ in self.received]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything a test of the HTTP side needs."""

    github: GitHub
    running: Running
    session: aiohttp.ClientSession
    acme: Organisation
    octocat: User  # an owner of the organisation
    mona: User  # may write
    hubot: User  # belongs to nothing
    repository: Repository
    app: App
    installation: Installation
    receiver: Receiver

    def client(self, authorization: str | None = None) -> Client:
        return Client(self.session, self.running.url, authorization)

    def as_user(self, user: User) -> Client:
        return self.client(f"token {self.running.tokens.for_user(user)}")

    @property
    def as_app(self) -> Client:
        """By JWT."""
        return self.client(f"Bearer {self.jwt()}")

    @property
    def as_bot(self) -> Client:
        """By a token of the installation."""
        return self.client(f"Bearer {self.running.tokens.for_installation(self.installation).token}")

    def jwt(self, **claims: Any) -> str:
        now = self.github.now()
        usual = {
            "iat": int(now.timestamp()) - 60,
            "exp": int((now + timedelta(minutes=9)).timestamp()),
            "iss": str(self.app.id),
        }
        present = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(present, key_pair()[0], algorithm="RS256")

    def change(self, branch: str, files: Mapping[str, str] | None = None, *, by: User | None = None) -> str:
        """Push a commit to a branch."""
        written = files or {"envs/dev/web/deployment.yaml": f"image: ghcr.io/acme/web:{branch}\n"}
        return self.repository.commit_files(written, by=by or self.mona, branch=branch, message=f"Change {branch}")

    def open_pull(self, branch: str = "change", *, by: User | None = None) -> PullRequest:
        """A pull request with one changed file."""
        if self.repository.find_branch(branch) is None:
            self.change(branch)
        draft = PullDraft(title=f"Pull {branch}", base="main", head=branch, body="Why.")
        return self.repository.open_pull(draft, by=by or self.mona)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Run a receiver of webhooks on a socket of its own."""

    async def receive(request: web.Request) -> web.Response:
        receiver.received.append((dict(request.headers), await request.read()))
        await asyncio.sleep(receiver.delay)
        return web.Response(status=receiver.status, text="received")

    application = web.Application(client_max_size=30 * 1024 * 1024)
    application.router.add_post("/hook", receive)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver = Receiver(f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    try:
        yield receiver
    finally:
        await runner.cleanup()


@asynccontextmanager
async def http_world(
    folder: Path,
    *,
    events: Sequence[str] = EVENTS,
    mergeability: Mergeability = Mergeability.AT_ONCE,
    hooked: bool = True,
) -> AsyncIterator[World]:
    """The world, served. hooked: the App has a webhook, which costs a request for each event."""
    github = GitHub(folder, Clock(), mergeability=mergeability)
    octocat, mona, hubot = github.user("octocat"), github.user("mona"), github.user("hubot")
    acme = github.organisation("acme")
    acme.add_member(octocat)
    acme.team("sre", mona)
    repository = github.create_repository("acme/manifests", files=FILES, by=octocat)
    repository.grant(octocat, Role.ADMIN)
    repository.grant(mona, Role.WRITE)
    async with receiving() as receiver:
        app = github.create_app(
            "gitops-bot",
            owner=acme,
            permissions=PERMISSIONS,
            events=events,
            public_key=key_pair()[1],
            webhook_url=receiver.url if hooked else None,
            webhook_secret=SECRET,
        )
        installation = github.install(app, acme, by=octocat)
        async with serve(github) as running, aiohttp.ClientSession() as session:
            yield World(
                github=github,
                running=running,
                session=session,
                acme=acme,
                octocat=octocat,
                mona=mona,
                hubot=hubot,
                repository=repository,
                app=app,
                installation=installation,
                receiver=receiver,
            )
            await running.webhooks_settled()
