"""Mutations of pull requests and reviews."""

from bot.simulator.github.access import rules
from bot.simulator.github.graphql.context import Info, context
from bot.simulator.github.graphql.mutations.shared import Input, Payload, node, repository, resolver
from bot.simulator.github.graphql.paging import Edge
from bot.simulator.github.model.accounts.accounts import Team, User
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.merging import auto_merge, merging
from bot.simulator.github.model.pulls.merging.merging import MergeOrder
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import Review, ReviewState
from bot.simulator.github.model.repository import complete
from bot.simulator.github.model.world.errors import unprocessable


def _pull(info: Info, identifier: str) -> tuple[PullRequest, User]:
    """Return the pull request and the acting user, if they may change it."""
    pull = node(info, identifier, PullRequest)
    viewer = context(info).viewer
    if viewer.installation is None and viewer.actor is pull.author:
        return pull, pull.author  # authors may change their own pull requests without write access
    return pull, rules.require(viewer, pull.repository, "pull_requests")


def _create(info: Info, given: Input) -> Payload:
    where = repository(info, given["repository_id"])
    by = rules.require(context(info).viewer, where, "pull_requests")
    source = repository(info, given["head_repository_id"]) if given.get("head_repository_id") else None
    head = str(given["head_ref_name"])
    owner, colon, branch = head.partition(":")
    if colon:  # `owner:branch` is another way to name a fork's branch
        found = [
            member for member in context(info).github.network(where) if member.owner.login.lower() == owner.lower()
        ]
        source, head = (found[0] if found else source), branch
    draft = PullDraft(
        title=given["title"], base=given["base_ref_name"].removeprefix("refs/heads/"),
        head=head.removeprefix("refs/heads/"), body=given.get("body") or "", head_repository=source,
        is_draft=bool(given.get("draft")), maintainer_can_modify=bool(given.get("maintainer_can_modify", True)),
    )  # fmt: skip
    return {"pullRequest": where.open_pull(draft, by=by)}


def _update(info: Info, given: Input) -> Payload:
    pull, by = _pull(info, given["pull_request_id"])
    pull.edit(by=by, title=given.get("title"), body=given.get("body"))
    base = given.get("base_ref_name")
    if base is not None and base != pull.base_ref:
        pull.retarget(base, by=by)
    if given.get("maintainer_can_modify") is not None:
        pull.maintainer_can_modify = bool(given["maintainer_can_modify"])
    if given.get("label_ids") is not None:
        wanted = [node(info, identifier, Label) for identifier in given["label_ids"]]
        pull.remove_labels(*[label for label in tuple(pull.labels) if label not in wanted], by=by)
        pull.add_labels(*wanted, by=by)
    if given.get("assignee_ids") is not None:
        pull.assignees[:] = [node(info, identifier, User) for identifier in given["assignee_ids"]]
    if given.get("state") == "CLOSED":
        pull.close(by=by)
    elif given.get("state") == "OPEN" and pull.state is not State.OPEN:
        pull.reopen(by=by)
    return {"pullRequest": pull, "actor": by}


def _close(info: Info, given: Input) -> Payload:
    pull, by = _pull(info, given["pull_request_id"])
    pull.close(by=by)
    return {"pullRequest": pull}


def _reopen(info: Info, given: Input) -> Payload:
    pull, by = _pull(info, given["pull_request_id"])
    pull.reopen(by=by)
    return {"pullRequest": pull}


def _order(given: Input) -> MergeOrder:
    return MergeOrder(
        method=MergeMethod(given.get("merge_method") or "MERGE"),
        expected_head=given.get("expected_head_oid"),
        headline=given.get("commit_headline"),
        body=given.get("commit_body"),
    )


def _merger(info: Info, identifier: str) -> tuple[PullRequest, User]:
    """Return the pull request and the acting user, if they may merge it: that needs write access to contents."""
    pull = node(info, identifier, PullRequest)
    return pull, rules.require(context(info).viewer, pull.repository, "contents")


def _merge(info: Info, given: Input) -> Payload:
    pull, by = _merger(info, given["pull_request_id"])
    merging.merge(pull, _order(given), by=by)
    return {"pullRequest": pull, "actor": by}


def _enable_auto_merge(info: Info, given: Input) -> Payload:
    pull, by = _merger(info, given["pull_request_id"])
    auto_merge.enable_auto_merge(pull, _order(given), by=by)
    return {"pullRequest": pull, "actor": by}


