"""An application's status in values that other programs read: the dashboard's facts without its Markdown.

These are the models of the read-only API, so their names and fields are a promise: fields are added, and never renamed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.core.pages.dashboard import OMITTED, worst_of
from bot.core.pages.parts.refused_deployments import in_plain_words
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.pages.parts.verdicts import UNASKED, WORDS
from bot.core.plan import Verdict
from bot.core.policy import Mode, Policy
from bot.core.state import EnvironmentState, State, in_use
from bot.core.values.text import plain

_AT_REST = frozenset({"up-to-date", "nothing-yet"})
_NO_GATE = UNASKED | OMITTED | _AT_REST
"""Answers that no gate of the policy gives."""


class Status(StrEnum):
    """`passed`: nothing stops it. `waiting`: it clears by itself. `blocked`: somebody has to act, or something to change."""

    PASSED = "passed"
    WAITING = "waiting"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class GateStatus:
    """One gate's answer."""

    gate: Annotated[str, Field(description="The gate, as policies and commands name it.")]
    status: Status
    code: Annotated[str, Field(description="The reason in a stable word, such as `soak-running`.")]
    reason: Annotated[str, Field(description="The reason in words.")]
    cleared_by: Annotated[tuple[str, ...], Field(description="Who or what can clear it; empty where nobody needs to.")]
    again_at: Annotated[datetime | None, Field(description="When time alone may change the answer.")]


@dataclass(frozen=True, slots=True)
class PromotionStatus:
    """An open promotion."""

    number: Annotated[int, Field(description="The number of its pull request.")]
    url: Annotated[str, Field(description="Its pull request on GitHub.")]
    title: Annotated[str, Field(description="The title of its pull request.")]
    version: Annotated[str | None, Field(description="The version that it brings; null where that cannot be read.")]
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class EnvironmentStatus:
    """One environment of an application."""

    environment: str
    version: Annotated[
        str | None, Field(description="The version that it holds; null where it holds none, or several.")
    ]
    since: Annotated[datetime | None, Field(description="When that version came, as far as the history was read.")]
    commit: Annotated[str | None, Field(description="The commit of the manifests repository that brought it.")]
    observed: Annotated[
        bool, Field(description="In `mode: observe`: the bot says what it would do, and writes nothing.")
    ]
    status: Status
    reason: Annotated[
        str, Field(description="The most severe answer about its promotion, or about the version that would come next.")
    ]
    promotion: Annotated[PromotionStatus | None, Field(description="The promotion that is open; null for none.")]
    gates: Annotated[tuple[GateStatus, ...], Field(description="The answer of each gate that the policy asks.")]
    undeployed: Annotated[
        tuple[str, ...],
        Field(description="Which GitHub deployments were refused, why, and who can fix that; mostly none."),
    ] = ()


@dataclass(frozen=True, slots=True)
class ApplicationStatus:
    """An application of one manifests repository."""

    repository: Annotated[str, Field(description="The manifests repository, `owner/name`.")]
    application: str
    source: Annotated[str | None, Field(description="The repository that it is built from, as the policy names it.")]
    environments: Annotated[tuple[EnvironmentStatus, ...], Field(description="In the order of the policy.")]
    changed_at: Annotated[datetime, Field(description="Since when all of this is so.")]


def application_status(
    policy: Policy, state: State, verdicts: Mapping[str, tuple[Verdict, ...]], now: datetime, *, web: str
) -> ApplicationStatus:
    """Return the status that follows from one look.

    verdicts: of the plan, by environment. web: the root of GitHub's pages, such as `https://github.com`.
    """
    application = policy.applications[state.application]
    return ApplicationStatus(
        repository=state.repository.name,
        application=state.application,
        source=application.source.repository if application.source else None,
        environments=tuple(_environments(policy, state, verdicts, web)),
        changed_at=now,
    )


def _environments(
    policy: Policy, state: State, verdicts: Mapping[str, tuple[Verdict, ...]], web: str
) -> Iterator[EnvironmentStatus]:
    own = in_use(policy, state)
    application = own.applications[state.application]
    for name, environment in own.environments.items():
        here, answers = state.environments[name], verdicts.get(name, ())
        worst = worst_of(answers)
        promotion = _promotion(state, here, web)
        arrival = here.arrivals[0] if here.version is not None and here.arrivals else None
        yield EnvironmentStatus(
            environment=name,
            version=here.version.name if here.version else None,
            since=arrival.since if arrival else None,
            commit=arrival.commit if arrival else None,
            observed=own.mode_of(application, environment) is Mode.OBSERVE,
            status=Status(WORDS[worst.severity]) if worst else Status.PASSED,
            reason=_reason(worst, answers, promotion),
            promotion=promotion,
            gates=tuple(_gate(verdict) for verdict in answers if verdict.code not in _NO_GATE),
            undeployed=tuple(map(in_plain_words, here.undeployed)),
        )


def _promotion(state: State, here: EnvironmentState, web: str) -> PromotionStatus | None:
    if here.promotion is None:
        return None
    pull, version = here.promotion.pull, here.promotion.version
    return PromotionStatus(
        number=pull.number,
        url=f"{web}/{state.repository.name}/pull/{pull.number}",
        title=plain(pull.title),
        version=version.name if version else None,
        opened_at=pull.created_at,
    )


def _reason(worst: Verdict | None, answers: tuple[Verdict, ...], promotion: PromotionStatus | None) -> str:
    if worst is not None:
        return plain_sentence(worst)
    if promotion is not None:
        return "every gate passes"
    return next((plain_sentence(verdict) for verdict in answers if verdict.code in _AT_REST), "up to date")


def _gate(verdict: Verdict) -> GateStatus:
    return GateStatus(
        gate=verdict.gate,
        status=Status(WORDS[verdict.severity]),
        code=verdict.code,
        reason=plain_sentence(verdict),
        cleared_by=tuple(who.replace("`", "") for who in verdict.who),
        again_at=verdict.again_at,
    )
