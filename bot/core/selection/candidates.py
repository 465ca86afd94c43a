"""Which version an environment should move to next, and why.

What people asked for comes first: a live `/rollback` or `/promote` fixes the version. Otherwise the candidate is the
newest version whose version gates all pass; if there is none, the newest with none blocked. An open promotion changes
its version only to one whose version gates all pass: a red newer version never displaces a green one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core import gates
from bot.core.gates import approvals, budget, checks, closed, from_, image, refused
from bot.core.gates.question import Kind, Purpose, Question, blocked, passed, waiting
from bot.core.plan import Severity, Verdict
from bot.core.policy import Application, Environment, OrderKind, OriginKind, Policy, Promote, Update
from bot.core.records.entries import Request, RequestKind
from bot.core.selection import builds, no_candidate
from bot.core.selection.possible import common_tags, complete, ordered_by_date, possible
from bot.core.state import EnvironmentState, State
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.build_times import NoBuildTime
from bot.core.values.version import Version
from bot.core.versions.moving_tag import current, follows, pointed_at
from bot.core.versions.newer import build_times

MOST_DATED = 500
"""How many tags are asked when they were built, each once; there must not be more for the order `newest`."""

FOR_GOOD = frozenset({"rejected", "rejected-upstream", "tag-moved", "not-comparable"})
"""Answers after which a version does not come: its promotion is closed. The other blocked ones may pass again."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for an environment.

    question: about the version to look at, None if there is nothing newer. promotable: it is a candidate, so `/promote`
    may take it; otherwise every version is blocked, and this is the newest. proposed: it has a pull request, or should
    have one. verdicts: of every gate, or the one that says why there is nothing to choose from. again_at: when time
    alone may change an answer, about this version or about one that would replace it.
    """

    question: Question | None
    promotable: bool
    proposed: bool
    verdicts: tuple[Verdict, ...]
    again_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A possible version, and what the version gates say of it."""

    question: Question
    verdicts: tuple[Verdict, ...]
    severity: Severity

    @property
    def is_out(self) -> bool:
        """It cannot be promoted, whatever else changes."""
        return any(verdict.code in FOR_GOOD for verdict in self.verdicts if verdict.severity is Severity.BLOCKED)


def choose(policy: Policy, state: State, environment: Environment, now: datetime) -> Choice:
    """Choose for one environment.

    The verdicts about what GitHub refused in the last pass, and what waits for its limits, come first, and change nothing. The
    one about a promotion that another App closed comes after them.
    """
    choice = _chosen(policy, state, environment, now)
    here = state.environments[environment.name]
    said = [refused.judge(here), budget.judge(here), _wait(choice)]
    first = tuple(verdict for verdict in said if verdict)
    if not first:
        return choice
    again_at = min(filter(None, (_earliest(first), choice.again_at)), default=None)
    return replace(choice, verdicts=(*first, *choice.verdicts), again_at=again_at)


def _wait(choice: Choice) -> Verdict | None:
    """Return why a promotion that would be opened waits although its gates may pass."""
    return closed.judge(choice.question) if choice.question and choice.proposed else None


def _chosen(policy: Policy, state: State, environment: Environment, now: datetime) -> Choice:
    request = live_request(state, environment, state.environments[environment.name])
    if request is None:
        return newest(policy, state, environment, now)
    purpose = Purpose.ROLLBACK if request.kind is RequestKind.ROLLBACK else Purpose.PROMOTE
    version = complete(policy.applications[state.application], state, request.version)
    question = Question(policy, state, environment, version, purpose, request, now)
    verdicts = gates.judge(question)
    return Choice(question, promotable=True, proposed=True, verdicts=verdicts, again_at=_earliest(verdicts))


