"""What the API takes and answers, besides an application's status: `openapi` describes these, and `endpoints` serves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.core.status import ApplicationStatus, EnvironmentStatus, Status
from bot.passes.polling import RegistryPolls
from bot.registries.breakers import Paused

Item = TypeVar("Item")

_Name = Annotated[str, Field(max_length=200)]


class NoQuery(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageQuery(NoQuery):
    """Which page of a list."""

    limit: int = Field(default=50, ge=1, le=200, description="How many entries a page has at most.")
    after: _Name = Field(default="", description="The `next` of the page before; empty for the first page.")


class ApplicationsQuery(PageQuery):
    """Which applications."""

    repository: _Name = Field(default="", description="Only of this manifests repository, `owner/name`.")
    application: _Name = Field(default="", description="Only those of this name.")
    status: Status | None = Field(default=None, description="Only those with an environment of this status.")


class PromotionsQuery(ApplicationsQuery):
    """Which promotions."""

    environment: _Name = Field(default="", description="Only to this environment.")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list."""

    items: tuple[Item, ...]
    next: Annotated[str | None, Field(description="Give it as `after` for the next page; null on the last one.")]


@dataclass(frozen=True, slots=True)
class RepositorySummary:
    """A manifests repository in numbers."""

    repository: str
    applications: int
    promotions: Annotated[int, Field(description="How many are open.")]
    waiting: Annotated[int, Field(description="Environments whose status is `waiting`.")]
    blocked: Annotated[int, Field(description="Environments whose status is `blocked`.")]


@dataclass(frozen=True, slots=True)
class OpenPromotion:
    """An open promotion, with the environment that it would change."""

    repository: str
    application: str
    environment: EnvironmentStatus


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """How many keys the queue has. A key is a repository or an application that will be looked at."""

    due: int
    waiting: int
    running: int
    failing: Annotated[int, Field(description="Those whose last pass failed.")]
    oldest_due: Annotated[datetime | None, Field(description="When the key that is due the longest became due.")]


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The server itself."""

    version: str
    ready: bool
    missing: Annotated[tuple[str, ...], Field(description="What must still happen before it can work, in words.")]
    queue: QueueStatus
    notices: Annotated[Mapping[str, int], Field(description="Notices that wait to be delivered, by sink.")]


@dataclass(frozen=True, slots=True)
class RegistriesStatus:
    """How the replica that answers gets along with the registries. It forgets this when it restarts."""

    poll_seconds: Annotated[
        int | None, Field(description="`REGISTRY_POLL`: how often an image is polled; null: never.")
    ]
    polls: Annotated[tuple[RegistryPolls, ...], Field(description="By registry. Without polls: empty.")]
    paused: Annotated[
        tuple[Paused, ...], Field(description="Hosts that are asked nothing, as they are silent or busy.")
    ]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request is not answered: https://www.rfc-editor.org/rfc/rfc9457"""

    title: str
    status: int
    detail: Annotated[str, Field(description="What was seen, what was expected and what to do.")]


ApplicationsPage = Page[ApplicationStatus]
RepositoriesPage = Page[RepositorySummary]
PromotionsPage = Page[OpenPromotion]
