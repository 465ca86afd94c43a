"""Which version an environment should move to next, and why.

What people asked for comes first: a live `/rollback` or `/promote` fixes the version. Otherwise the candidate is the
newest version whose version gates all pass; if there is none, the newest with none blocked. An open promotion changes
its version only to one whose version gates all pass: a red newer version never displaces a green one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.core import gates
from bot.core.artifacts import Artifact, Tags, Unanswered
from bot.core.gates import approvals, image
from bot.core.gates.question import Kind, Purpose, Question, passed, waiting
from bot.core.ordering import best_first, is_newer
from bot.core.plan import Severity, Verdict
from bot.core.policy import Application, Environment, OrderKind, OriginKind, Policy, Promote, Update
from bot.core.records import Request, RequestKind
from bot.core.state import EnvironmentState, State
from bot.core.stays import all_stays
from bot.core.version import Version

CONSIDERED = 5
"""How many of the newest versions are judged; a version with five newer ones, all of them red, waits for theirs."""
FOR_GOOD = frozenset({"rejected", "rejected-upstream", "tag-moved", "older", "not-comparable"})
"""Answers after which a version does not come: its promotion is closed. The other blocked ones may pass again."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for an environment.

    question: about the version to look at, None where there is nothing newer. promotable: it is a candidate, so that
    `/promote` may take it; otherwise every version is blocked, and this is the newest. proposed: it is to be, or to stay, a
    pull request. verdicts: of every gate, or the one that says why there is nothing to choose from.
    """

    question: Question | None
    promotable: bool
    proposed: bool
    verdicts: tuple[Verdict, ...]


def choose(policy: Policy, state: State, environment: Environment, now: datetime) -> Choice:
    """Choose for one environment."""
    here = state.environments[environment.name]
    request = live_request(state, environment, here)
    if request is not None:
        return _asked_for(policy, state, environment, request, now)
    questions = [
        Question(policy, state, environment, version, Purpose.AUTOMATIC, None, now)
        for version in possible(policy, state, environment)
    ]
    if not questions:
        return Choice(None, promotable=False, proposed=False, verdicts=_nothing(policy, state, environment, now))
    best = _kept(questions, here) or _best(questions) or _blocked_for_now(questions, here)
    shown = best or questions[0]
    automatic = environment.promote is Promote.AUTO
    promotable = best is not None
    return Choice(shown, promotable=promotable, proposed=promotable and automatic, verdicts=gates.judge(shown))


def live_request(state: State, environment: Environment, here: EnvironmentState) -> Request | None:
    """What a person asked for, unless the environment changed or the promotion was closed since."""
    request = state.records.of(environment.name).requests.get(state.application)
    if request is None:
        return None
    changed = here.arrivals and here.arrivals[0].at > request.at
    closed = any(past.by_person and past.closed_at > request.at for past in here.past)
    return None if changed or closed or request.version.is_same(here.version) else request


def possible(policy: Policy, state: State, environment: Environment) -> tuple[Version, ...]:
    """The versions newer than the present one that could come from where this environment takes them, best first."""
    application = policy.applications[state.application]
    present = state.environments[environment.name].version
    if environment.origin.kind is OriginKind.REGISTRY:
        tags = best_first(application, state, common_tags(application, state))
        versions = (complete(application, state, Version(tag)) for tag in tags)
    else:
        seen = {version.tag: version for version in _had_by(state, environment.origin.environments)}
        tags = best_first(application, state, tuple(seen))
        versions = (complete(application, state, seen[tag]) for tag in tags)
    newer = (v for v in versions if present is None or is_newer(application, state, version=v, than=present))
    return tuple(version for _, version in zip(range(CONSIDERED), newer, strict=False))


def common_tags(application: Application, state: State) -> tuple[str, ...]:
    """The tags that every image of the application has; one that is not complete is passed over."""
    lists = [state.tags.get(name) for name in application.images]
    known = [seen.tags for seen in lists if isinstance(seen, Tags)]
    if len(known) < len(lists):
        return ()
    return tuple(tag for tag in dict.fromkeys(known[0]) if all(tag in tags for tags in known))


def complete(application: Application, state: State, version: Version) -> Version:
    """Add what is known: digests from the bytes first, then as first seen, then from the registry; the source commit."""
    artifacts = [state.artifacts.get((name, version.tag)) for name in application.images]
    found = {seen.image: seen.digest for seen in artifacts if isinstance(seen, Artifact)}
    first = state.records.first_digests(application.name, version.tag)
    digests = {**found, **first, **dict(version.digests)}
    revisions = (seen.revision for seen in artifacts if isinstance(seen, Artifact) and seen.revision)
    source = version.source_commit or next(revisions, None) or _commit_of(application, state, version.tag)
    return Version(version.tag, tuple(sorted(digests.items())), source)


def _commit_of(application: Application, state: State, tag: str) -> str | None:
    """Where the order is `commit`, the tag names its source commit, perhaps shortened."""
    if application.versions.order.kind is not OrderKind.COMMIT or state.source is None:
        return None
    return next((oid for oid in state.source.history if tag and oid.startswith(tag)), None)


def _had_by(state: State, names: tuple[str, ...]) -> Iterator[Version]:
    for name in names:
        for stay in all_stays(state, state.environments[name]):
            yield stay.version


def _asked_for(policy: Policy, state: State, environment: Environment, request: Request, now: datetime) -> Choice:
    purpose = Purpose.ROLLBACK if request.kind is RequestKind.ROLLBACK else Purpose.PROMOTE
    version = complete(policy.applications[state.application], state, request.version)
    question = Question(policy, state, environment, version, purpose, request, now)
    return Choice(question, promotable=True, proposed=True, verdicts=gates.judge(question))


def _best(questions: list[Question]) -> Question | None:
    judged = [(question, _hardest_version_gate(question)) for question in questions]
    for limit in (Severity.PASSED, Severity.WAITING):
        for question, severity in judged:
            if severity <= limit:
                return question
    return None


def _kept(questions: list[Question], here: EnvironmentState) -> Question | None:
    """The version that the open promotion keeps; None where it may change."""
    kept = _carried(questions, here)
    if kept is None or _hardest_version_gate(kept) is Severity.BLOCKED:
        return None
    rule = kept.environment.gates.approvals
    if rule is not None and kept.environment.update is Update.UNTIL_APPROVED and approvals.counted(kept, rule):
        return kept
    newer = questions[: questions.index(kept)]
    green = any(_hardest_version_gate(question) is Severity.PASSED for question in newer)
    return None if green else kept


def _blocked_for_now(questions: list[Question], here: EnvironmentState) -> Question | None:
    """The open promotion's version, blocked by what may pass again: it stays open and says so. A rejection closes it."""
    carried = _carried(questions, here)
    if carried is None:
        return None
    codes = {verdict.code for verdict in gates.judge(carried, Kind.VERSION) if verdict.severity is Severity.BLOCKED}
    return None if codes & FOR_GOOD else carried


def _carried(questions: list[Question], here: EnvironmentState) -> Question | None:
    version = here.promotion.version if here.promotion else None
    return next((question for question in questions if question.version.is_same(version)), None)


def _hardest_version_gate(question: Question) -> Severity:
    return max(verdict.severity for verdict in gates.judge(question, Kind.VERSION))


def _nothing(policy: Policy, state: State, environment: Environment, now: datetime) -> tuple[Verdict, ...]:
    """Why there is no version to choose: the registry is silent, or this is the newest."""
    application = policy.applications[state.application]
    present = state.environments[environment.name].version
    if environment.origin.kind is OriginKind.REGISTRY:
        silent = [seen for name in application.images if isinstance(seen := state.tags.get(name), Unanswered)]
        if silent:
            again_at = silent[0].again_at or now + image.ASK_AGAIN
            return (
                waiting(image.NAME, "registry-silent", again_at=again_at, image=silent[0].image, said=silent[0].reason),
            )
    return (passed("candidate", "up-to-date", present=str(present or "no version that can be read")),)