def newest(policy: Policy, state: State, environment: Environment, now: datetime) -> Choice:
    """Return what would be chosen if nobody had asked for anything."""
    judged = [
        _Judged(question, verdicts, max(verdict.severity for verdict in verdicts))
        for version in possible(policy, state, environment, now)
        for question in [Question(policy, state, environment, version, Purpose.AUTOMATIC, None, now)]
        for verdicts in [gates.judge(question, Kind.VERSION)]
    ]
    if not judged:
        why = _nothing(policy, state, environment, now)
        return Choice(None, promotable=False, proposed=False, verdicts=why, again_at=_earliest(why))
    best = _best(judged, state.environments[environment.name])
    shown = best or judged[0]
    later = _kept_back(judged, shown)
    question = replace(shown.question, later=later) if later else shown.question
    verdicts = (*shown.verdicts, *gates.judge(question, Kind.PLACE))
    return Choice(
        question,
        promotable=best is not None and best.severity is not Severity.BLOCKED,
        proposed=best is not None and environment.promote is Promote.AUTO,
        verdicts=verdicts,
        again_at=_earliest([*verdicts, *(verdict for each in judged for verdict in each.verdicts)]),
    )


def live_request(state: State, environment: Environment, here: EnvironmentState) -> Request | None:
    """Return what a person asked for, unless the environment has changed or its promotion was closed since."""
    request = state.records.of(environment.name).requests.get(state.application)
    if request is None:
        return None
    changed = here.arrivals and here.arrivals[0].at > request.at
    closed = any(
        past.by_person and past.closed_at > request.at and request.version.is_same(past.version or request.version)
        for past in here.past
    )
    return None if changed or closed or request.version.is_same(here.version) else request


def _best(judged: list[_Judged], here: EnvironmentState) -> _Judged | None:
    version = here.promotion.version if here.promotion else None
    carried = next((each for each in judged if each.question.version.is_same(version)), None)
    if carried is not None and carried.severity is not Severity.BLOCKED:
        newer = judged[: judged.index(carried)]
        return carried if _is_pinned(carried.question) else _first(newer, Severity.PASSED) or carried
    stays = carried if carried is not None and not carried.is_out else None
    return _first(judged, Severity.PASSED) or stays or _first(judged, Severity.WAITING)


def _first(judged: Iterable[_Judged], severity: Severity) -> _Judged | None:
    return next((each for each in judged if each.severity is severity), None)


def _kept_back(judged: list[_Judged], shown: _Judged) -> Version | None:
    """Return the version that would replace the one that the open promotion carries, if the promotion did not keep it."""
    promotion = shown.question.promotion
    if promotion is None or not shown.question.version.is_same(promotion.version):
        return None
    newer = _first(judged[: judged.index(shown)], Severity.PASSED)
    return newer.question.version if newer else None


def _is_pinned(question: Question) -> bool:
    """Return whether the open promotion keeps its version: from its first approval on, and while it is in the merge
    queue.
    """
    if question.promotion is not None and question.promotion.pull.is_queued:
        return True
    if question.environment.update is Update.ALWAYS or question.environment.gates.approvals is None:
        return False
    return bool(approvals.counted(question, question.environment.gates.approvals))


def _nothing(policy: Policy, state: State, environment: Environment, now: datetime) -> tuple[Verdict, ...]:
    """Return why there is no version to choose from, and what became of the source's newest commit."""
    why = _reason(policy, state, environment, now)
    if environment.origin.kind is not OriginKind.REGISTRY or why.code not in {"up-to-date", "nothing-yet"}:
        return (why,)
    note = builds.noted(policy.applications[state.application], state, environment)
    return (why, note) if note else (why,)


