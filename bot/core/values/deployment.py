"""GitHub deployments: what people read beside a commit about where it runs."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_DESCRIPTION = 140
"""https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status"""


class DeploymentState(StrEnum):
    """What a deployment status says: https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status"""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    SUCCESS = "success"
    FAILURE = "failure"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class DeploymentPlace:
    """Where deployments are listed together. repository: `owner/name`; environment: its name on GitHub.

    task: what tells the deployments of one application from others, such as `deploy:web`.
    """

    repository: str
    environment: str
    task: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """What GitHub should show of one merged promotion. commit: '' where the source commit of the version is not known.

    name: of the policy's environment. number: of the promotion, whose page is the log. url: where people use it, or ''.
    """

    place: DeploymentPlace
    commit: str
    name: str
    number: int
    state: DeploymentState
    description: str
    url: str = ""
    production: bool = False

    @property
    def mark(self) -> tuple[DeploymentPlace, int]:
        """Return what tells it from every other one: there is one for each promotion and place."""
        return self.place, self.number


@dataclass(frozen=True, slots=True)
class SeenDeployment:
    """A deployment of ours as GitHub has it. number: of its promotion. state: None where it has no status yet.

    description: of that status. ours: whether the bot wrote that status.
    """

    place: DeploymentPlace
    id: int
    number: int
    state: str | None = None
    description: str = ""
    ours: bool = True


@dataclass(frozen=True, slots=True)
class CreateDeployment:
    """Create it on its commit, then give it its state."""

    deployment: Deployment


@dataclass(frozen=True, slots=True)
class SetDeploymentState:
    """Add a status to an existing deployment."""

    deployment: Deployment
    id: int


DeploymentAction = CreateDeployment | SetDeploymentState


@dataclass(frozen=True, slots=True)
class RefusedDeployment:
    """What GitHub did not do. said: the reason, in its words where it gave one. fixed_by: who can do something about it."""

    deployment: Deployment
    said: str
    fixed_by: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentsSeen:
    """What GitHub has of the bot's deployments, and which could not be read."""

    deployments: tuple[SeenDeployment, ...] = ()
    refused: tuple[RefusedDeployment, ...] = ()
