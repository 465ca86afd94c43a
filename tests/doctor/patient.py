"""An installation in perfect health, so that each test can spoil one thing of it."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.cli.demo.opening import stage
from bot.cli.demo.setting import TEAM
from bot.cli.demo.stage import REGISTRY, Stage
from bot.cli.doctor.examination import examine
from bot.doctor.findings import Finding, Status
from bot.github.registration.manifest import app_manifest
from bot.runtime import Runtime
from bot.settings import PostgresUrl
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.protection.protection import Protection, ProtectionSource
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft

LEVELS = {"read": Access.READ, "write": Access.WRITE}
REPOSITORY = "acme/manifests"


@dataclass(slots=True)
class Patient:
    """The world, and the environment of the server that the doctor looks at. Tests change either.

    receiver_answers: the status with which webhooks were answered, 0 for none. chat_url: of Slack's API.
    """

    stage: Stage
    environment: dict[str, str]
    home: Path
    receiver_answers: int = 202
    chat_url: str = ""
    runtime: Runtime = field(init=False)

    def __post_init__(self) -> None:
        self.runtime = self.stage.runtime

    async def findings(self, repository: str = REPOSITORY) -> Sequence[Finding]:
        """Ask the doctor, after webhooks were answered as if the bot ran."""
        await self.stage.hub.webhooks_settled()
        for delivery in self.stage.hub.webhooks.deliveries():
            delivery.status_code = self.receiver_answers
        return await examine(self.environment, self.runtime, repository=repository)

    async def problems(self, repository: str = REPOSITORY) -> list[str]:
        """Ask the doctor. Returns the names of what is wrong, each once."""
        found = await self.findings(repository)
        return list(dict.fromkeys(each.name for each in found if each.status is not Status.GOOD))

    def permit(self, **levels: Access) -> None:
        """Change the App's permissions, and those that acme accepted."""
        self.stage.app.permissions = {**self.stage.app.permissions, **levels}
        for installation in self.stage.app.installations:
            installation.permissions = dict(self.stage.app.permissions)

    def rule(self, pattern: str, rules: Protection) -> None:
        """Add a ruleset."""
        self.stage.manifests.protect(pattern, replace(rules, source=ProtectionSource.RULESET))

    def docker(self, config: object) -> None:
        """Write a config.json."""
        (self.home / "config.json").write_text(json.dumps(config))


@asynccontextmanager
async def healthy(folder: Path) -> AsyncIterator[Patient]:
    """Yield the world of the scenarios, with every recommendation followed. The bot itself has stopped."""
    async with stage(TEAM) as made, made.chat.serve() as chat_url:
        app = made.app
        await made.stop()
        patient = Patient(made, _environment(made, folder), folder, chat_url=chat_url)
        app.events = app_manifest().events
        patient.permit(**{name: LEVELS[level] for name, level in app_manifest().permissions.items()})
        ours = RequiredCheck("gitops/promotion", app.id)
        made.manifests.protect("main", Protection(checks=(RequiredCheck("validate"),)))
        patient.rule("~DEFAULT_BRANCH", Protection(name="Promotions", checks=(ours,)))
        closed = Protection(name="The bot's branches", restrict_pushes=(app,), bypass=(app,))
        patient.rule("gitops-state", closed)
        patient.rule("gitops/**", closed)
        pull = _pull(made)
        made.validate(pull)
        patient.docker({"auths": {}})
        yield patient


def _pull(made: Stage) -> PullRequest:
    dana = made.person("dana")
    made.manifests.commit_files({"x": "y"}, by=dana, branch="change", message="Change")
    return made.manifests.open_pull(PullDraft(title="Change", base="main", head="change"), by=dana)


def _environment(made: Stage, folder: Path) -> dict[str, str]:
    settings = made.settings
    assert not isinstance(settings.queue, PostgresUrl)
    return {
        "GITHUB_APP_ID": str(settings.app_id),
        "GITHUB_PRIVATE_KEY": settings.private_key,
        "GITHUB_WEBHOOK_SECRET": settings.webhook_secret,
        "GITHUB_API_URL": settings.github.rest,
        "DATABASE_URL": f"sqlite:///{folder}/queue.sqlite3",
        "REGISTRY_ALLOW": REGISTRY,
        "REGISTRY_MIRRORS": f"{REGISTRY}={settings.registry_mirrors[REGISTRY]}",
        "DOCKER_CONFIG": str(folder),
    }