def _reason(policy: Policy, state: State, environment: Environment, now: datetime) -> Verdict:
    application = policy.applications[state.application]
    present = state.environments[environment.name].version
    if environment.origin.kind is OriginKind.NOWHERE:
        return from_.nowhere_before(application, environment)
    if environment.origin.kind is OriginKind.REGISTRY:
        unknown = (
            _nothing_followed(application, state, now) if follows(application) else _not_listed(application, state, now)
        )
        if unknown is not None:
            return unknown
    if application.versions.order.kind is OrderKind.COMMIT and not (state.source and state.source.readable):
        repository = application.source.repository if application.source else "the source repository"
        why, who = checks.why_unread(state, repository)
        return blocked("candidate", "history-unreadable", who=(who,), repository=repository, why=why)
    held_up = no_candidate.held_up(application, state, environment, common_tags(application, state.tags))
    if held_up is not None:
        return held_up
    if present is None:
        return passed("candidate", "nothing-yet")
    return passed("candidate", "up-to-date", present=present.name)


def _not_listed(application: Application, state: State, now: datetime) -> Verdict | None:
    """Return why the registry's tags cannot be ranked; None if they can."""
    for name in application.images:
        seen = state.tags.get(name)
        if not isinstance(seen, Tags):
            return _without_tags(name, seen, now)
    fitting = ordered_by_date(application, state.tags)
    if len(fitting) > MOST_DATED:
        who = ("anyone who can change the policy, by narrowing `tags`",)
        facts = {"count": str(len(fitting)), "most": str(MOST_DATED)}
        return blocked("candidate", "too-many-tags", facts, who=who)
    return _not_dated(application, state, fitting, now)


def _not_dated(application: Application, state: State, fitting: frozenset[str], now: datetime) -> Verdict | None:
    """Return why the build times do not order these tags, None where they do, or where another order is asked for."""
    times = build_times(application, state.artifacts)
    untold = {tag: time for tag in sorted(fitting) if isinstance(time := times.get(tag), NoBuildTime)}
    if not untold or any(isinstance(times.get(tag), datetime) for tag in fitting):
        return None
    tag = next((tag for tag, time in untold.items() if time.is_said), None)
    if tag is None:
        silent = ((name, state.artifacts.get((name, each))) for each in untold for name in application.images)
        return next(_without_tags(name, seen, now) for name, seen in silent if isinstance(seen, Unanswered))
    who = (
        "the people who build the image, by setting SOURCE_DATE_EPOCH to the time of the commit",
        "anyone who can change the policy, by choosing another order",
    )
    return blocked("candidate", "no-build-times", who=who, tag=tag, why=untold[tag].reason)


def _nothing_followed(application: Application, state: State, now: datetime) -> Verdict | None:
    """Return why there is no version behind the tag that is followed; None if there is one."""
    seen = pointed_at(application, state)
    for name, each in zip(application.images, seen, strict=True):
        if isinstance(each, Missing):
            tag = application.versions.order.argument
            return blocked(image.NAME, "image-missing", who=("anyone who can push the image",), image=name, tag=tag)
        if not isinstance(each, Artifact):
            return _without_tags(name, each, now)
    if current(application, state) is not None:
        return None
    built = {each.image: each.revision for each in seen if isinstance(each, Artifact)}
    silent = next((name for name, revision in built.items() if revision is None), None)
    if silent is not None:
        who = ("the people who build it, with the label org.opencontainers.image.revision",)
        return blocked("candidate", "revision-unknown", who=who, image=silent)
    listed = ", ".join(f"{name.rpartition('/')[2]} from {(revision or '')[:7]}" for name, revision in built.items())
    return waiting("candidate", "built-apart", again_at=now + image.ASK_AGAIN, built=listed)


def _without_tags(name: str, seen: Missing | Unanswered | None, now: datetime) -> Verdict:
    if isinstance(seen, Missing):
        return blocked(image.NAME, "image-unknown", who=("anyone who can push the image",), image=name)
    said = seen.reason if seen else "the bot has not asked yet"
    return waiting(image.NAME, "registry-silent", again_at=image.ask_again(seen, now), image=name, said=said, anyway="")


def _earliest(verdicts: Iterable[Verdict]) -> datetime | None:
    return min((verdict.again_at for verdict in verdicts if verdict.again_at), default=None)
