"""The deployments of one repository and their statuses.

https://docs.github.com/en/rest/deployments/deployments and https://docs.github.com/en/rest/deployments/statuses
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.checks.repository import CheckedRepository
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.code.events import RepositoryEvent
from bot.simulator.github.model.world.errors import Reason, Refused, unprocessable
from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.model.world.limits import check_deployment_status

PRODUCTION = "production"


class DeploymentState(Enum):
    """What a status says; `pending` is also the state of a deployment without any."""

    ERROR = "ERROR"
    FAILURE = "FAILURE"
    INACTIVE = "INACTIVE"
    IN_PROGRESS = "IN_PROGRESS"
    QUEUED = "QUEUED"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStatus:
    """One status; older ones stay."""

    id: int
    state: DeploymentState
    creator: User
    environment: str
    description: str
    log_url: str
    environment_url: str
    created_at: datetime

    @property
    def node_id(self) -> str:
        return node_id(Kind.DEPLOYMENT_STATUS, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRequest:
    """What somebody asks to deploy. required_contexts: None for all that there are, as GitHub does if it is left out."""

    ref: str
    sha: str
    task: str = "deploy"
    environment: str = PRODUCTION
    description: str | None = None
    payload: object = ""
    required_contexts: tuple[str, ...] | None = None
    transient: bool = False
    production: bool | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class Deployment:
    """A deployment. statuses: the oldest first."""

    id: int
    repository: CheckedRepository
    request: DeploymentRequest
    creator: User
    created_at: datetime
    updated_at: datetime
    environment: str
    statuses: list[DeploymentStatus] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return node_id(Kind.DEPLOYMENT, self.id)

    @property
    def state(self) -> DeploymentState:
        """Return what its newest status says."""
        return self.statuses[-1].state if self.statuses else DeploymentState.PENDING

    @property
    def is_production(self) -> bool:
        """Without a word about it, the environment called `production` is one."""
        return self.environment == PRODUCTION if self.request.production is None else self.request.production


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentEvent(RepositoryEvent):
    """created."""

    deployment: Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStatusEvent(RepositoryEvent):
    """created."""

    deployment: Deployment
    status: DeploymentStatus


class Deployments:
    """All deployments of one repository, the oldest first."""

    def __init__(self, repository: CheckedRepository) -> None:
        self._repository = repository
        self.all: list[Deployment] = []

    def create(self, request: DeploymentRequest, *, by: User) -> Deployment:
        """Create a deployment of a commit whose checks succeed. Nothing prevents a second one of the same commit."""
        github = self._repository.github
        self._check_contexts(request)
        now = github.now()
        made = Deployment(
            id=github.ids.next(Kind.DEPLOYMENT), repository=self._repository, request=request, creator=by, created_at=now,
            updated_at=now, environment=request.environment,
        )  # fmt: skip
        self.all.append(made)
        github.events.emit(
            DeploymentEvent(repository=self._repository, action="created", deployment=made, actor=by, at=now)
        )
        return made

    def set_state(
        self,
        deployment: Deployment,
        state: DeploymentState,
        *,
        by: User,
        description: str = "",
        log_url: str = "",
        environment_url: str = "",
        environment: str | None = None,
        auto_inactive: bool = True,
    ) -> DeploymentStatus:
        """Add a status. A success makes earlier ones of the environment inactive, unless they are transient or production."""
        check_deployment_status(description)
        github = self._repository.github
        deployment.environment = environment or deployment.environment
        status = DeploymentStatus(
            id=github.ids.next(Kind.DEPLOYMENT_STATUS), state=state, creator=by, environment=deployment.environment,
            description=description, log_url=log_url, environment_url=environment_url, created_at=github.now(),
        )  # fmt: skip
        deployment.statuses.append(status)
        deployment.updated_at = status.created_at
        github.events.emit(
            DeploymentStatusEvent(
                repository=self._repository, action="created", deployment=deployment, status=status, actor=by,
                at=status.created_at,
            )
        )  # fmt: skip
        if state is DeploymentState.SUCCESS and auto_inactive:
            for each in self.all[: self.all.index(deployment)]:
                replaced = each.environment == deployment.environment and each.state is DeploymentState.SUCCESS
                if replaced and not each.request.transient and not each.is_production:
                    self.set_state(each, DeploymentState.INACTIVE, by=by)
        return status

    def delete(self, deployment: Deployment) -> None:
        """Delete an inactive deployment, or the only one: https://docs.github.com/en/rest/deployments/deployments#delete-a-deployment"""
        if deployment.state is not DeploymentState.INACTIVE and len(self.all) > 1:
            raise unprocessable(
                "We cannot delete an active deployment unless it is the only deployment in a given environment."
            )
        self.all.remove(deployment)
        self._repository.github.events.touch()

    def _check_contexts(self, request: DeploymentRequest) -> None:
        found = {each.context: each.state for each in self._repository.checks.latest_statuses(request.sha)}
        found |= {run.name: run.state for run in self._repository.checks.latest_runs(request.sha)}
        wanted: Sequence[str] = tuple(found) if request.required_contexts is None else request.required_contexts
        if any(found.get(name) is not StatusState.SUCCESS for name in wanted):
            raise Refused(Reason.CONFLICT, f"Conflict: Commit status checks failed for {request.ref}.")
