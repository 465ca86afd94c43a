"""Which applications need no look of their own: nothing of them is open, and nothing newer could come.

One look at the whole repository brings every branch, every open pull request and the comments. With the bytes of the files
and the registries' tags, that shows what the environments hold and whether anything newer exists. It shows no history, no
past promotion, no review and nobody's rights. So it can only answer "at rest", with the rows of the dashboard, or
"look": nothing is opened, updated or merged on it. Wherever something unread could matter, the answer is "look".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.commands.conversation.unanswered import addressed, unanswered
from bot.core.decide import decide, decisions
from bot.core.observation.promotion_branches import place_on
from bot.core.observation.pull_request import EndedPull
from bot.core.observation.sweep import Sweep
from bot.core.pages import pull_request, status_comment
from bot.core.plan import SUPERSEDED, Row, Verdict
from bot.core.policy import Environment, Policy
from bot.core.state import State, in_use

FLEET = 20
"""From so many applications on, the repository's pass asks about those at rest, and none of them has a key of its own."""


@dataclass(frozen=True, slots=True)
class AtRest:
    """An application that needs no look.

    again_at: when time alone may change that; None where nothing is waited for. verdicts: as in Plan.
    """

    rows: tuple[Row, ...]
    again_at: datetime | None
    verdicts: Mapping[str, tuple[Verdict, ...]] = field(default_factory=dict, compare=False)


def is_fleet(policy: Policy) -> bool:
    """Return whether a repository has so many applications that a look at each costs too much."""
    return len(policy.applications) >= FLEET


def at_rest(policy: Policy, state: State, now: datetime) -> AtRest | None:
    """Return what the dashboard says of an application at rest; None if it needs a look of its own.

    state: with what its environments hold, as the newest commit has it, and no history before that.
    """
    own = in_use(policy, state)
    if not all(_is_settled(state, environment) for environment in own.environments.values()):
        return None
    if any(decision.choice.question is not None for decision in decisions(state, policy, now).values()):
        return None
    plan = decide(state, policy, now)
    return None if plan.actions else AtRest(plan.rows, plan.again_at, plan.verdicts)


def open_applications(sweep: Sweep, policy: Policy, now: datetime) -> frozenset[str]:
    """Return the applications with a promotion, a branch of one, or a comment to answer.

    A promotion has a branch in this repository, so pull requests that were not read change nothing, nor do those of forks.
    """
    return frozenset(_open(sweep, policy, now))


def untold(ended: Iterable[EndedPull], policy: Policy) -> frozenset[str]:
    """Return the applications whose newest past promotion in some environment may not say yet how it ended.

    ended: the newest first.
    """
    newest: dict[str, EndedPull] = {}
    for pull in ended:
        newest.setdefault(pull.branch, pull)
    return frozenset(_named((pull.branch for pull in newest.values() if not _is_told(pull)), policy))


def _is_told(pull: EndedPull) -> bool:
    if not pull.merged:
        return SUPERSEDED in pull.labels or status_comment.has_ended(pull.page)
    described = pull_request.with_ending(pull.page.body, "") is None
    return described and not status_comment.with_ending(pull.number, pull.page, "")


def _open(sweep: Sweep, policy: Policy, now: datetime) -> Iterator[str]:
    yield from _named(sweep.branches, policy)
    yield from _named((pull.branch for pull in sweep.pulls if not pull.is_cross_repository), policy)
    for comment in unanswered(sweep.comments, now):
        name, _ = addressed(policy, comment)
        if name is not None:
            yield name


def _named(branches: Iterable[str], policy: Policy) -> Iterator[str]:
    """Yield the applications that promotion branches name, by their present names."""
    for branch in branches:
        place = place_on(branch)
        if place is not None:
            yield policy.renames.place(place)[1]


def _is_settled(state: State, environment: Environment) -> bool:
    """Return whether an environment holds one version, that of every environment it follows, and nobody asked for another.

    Where it differs, its history and theirs tell what could come.
    """
    here = state.environments[environment.name]
    if here.version is None or here.refusals:
        return False
    request = state.records.of(environment.name).requests.get(state.application)
    if request is not None and not request.version.is_same(here.version):
        return False
    before = (state.environments[name].version for name in environment.origin.environments)
    return all(version is not None and version.is_same(here.version) for version in before)
