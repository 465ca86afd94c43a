"""A company before it has the bot: its GitHub as people see it in a browser, its manifests, and its registry."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.runtime import system_runtime
from bot.simulator.chat import Chat
from bot.simulator.clock import Clock
from bot.simulator.github.model.accounts.accounts import OrganisationRole, Role
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.server import serve
from bot.simulator.pages import pages
from bot.simulator.registry.server import Registry

RUNS = {"staging": "v1.4.1", "prod": "v1.4.1"}
NEWEST = "v1.5.0"
KUSTOMIZATION = """\
resources: [../../../base]
images:
  - name: ghcr.io/acme/web
    newTag: %s
"""


@dataclass(slots=True)
class Company:
    """The world that the pages show. Nothing in it knows of the bot, which is a process of its own.

    registry: has a version that no environment has yet. url, registry_url: where both are served.
    """

    github: GitHub
    manifests: Repository
    source: Repository
    registry: Registry
    url: str = ""
    registry_url: str = ""
    chat: Chat = field(default_factory=lambda: Chat("token", "C0"))
    people: tuple[str, ...] = ("alice",)
    suggestions: tuple[str, ...] = ("/promote prod", "/why prod")
    required_check: str = "validate"
    environments: tuple[str, ...] = tuple(RUNS)
    image: str = "ghcr.io/acme/web"
    tags: list[str] = field(default_factory=list)

    def release(self, tag: str) -> str:
        self.tags.append(tag)
        return self.registry.push_image("acme/web", tag)

    def validate(self, _pull: PullRequest, _conclusion: Conclusion) -> None:
        """Do nothing: no check is required here."""

    def sync(self, _environment: str, _state: StatusState) -> None:
        """Do nothing: nobody reports health here."""

    async def advance(self, step: timedelta) -> None:
        self.github.clock.advance(step)

    async def settle(self) -> None:
        """Do nothing: the bot is another process, and the pages refresh themselves."""


@asynccontextmanager
async def company(folder: Path) -> AsyncIterator[Company]:
    """Serve the company; alice, who owns the organisation acme, is signed in."""
    clock = Clock.ticking(system_runtime().now())
    github = GitHub(folder / "github", clock)
    acme, alice = github.organisation("acme"), github.user("alice")
    acme.add_member(alice, OrganisationRole.ADMIN)
    files = {f"envs/{name}/web/kustomization.yaml": KUSTOMIZATION % version for name, version in RUNS.items()}
    base = {"base/kustomization.yaml": "resources: []\n", "README.md": "# What runs where\n"}
    manifests = github.create_repository("acme/manifests", files=files | base, by=alice)
    source = github.create_repository("acme/web", files={"README.md": "# web\n"}, by=alice)
    for repository in (manifests, source):
        repository.grant(alice, Role.ADMIN)
    made = Company(github, manifests, source, Registry(now=clock.now, public_host="ghcr.io"))
    for tag in (*dict.fromkeys(RUNS.values()), NEWEST):
        made.release(tag)
    async with made.registry.serve() as made.registry_url, serve(github, pages=pages(made)) as hub:
        made.url = hub.url
        yield made
