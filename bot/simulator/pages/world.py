"""What the page needs beyond GitHub's nouns: the machines around the repository, and time."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Protocol

from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository


class World(Protocol):
    """The world to play in. `github` and `manifests` are asked from the moment the routes are added, the rest later."""

    @property
    def github(self) -> GitHub:
        """Return where everything that is shown comes from, its clock included."""

    @property
    def manifests(self) -> Repository:
        """Return the repository the page is about; others of the same owner can be read too."""

    @property
    def people(self) -> Sequence[str]:
        """Logins that may be acted as; their roles are the repository's."""

    @property
    def suggestions(self) -> Sequence[str]:
        """Comments worth a button, such as `/promote prod`."""

    @property
    def required_check(self) -> str:
        """Return the name of the repository's own check, which `validate` reports."""

    @property
    def environments(self) -> Sequence[str]:
        """Whose deployment status `sync` reports."""

    @property
    def image(self) -> str:
        """Return the image that `release` pushes, such as `ghcr.io/acme/web`."""

    @property
    def tags(self) -> Collection[str]:
        """Return the tags that were pushed, in any order."""

    def release(self, tag: str) -> object:
        """CI builds the next version and pushes its image."""

    def validate(self, pull: PullRequest, conclusion: Conclusion) -> None:
        """The repository's own check reports on a pull request's head."""

    def sync(self, environment: str, state: StatusState) -> None:
        """Whatever deploys (Argo CD) reports on an environment, on the newest commit of the default branch."""

    async def advance(self, step: timedelta) -> None:
        """Let time pass, and whatever was due by then happen."""

    async def settle(self) -> None:
        """Wait until nobody has anything more to do."""
