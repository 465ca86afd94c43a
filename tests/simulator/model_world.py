"""A simulated GitHub in memory: an organisation, people of every role, a manifests repository and an installed App."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.simulator.clock import Clock
from bot.simulator.github.access.auth import Caller
from bot.simulator.github.graphql import execute
from bot.simulator.github.model.accounts.accounts import Organisation, Role, User
from bot.simulator.github.model.accounts.apps import Access, App, Installation
from bot.simulator.github.model.checks.runs import CheckRun, Conclusion, RunDetails
from bot.simulator.github.model.events import Event
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.world import Mergeability

PERMISSIONS = {
    "metadata": Access.READ,
    "contents": Access.WRITE,
    "pull_requests": Access.WRITE,
    "issues": Access.WRITE,
    "checks": Access.WRITE,
    "statuses": Access.WRITE,
    "members": Access.READ,
}
FILES = {
    "README.md": "# Manifests\n",
    "envs/dev/web/deployment.yaml": "image: ghcr.io/acme/web:v1.4.1\n",
    "envs/prod/web/deployment.yaml": "image: ghcr.io/acme/web:v1.4.0\n",
}


@dataclass
class World:
    """A small GitHub for a test. `told` is every event since the start, or since `hush`."""

    github: GitHub
    acme: Organisation
    admin: User
    writer: User
    reader: User
    repository: Repository
    app: App
    installation: Installation
    told: list[Event] = field(default_factory=list)

    @property
    def bot(self) -> Caller:
        """The App's installation token."""
        return Caller(installation=self.installation, permissions=PERMISSIONS)

    def hush(self) -> None:
        """Drop the recorded events."""
        self.told.clear()

    def heard(self) -> list[str]:
        """The events' names with their actions, for comparison; without the request for checks after each push."""
        names = [" ".join(filter(None, (type(event).__name__, getattr(event, "action", "")))) for event in self.told]
        return [name for name in names if name != "CheckSuiteEvent requested"]

    def promotion(
        self, branch: str = "gitops/dev/web", *, version: str = "v1.5.0", by: User | None = None
    ) -> PullRequest:
        """A pull request that changes dev's image."""
        author = by or self.app.bot
        self.repository.commit_files(
            {"envs/dev/web/deployment.yaml": f"image: ghcr.io/acme/web:{version}\n"},
            by=author, branch=branch, message=f"dev: web {version}",
        )  # fmt: skip
        return self.repository.open_pull(PullDraft(title=f"dev: web {version}", base="main", head=branch), by=author)

    def check(self, sha: str, name: str, conclusion: Conclusion | None = Conclusion.SUCCESS) -> CheckRun:
        """A check run of the App's, by default green."""
        return self.repository.create_check_run(sha, name, app=self.app, details=RunDetails(conclusion=conclusion))

    def ask(
        self, document: str, variables: Mapping[str, object] | None = None, *, viewer: Caller | None = None
    ) -> dict[str, Any]:
        """Execute a document as the App (or another account); return the answer with its errors."""
        return execute(self.github, viewer=viewer or self.bot, document=document, variables=variables)

    def data(
        self, document: str, variables: Mapping[str, object] | None = None, *, viewer: Caller | None = None
    ) -> Any:
        """The same, for documents that must have no errors."""
        answer = self.ask(document, variables, viewer=viewer)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def refusal(
        self, document: str, variables: Mapping[str, object] | None = None, *, viewer: Caller | None = None
    ) -> Any:
        """The one error of a document that must have one."""
        errors = self.ask(document, variables, viewer=viewer).get("errors", [])
        assert len(errors) == 1, errors
        return errors[0]


def world(folder: Path, *, mergeability: Mergeability = Mergeability.AT_ONCE) -> World:
    """A fresh world."""
    github = GitHub(folder, Clock(), mergeability=mergeability)
    acme, admin = github.organisation("acme"), github.user("admin")
    writer, reader = github.user("writer", name="Wanda Writer"), github.user("reader")
    for person in (admin, writer, reader):
        acme.add_member(person)
    repository = github.create_repository("acme/manifests", files=FILES, by=admin)
    repository.grant(admin, Role.ADMIN)
    repository.grant(writer, Role.WRITE)
    app = github.create_app("gitops-bot", owner=acme, permissions=PERMISSIONS, events=("push", "pull_request"))
    made = World(github, acme, admin, writer, reader, repository, app, github.install(app, acme))
    github.listen(made.told.append)
    return made
