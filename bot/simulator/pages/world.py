"""What the pages need besides GitHub: the machines around the repository, and time."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Protocol

from bot.simulator.chat import Chat
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository


class World(Protocol):
    """The simulated world. `github` and `manifests` are read when the routes are added, the rest later."""

    @property
    def github(self) -> GitHub:
        """Return the simulated GitHub, including its clock."""

    @property
    def manifests(self) -> Repository:
        """Return the repository of the pages; others of the same owner can be read too."""

    @property
    def chat(self) -> Chat:
        """Return the chat that hears of promotions."""

    @property
    def people(self) -> Sequence[str]:
        """Return the logins of people to act as. Their roles are the repository's."""

    @property
    def suggestions(self) -> Sequence[str]:
        """Return comments that get a button, such as `/promote prod`."""

    @property
    def required_check(self) -> str:
        """Return the name of the repository's own check, which `validate` reports."""

    @property
    def environments(self) -> Sequence[str]:
        """Return the environments whose deployment `sync` reports."""

    @property
    def image(self) -> str:
        """Return the image that `release` pushes, such as `ghcr.io/acme/web`."""

    @property
    def tags(self) -> Collection[str]:
        """Return the pushed tags in any order."""

    def release(self, tag: str) -> object:
        """Build the next version and push its image, as CI does."""

    def validate(self, pull: PullRequest, conclusion: Conclusion) -> None:
        """Report the repository's own check on a pull request's head."""

    def sync(self, environment: str, state: StatusState) -> None:
        """Report on an environment as Argo CD does, on the newest commit of the default branch."""

    async def advance(self, step: timedelta) -> None:
        """Let time pass, and everything happen that becomes due."""

    async def settle(self) -> None:
        """Wait until everything has been processed."""