def _disable_auto_merge(info: Info, given: Input) -> Payload:
    pull, by = _merger(info, given["pull_request_id"])
    auto_merge.disable_auto_merge(pull, by=by)
    return {"pullRequest": pull, "actor": by}


def _enqueue(info: Info, given: Input) -> Payload:
    pull, by = _merger(info, given["pull_request_id"])
    queue = complete(pull.repository).queue(pull.base_ref)
    if queue is None:
        raise unprocessable("Merge queue is not enabled for this branch")
    return {"mergeQueueEntry": queue.add(pull, by=by, expected_head=given.get("expected_head_oid"))}


def _dequeue(info: Info, given: Input) -> Payload:
    pull, by = _merger(info, given["id"])
    entry = pull.queue_entry
    if entry is None:
        raise unprocessable("Pull request is not in the queue")
    entry.queue.remove(entry, by=by)
    return {"mergeQueueEntry": None}


def _to_draft(info: Info, given: Input) -> Payload:
    pull, by = _pull(info, given["pull_request_id"])
    pull.convert_to_draft(by=by)
    return {"pullRequest": pull}


def _ready(info: Info, given: Input) -> Payload:
    pull, by = _pull(info, given["pull_request_id"])
    pull.mark_ready(by=by)
    return {"pullRequest": pull}


def _request_reviews(info: Info, given: Input) -> Payload:
    """Request reviews. Without `union` they replace the earlier requests."""
    pull, by = _pull(info, given["pull_request_id"])
    reviewers: list[User | Team] = [node(info, identifier, User) for identifier in given.get("user_ids") or ()]
    teams = [_team(info, identifier) for identifier in given.get("team_ids") or ()]
    if not given.get("union"):
        pull.requested = [asked for asked in pull.requested if asked in reviewers or asked in teams]
    pull.request_reviews(*reviewers, *teams, by=by)
    last = next((asked for asked in reversed(reviewers) if isinstance(asked, User)), None)
    return {"pullRequest": pull, "actor": by, "requestedReviewersEdge": Edge(last, last, "") if last else None}


def _team(info: Info, identifier: str) -> Team:
    return node(info, identifier, Team)


_EVENTS = {
    "APPROVE": ReviewState.APPROVED,
    "REQUEST_CHANGES": ReviewState.CHANGES_REQUESTED,
    "COMMENT": ReviewState.COMMENTED,
}


def _add_review(info: Info, given: Input) -> Payload:
    pull = node(info, given["pull_request_id"], PullRequest)
    viewer = context(info).viewer
    # Everyone who can read may review; an App needs the permission.
    by = rules.require(viewer, pull.repository, "pull_requests", Access.WRITE if viewer.installation else Access.READ)
    state = _EVENTS.get(given.get("event") or "")
    if state is None:
        raise unprocessable(
            "A review needs an event of APPROVE, REQUEST_CHANGES or COMMENT; pending ones are not simulated"
        )
    body = given.get("body") or ""
    if state is not ReviewState.APPROVED and not body:
        raise unprocessable("Body can't be blank")
    review = pull.review(by=by, state=state, body=body, commit=given.get("commit_oid"))
    return {"pullRequestReview": review, "reviewEdge": Edge(review, review, "")}


def _dismiss_review(info: Info, given: Input) -> Payload:
    review = node(info, given["pull_request_review_id"], Review)
    by = rules.require(context(info).viewer, review.repository, "pull_requests")
    review.pull.dismiss(review, by=by)
    return {"pullRequestReview": review}


MUTATIONS = {
    "createPullRequest": resolver(_create),
    "updatePullRequest": resolver(_update),
    "closePullRequest": resolver(_close),
    "reopenPullRequest": resolver(_reopen),
    "mergePullRequest": resolver(_merge),
    "enablePullRequestAutoMerge": resolver(_enable_auto_merge),
    "disablePullRequestAutoMerge": resolver(_disable_auto_merge),
    "enqueuePullRequest": resolver(_enqueue),
    "dequeuePullRequest": resolver(_dequeue),
    "convertPullRequestToDraft": resolver(_to_draft),
    "markPullRequestReadyForReview": resolver(_ready),
    "requestReviews": resolver(_request_reviews),
    "addPullRequestReview": resolver(_add_review),
    "dismissPullRequestReview": resolver(_dismiss_review),
}
