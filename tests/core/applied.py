"""What a plan makes of a State, were every action to succeed: pure, so that plans can be followed to their end."""

from collections.abc import Iterable
from dataclasses import replace

from bot.core.gates.protection import OWN_CHECK
from bot.core.history.reverts import record_reverts
from bot.core.observation.commits import Commit, Outcome, Report
from bot.core.observation.pull_request import LastPage, Mergeable, OwnComment, PullRequest
from bot.core.plan import (
    Action,
    CheckOutcome,
    ClosePromotion,
    DeleteBranch,
    DeleteReply,
    DequeuePromotion,
    DescribePromotion,
    EditStatus,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    React,
    Reaction,
    Reply,
    ReportCheck,
    UpdatePromotion,
    WriteState,
)
from bot.core.policy import Policy
from bot.core.records.branch import Records, read_records
from bot.core.state import EnvironmentState, PastPromotion, Promotion, State
from bot.core.values.places import Edit
from bot.core.values.version import Version
from tests.builders import APP_ID, NOW, actor, arrival, commit, oid, pull

OUTCOMES = {CheckOutcome.SUCCESS: Outcome.SUCCESS, CheckOutcome.RUNNING: Outcome.PENDING}


def applied(state: State, actions: Iterable[Action], turn: int) -> State:
    """The world after these actions; turn: makes its new commits others than before."""
    for position, action in enumerate(actions):
        state = _apply(state, action, oid(f"turn {turn}.{position}"))
    return state


def noted(state: State, policy: Policy) -> State:
    """The world once it is on record what people have done there."""
    return applied(state, record_reverts(policy, state), 0)


def _apply(state: State, action: Action, new: str) -> State:  # noqa: PLR0911 -- one for each kind of action
    match action:
        case WriteState():
            return replace(state, records=_written(state.records, action), state_oid=new)
        case React(reaction=Reaction.SEEN) | DeleteReply():
            return state
        case React() | Reply():
            comments = (
                replace(each, done=True) if each.node_id == action.comment_id else each for each in state.comments
            )
            return replace(state, comments=tuple(comments))
        case MergePromotion():
            here = _merged(state, action.environment, new)
            moved = replace(state.repository, head_oid=new)
            return _with(replace(state, repository=moved, recent=(commit(new), *state.recent)), here)
        case EnqueuePromotion() | DequeuePromotion():
            return _with(state, _moved_in_queue(state.environments[action.environment], action, new))
        case OpenPromotion() | UpdatePromotion():
            return _with(state, _written_branch(state.environments[action.environment], action, new))
        case DeleteBranch():
            (here,) = (each for each in state.environments.values() if f"gitops/{each.name}/web" == action.branch)
            return _with(state, replace(here, branch_oid=None))
        case IntroducePromotion() | EditStatus():
            return _with(state, _said(state, action))
        case _:
            assert isinstance(action, ClosePromotion | DescribePromotion | ReportCheck), (
                "a pass of an application decides it"
            )
            return _with(state, _changed_pull(state, action))


def _with(state: State, here: EnvironmentState) -> State:
    return replace(state, environments={**state.environments, here.name: here})


def _written(records: Records, action: WriteState) -> Records:
    files = {name: text for name, text in action.files.items() if text is not None}
    changed = read_records(files)
    assert not changed.problem, "what we write can be read"
    assert not records.unreadable & changed.environments.keys(), "what cannot be read is never overwritten"
    return records.model_copy(update={"environments": {**records.environments, **changed.environments}})


def _version(edits: Iterable[Edit]) -> Version:
    listed = tuple(edits)
    digests = {edit.place.image: edit.digest for edit in listed if edit.digest}
    return Version(listed[0].tag or listed[0].place.tag or "", tuple(sorted(digests.items())))


def _written_branch(here: EnvironmentState, action: OpenPromotion | UpdatePromotion, new: str) -> EnvironmentState:
    paths = tuple(dict.fromkeys(edit.place.path for edit in action.edits))
    fresh = pull(head=Commit(new), title=action.title, body=action.body, changed_paths=paths, changed_files=len(paths))
    if here.promotion is not None:
        kept = here.promotion.pull
        fresh = replace(
            fresh,
            node_id=kept.node_id,
            number=kept.number,
            is_draft=kept.is_draft,
            own_comments=kept.own_comments,
            room_for_status=kept.room_for_status,
        )
    else:
        fresh = replace(fresh, node_id=f"PR_{here.name}", mergeable=Mergeable.MERGEABLE, room_for_status=True)
    reviews = here.promotion.reviews if here.promotion else ()
    return replace(here, promotion=Promotion(fresh, _version(action.edits), (), reviews), branch_oid=new)


def _moved_in_queue(here: EnvironmentState, action: EnqueuePromotion | DequeuePromotion, new: str) -> EnvironmentState:
    assert here.promotion is not None
    entered = isinstance(action, EnqueuePromotion)
    assert here.promotion.pull.is_queued is not entered, "in and out by turns"
    moved = replace(here.promotion.pull, is_queued=entered, group=Commit(new) if entered else None)
    return replace(here, promotion=replace(here.promotion, pull=moved))


