"""What a process knows of a repository with many applications, most of which are at rest."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.repository.file_index import FileIndex
from bot.core.values.deployment import Deployment, DeploymentState


@dataclass(slots=True)
class Fleet:
    """One repository's applications.

    asked: application → when the repository's pass last asked about it, or has to ask as if it had asked then. glanced:
    those of which no look has seen the history. untold: those whose past promotions have something to be told; None
    until they were listed. unfinished: some were not asked about yet. answers: what the registries answered last about
    those at rest, as a number. files: of one commit, with its id. unhealthy: those with a deployment that is not known to be
    a success. overdue: those whose deployments may have become untrue while nobody looked, and which wait for a look;
    overdue_at: when the next of them get it.
    """

    asked: dict[str, datetime] = field(default_factory=dict)
    glanced: set[str] = field(default_factory=set)
    untold: set[str] | None = None
    unfinished: bool = False
    answers: dict[str, int] = field(default_factory=dict)
    files: tuple[str, FileIndex] | None = None
    unhealthy: set[str] = field(default_factory=set)
    overdue: list[str] = field(default_factory=list)
    overdue_at: datetime | None = None

    def looked_at(self, application: str) -> None:
        """Note that a look has seen an application whole."""
        self.glanced.discard(application)
        self.answers.pop(application, None)
        if application in self.overdue:
            self.overdue.remove(application)

    def shows(self, application: str, deployments: Iterable[Deployment]) -> None:
        """Note what GitHub shows of an application. Nothing is known of deployments that a look leaves as they are."""
        states = {each.state for each in deployments} - {DeploymentState.INACTIVE}
        if states == {DeploymentState.SUCCESS}:
            self.unhealthy.discard(application)
        elif states:
            self.unhealthy.add(application)
