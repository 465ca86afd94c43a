"""A simulated GitHub with pages, and a world around it that does at once what it is told and remembers it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import aiohttp

from bot.simulator.chat import Chat
from bot.simulator.clock import Clock
from bot.simulator.github.model.accounts.accounts import Role, User
from bot.simulator.github.model.accounts.apps import Access, App
from bot.simulator.github.model.checks.runs import CheckStatus, Conclusion, Output, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.server import serve
from bot.simulator.pages import pages

KUSTOMIZATION = """\
images:
  - name: ghcr.io/acme/web
    newTag: v1.4.1   # dev follows every release
    digest: sha256:aaaa
resources: [../base]
"""
FILES = {
    ".gitops.yml": "version: 1\n",
    "README.md": "# What runs where\n\nSee #1.\n",
    "envs/dev/web/kustomization.yaml": KUSTOMIZATION,
}
BODY = """\
⏳ **Checks:** waits for `validate`.

| image | from | to |
|---|---|---|
| `ghcr.io/acme/web` | `v1.4.1` | `v1.5.0` |

<sub>`/why` · `/help`</sub>

<!-- gitops-bot 0123456789abcdef -->
"""


@dataclass(slots=True)
class SmallWorld:
    """A world without a bot, in which each button of the pages calls a method."""

    github: GitHub
    manifests: Repository
    source: Repository
    bot: App
    machines: App
    chat: Chat = field(default_factory=lambda: Chat("token", "C0"))
    people: tuple[str, ...] = ("alice", "dana", "erin")
    suggestions: tuple[str, ...] = ("/promote prod", "/why")
    required_check: str = "validate"
    environments: tuple[str, ...] = ("dev", "prod")
    image: str = "ghcr.io/acme/web"
    tags: list[str] = field(default_factory=lambda: ["v1.4.1", "latest", "v1.10.0", "v1.9.0"])
    settled: int = 0

    def release(self, tag: str) -> str:
        self.tags.append(tag)
        return tag

    def validate(self, pull: PullRequest, conclusion: Conclusion) -> None:
        self.report(pull.head_oid, "validate", conclusion)

    def sync(self, environment: str, state: StatusState) -> None:
        self.manifests.set_status(self.manifests.head(), f"argocd/web-{environment}", state, by=self.user("argocd"))

    async def advance(self, step: timedelta) -> None:
        self.github.clock.advance(step)
        await self.settle()

    async def settle(self) -> None:
        self.settled += 1

    # -- what tests do ---------------------------------------------------------------------------------------------

    def user(self, login: str) -> User:
        return self.github.user(login)

    def report(self, oid: str, name: str, conclusion: Conclusion | None, output: Output | None = None) -> None:
        status = CheckStatus.COMPLETED if conclusion else CheckStatus.IN_PROGRESS
        details = RunDetails(status=status, conclusion=conclusion, output=output)
        self.manifests.create_check_run(oid, name, app=self.machines, details=details)

    def open_pull(
        self, branch: str = "gitops/dev/web", *, title: str = "dev: web v1.4.1 → v1.5.0", body: str = BODY
    ) -> PullRequest:
        """A promotion as the bot opens it: one line and one digest change."""
        text = KUSTOMIZATION.replace("v1.4.1", "v1.5.0").replace("aaaa", "bbbb")
        self.manifests.commit_files(
            {"envs/dev/web/kustomization.yaml": text},
            by=self.bot.bot,
            branch=branch,
            message=f"dev: web v1.4.1 → v1.5.0\n\nGitOps-Application: web\nGitOps-Version: v1.5.0\nBranch: {branch}\n",
        )
        return self.manifests.open_pull(PullDraft(title=title, base="main", head=branch, body=body), by=self.bot.bot)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. `where` is the path it was found at, after redirects."""

    status: int
    where: str
    html: str
    headers: Mapping[str, str]

    @property
    def words(self) -> str:
        """What a reader sees of it: text without tags, single spaces."""
        reader = _Words()
        reader.feed(self.html)
        return " ".join("".join(reader.words).split())


_INLINE = frozenset({"a", "b", "code", "em", "mark", "strong", "sub"})


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 -- the parser's signature
        self.words.append("" if tag in _INLINE else " ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor of the page."""

    world: SmallWorld
    url: str
    session: aiohttp.ClientSession

    @property
    def home(self) -> str:
        return f"/{self.world.manifests.full_name}"

    async def read(self, path: str, **headers: str) -> Page:
        async with self.session.get(self.url + path, headers=headers) as answer:
            return Page(answer.status, answer.url.raw_path, await answer.text(), dict(answer.headers))

    async def press(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> Page:
        """Send a form as a browser does from the page itself by default; follow redirects."""
        sent = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        async with self.session.post(self.url + path, data=form, headers=sent) as answer:
            return Page(answer.status, answer.url.raw_path, await answer.text(), dict(answer.headers))

    async def speak(self, number: int, *, by: str = "dana", do: str = "comment", body: str = "", **more: str) -> Page:
        """The form at the end of a pull request."""
        return await self.press(f"{self.home}/pull/{number}", {"person": by, "do": do, "body": body, **more})


def small_world(folder: Path) -> SmallWorld:
    """An organisation with three people in three roles, a protected repository, its source, and two Apps."""
    github = GitHub(folder, Clock())
    acme = github.organisation("acme")
    for login in ("alice", "dana", "erin"):
        acme.add_member(github.user(login))
    manifests = github.create_repository("acme/manifests", files=FILES, by=github.user("alice"))
    source = github.create_repository("acme/web", files={"README.md": "# web\n"}, by=github.user("dana"))
    manifests.grant(github.user("alice"), Role.ADMIN)
    manifests.grant(github.user("dana"), Role.WRITE)
    manifests.grant(acme.team("sre", github.user("dana")), Role.WRITE)
    manifests.protect("main", Protection(checks=("validate",)))
    permissions = {"checks": Access.WRITE, "contents": Access.WRITE}
    bot = github.create_app("gitops-bot", owner=acme, permissions=permissions)
    machines = github.create_app("acme-ci", owner=acme, permissions=permissions)
    for app in (bot, machines):
        github.install(app, acme)
    return SmallWorld(github, manifests, source, bot, machines)


def _session() -> aiohttp.ClientSession:
    """Keeps cookies of addresses without a name too, as browsers do."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


@asynccontextmanager
async def visiting(world: SmallWorld) -> AsyncIterator[Visit]:
    """Serve the world's pages on a socket; yield a visitor."""
    async with serve(world.github, pages=pages(world)) as running, _session() as session:
        yield Visit(world, running.url, session)