def _merged(state: State, environment: str, new: str) -> EnvironmentState:
    here = state.environments[environment]
    assert here.promotion is not None
    version = here.promotion.version
    assert version is not None
    digests = dict(version.digests)
    places = tuple(
        replace(place, tag=version.tag, digest=digests.get(place.image, place.digest)) for place in here.places
    )
    came = arrival(version=version, at=NOW, commit=new, by=actor("gitops-bot", is_bot=True))
    seen = here.promotion.pull
    # Its own number and comment from now on: in these worlds, open promotions share theirs.
    past = PastPromotion(
        1000 * (1 + sorted(state.environments).index(here.name)) + len(here.past),
        version,
        merged=True,
        by_person=False,
        closed_at=NOW,
        ended_by=came.by,
        merge_oid=new,
        page=LastPage(
            f"{seen.node_id}_{new}",
            seen.title,
            seen.body,
            tuple(OwnComment(f"{each.node_id}_{new}", each.body) for each in seen.own_comments),
        ),
    )
    return replace(
        here,
        places=places,
        version=version,
        arrivals=(came, *here.arrivals),
        promotion=None,
        branch_oid=None,
        past=(past, *here.past),
    )


def _said(state: State, action: IntroducePromotion | EditStatus) -> EnvironmentState:
    """Return the status comment after the plan."""
    if isinstance(action, EditStatus) and (here := _with_past(state, action.number)):
        page = here.past[0].page
        assert page is not None
        assert [each.node_id for each in page.own_comments] == [action.comment_id]
        assert page.own_comments[0].body != action.body, "how it ended is written once"
        return _with_page(here, replace(page, own_comments=(OwnComment(action.comment_id, action.body),)))
    (here,) = (
        each
        for each in state.environments.values()
        if each.promotion and each.promotion.pull.number == action.number and _is_about(action, each.promotion.pull)
    )
    assert here.promotion is not None
    present = here.promotion.pull.own_comments
    assert all(each.body != action.body for each in present), "nothing is written that stands there already"
    identity = action.comment_id if isinstance(action, EditStatus) else f"IC_{here.name}"
    pull = replace(here.promotion.pull, own_comments=(OwnComment(identity, action.body),))
    return replace(here, promotion=replace(here.promotion, pull=pull))


def _with_past(state: State, number: int) -> EnvironmentState | None:
    """The environment whose newest past promotion has this number and a page."""
    found = (each for each in state.environments.values() if each.past and each.past[0].page)
    return next((each for each in found if each.past[0].number == number), None)


def _with_page(here: EnvironmentState, page: LastPage) -> EnvironmentState:
    return replace(here, past=(replace(here.past[0], page=page), *here.past[1:]))


def _is_about(action: IntroducePromotion | EditStatus, seen: PullRequest) -> bool:
    if isinstance(action, EditStatus):
        return [each.node_id for each in seen.own_comments] == [action.comment_id]
    assert seen.node_id != action.pull_id or not seen.own_comments, "a promotion is introduced once"
    return seen.node_id == action.pull_id


def _changed_pull(state: State, action: ClosePromotion | DescribePromotion | ReportCheck) -> EnvironmentState:
    if isinstance(action, DescribePromotion) and (ended := _with_past(state, action.number)):
        page = ended.past[0].page
        assert page is not None
        assert page.body != action.body, "how it ended is written once"
        if page.node_id == action.pull_id:
            return _with_page(ended, replace(page, title=action.title, body=action.body))
    for here in state.environments.values():
        if here.promotion is None:
            continue
        seen = here.promotion.pull
        if isinstance(action, ReportCheck):
            if seen.head.oid == action.head_oid:
                changed = replace(seen, head=_reported(seen.head, action))
                return replace(here, promotion=replace(here.promotion, pull=changed))
            if seen.group and seen.group.oid == action.head_oid:
                changed = replace(seen, group=_reported(seen.group, action))
                return replace(here, promotion=replace(here.promotion, pull=changed))
        elif seen.node_id == action.pull_id:
            if isinstance(action, ClosePromotion):
                past = PastPromotion(seen.number, here.promotion.version, merged=False, by_person=False, closed_at=NOW)
                return replace(here, promotion=None, branch_oid=None, past=(past, *here.past))
            described = replace(seen, title=action.title, body=action.body)
            return replace(here, promotion=replace(here.promotion, pull=described))
    raise AssertionError(f"{action} is about nothing that is there")


def _reported(commit: Commit, action: ReportCheck) -> Commit:
    others = tuple(each for each in commit.reports if each.app_id != APP_ID)
    outcome = OUTCOMES.get(action.outcome, Outcome.FAILURE)
    return Commit(commit.oid, (_report(action, outcome), *others))


def _report(action: ReportCheck, outcome: Outcome) -> Report:
    return Report(OWN_CHECK, outcome, action.title, app_id=APP_ID, node_id="CR", says=action.says)
