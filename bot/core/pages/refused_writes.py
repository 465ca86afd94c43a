"""What GitHub refused to write: a fact of the next State, so that people read it where they look, in GitHub's words.

It stops no further attempt, because only another attempt can clear it. The process remembers it from one pass to the
next; after a restart, the pages say it again once GitHub has refused again.

Race accepted: of several replicas only the one that was refused knows, so a page may be written with and without it in
turn, as often as the write is tried.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.core.gates import refused
from bot.core.observation.promotion_branches import branch_of
from bot.core.plan import (
    Action,
    AnswerAction,
    DescribePromotion,
    EditStatus,
    EnvironmentAction,
    Plan,
    PullRequestAction,
    ReportCheck,
    RepositoryAction,
    WriteState,
)
from bot.core.records.environment import ALL, SUFFIX
from bot.core.state import EnvironmentState, RefusedWrite, State
from bot.core.values.errors import Temporary


class WritesRefused(Temporary):
    """Some of a plan was not written. refused: each such action, what it was about to do, and what GitHub said."""

    def __init__(self, reason: str, refused: Iterable[tuple[Action, str, str]]) -> None:
        super().__init__(reason)
        self.refused = tuple(refused)


def by_environment(refusal: WritesRefused, state: State) -> Mapping[str, RefusedWrite]:
    """Return what to say of each environment: the first thing that was refused there."""
    found: dict[str, RefusedWrite] = {}
    for action, doing, said in refusal.refused:
        for name in environments_of(action, state):
            promotion = state.environments[name].promotion
            found.setdefault(name, RefusedWrite(doing, said, promotion.pull.number if promotion else None))
    return found


def with_refused(state: State, known: Mapping[str, RefusedWrite]) -> State:
    """Return the State in which this is known."""
    if not known:
        return state
    environments = {name: replace(here, refused=known.get(name)) for name, here in state.environments.items()}
    return replace(state, environments=environments)


def unrecorded(here: EnvironmentState) -> str:
    """Return why nothing could be recorded in the last pass, in GitHub's words; '' if it could or lost a race."""
    known = here.refused is not None and "gitops-state" in here.refused.doing and refused.judge(here) is not None
    return here.refused.said.rstrip(".") if here.refused is not None and known else ""


def pages_of(plan: Plan, state: State, names: Iterable[str]) -> tuple[Action, ...]:
    """Return only what these environments' pull requests say, of all that is planned."""
    wanted = frozenset(names)
    said = (action for action in plan.actions if isinstance(action, DescribePromotion | ReportCheck | EditStatus))
    return tuple(action for action in said if wanted.intersection(environments_of(action, state)))


def environments_of(action: Action, state: State) -> tuple[str, ...]:
    """Return the environments that an action is about; none where it only answers people."""
    if isinstance(action, AnswerAction | RepositoryAction):
        return ()
    if isinstance(action, EnvironmentAction):
        return (action.environment,)
    if isinstance(action, WriteState):
        names = {name.removesuffix(SUFFIX) for name in action.files}
        return tuple(name for name in state.environments if name in names or ALL in names)
    environments = state.environments.values()
    if isinstance(action, PullRequestAction):
        return tuple(here.name for here in environments if _number(here) == action.number)
    if isinstance(action, ReportCheck):
        return tuple(here.name for here in environments if action.head_oid in _commits(here))
    branches = {here.name: (here.former_branch, branch_of(here.name, state.application)) for here in environments}
    return tuple(name for name, known in branches.items() if action.branch in known)


def _number(here: EnvironmentState) -> int | None:
    return here.promotion.pull.number if here.promotion else None


def _commits(here: EnvironmentState) -> tuple[str, ...]:
    """Return the commits that carry check runs about its promotion."""
    if here.promotion is None:
        return ()
    pull = here.promotion.pull
    return (pull.head.oid, pull.group.oid) if pull.group else (pull.head.oid,)
