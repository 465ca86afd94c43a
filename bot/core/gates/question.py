"""What every gate is asked: may this version be promoted to this environment, now?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType

from bot.core.history.overrides import NOT_OVERRIDABLE, overriding
from bot.core.people.rights import who_may
from bot.core.plan import Severity, Verdict
from bot.core.policy import Application, Environment, Policy, Right
from bot.core.records.entries import Override, Request
from bot.core.state import EnvironmentState, Promotion, State
from bot.core.values.text import in_line
from bot.core.values.version import Version

_OPEN_END = datetime.max.replace(tzinfo=UTC)
NO_FACTS: Mapping[str, str] = MappingProxyType({})


class Purpose(Enum):
    """Why a version is promoted: automatically, because a person requested it, or because a person wants the one
    before.
    """

    __hash__ = object.__hash__  # members are compared by identity; Enum's own would be a call for each gate

    AUTOMATIC = "automatic"
    PROMOTE = "promote"
    ROLLBACK = "rollback"


_KINDS = {
    Purpose.AUTOMATIC: "automatic promotion",
    Purpose.PROMOTE: "requested promotion",
    Purpose.ROLLBACK: "rollback",
}


class Kind(Enum):
    """Version gates decide which version; place gates decide when it may merge."""

    VERSION = "version"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Question:
    """One version, one environment, one moment.

    request: what a person asked for, if the purpose is theirs. later: a newer version that could come, and waits
    because the open promotion keeps the one in question.
    """

    policy: Policy
    state: State
    environment: Environment
    version: Version
    purpose: Purpose
    request: Request | None
    now: datetime
    later: Version | None = None

    @property
    def application(self) -> Application:
        """The application's policy."""
        return self.policy.applications[self.state.application]

    @property
    def here(self) -> EnvironmentState:
        """What was seen of the environment in question."""
        return self.state.environments[self.environment.name]

    @property
    def promotion(self) -> Promotion | None:
        """The open promotion, whatever version it carries now."""
        return self.here.promotion

    @property
    def named(self) -> bool:
        """Whether a person asked for exactly this version."""
        return self.request is not None and (self.request.named or self.purpose is Purpose.ROLLBACK)


@dataclass(frozen=True, slots=True)
class Gate:
    """One row of the table. sentences: what its reason codes say, see `bot/core/pages/parts/sentences.py`.

    asked: the purposes for which it is judged; for the others it passes as `not-asked`. overridable: `/override` makes
    it pass, as `overridden`, whatever it says.
    """

    name: str
    kind: Kind
    judge: Callable[[Question], Verdict]
    sentences: Mapping[str, str]
    asked: frozenset[Purpose]
    overridable: bool

    def answer(self, question: Question) -> Verdict:
        """Return the verdict; or that the gate does not apply to this purpose; or that somebody overrode it."""
        if question.purpose not in self.asked:
            return passed(self.name, "not-asked", purpose=_KINDS[question.purpose])
        verdict = self.judge(question)
        if verdict.severity is Severity.PASSED or verdict.code in NOT_OVERRIDABLE or not self.overridable:
            return verdict
        override = overriding(
            self.name,
            question.state,
            question.here,
            version=question.version,
            request=question.request,
            now=question.now,
        )
        return self._overridden(verdict, override) if override else verdict

    def _overridden(self, verdict: Verdict, override: Override) -> Verdict:
        """Let it pass while the override lasts, and still say what is wrong."""
        otherwise = in_line(self.sentences[verdict.code], verdict.facts)
        facts = {"by": override.by, "reason": override.reason, "otherwise": otherwise}
        return replace(passed(verdict.gate, "overridden", facts), again_at=override.until)


def overriders(question: Question, gate: str) -> tuple[str, ...]:
    """Return who may override this gate here, and how; nobody if the policy lets nobody."""
    people = who_may(Right.OVERRIDE, question.environment.permissions, question.application.owners)
    line = f"/override {gate} {question.environment.name} {question.application.name} REASON"
    return (f"{people}, using `{line}`",) if people.words else ()


def passed(gate: str, code: str, facts: Mapping[str, str] = NO_FACTS, **more: str) -> Verdict:
    """Return a verdict: it is as wanted."""
    return Verdict(gate, Severity.PASSED, code, {**facts, **more})


def waiting(
    gate: str,
    code: str,
    facts: Mapping[str, str] = NO_FACTS,
    *,
    who: tuple[str, ...] = (),
    again_at: datetime | None = None,
    **more: str,
) -> Verdict:
    """Return a verdict: it clears automatically."""
    return Verdict(gate, Severity.WAITING, code, {**facts, **more}, who, again_at)


def blocked(
    gate: str,
    code: str,
    facts: Mapping[str, str] = NO_FACTS,
    *,
    who: tuple[str, ...],
    again_at: datetime | None = None,
    **more: str,
) -> Verdict:
    """Return a verdict: it needs a person, `who`."""
    return Verdict(gate, Severity.BLOCKED, code, {**facts, **more}, who, again_at)


def hardest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the most severe verdict; of several the one that takes longest, or the first."""
    return max(verdicts, key=lambda verdict: (verdict.severity, verdict.again_at or _OPEN_END))


def easiest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the least severe verdict; of several the first."""
    return min(verdicts, key=lambda verdict: verdict.severity)


def moment(at: datetime) -> str:
    """Return a time as every page shows it: in UTC to the minute, or to the second if it has seconds."""
    form = "%Y-%m-%d %H:%M UTC" if not at.second and not at.microsecond else "%Y-%m-%d %H:%M:%S UTC"
    return at.strftime(form)
