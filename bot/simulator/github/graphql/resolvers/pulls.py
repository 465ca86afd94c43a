"""Resolvers of pull requests, reviews and the merge queue."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.simulator.github.access.rules import viewer_permission
from bot.simulator.github.git.history import Change
from bot.simulator.github.graphql.context import Info, Resolvers, always, context, need
from bot.simulator.github.graphql.paging import Page, paginate
from bot.simulator.github.graphql.resolvers.checks import Rollup
from bot.simulator.github.graphql.resolvers.conversation import COMMENT, CONVERSATION, path_of
from bot.simulator.github.graphql.resolvers.objects import CommitObject, RefObject, commit_object, ref_object
from bot.simulator.github.graphql.resolvers.timeline import timeline_items
from bot.simulator.github.model.accounts.accounts import Account, Role, Team, User
from bot.simulator.github.model.checks.checks import rollup
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import (
    MOST_QUEUE_ENTRIES,
    QUEUE_TIMEOUT_MINUTES,
    QUEUE_WAIT_MINUTES,
)
from bot.simulator.github.model.pulls.merging.merge_queue import MergeQueue
from bot.simulator.github.model.pulls.merging.merging import merge_state_for
from bot.simulator.github.model.pulls.pull_request import PullRequest, QueueEntry
from bot.simulator.github.model.pulls.reviews import Review, latest_opinions
from bot.simulator.github.model.pulls.states import AutoMerge
from bot.simulator.github.model.pulls.threads import Thread
from bot.simulator.github.model.repository import complete
from bot.simulator.github.model.world.ids import Kind, node_id


@dataclass(frozen=True, slots=True)
class PullCommit:
    """A commit of a pull request."""

    pull: PullRequest
    oid: str


@dataclass(frozen=True, slots=True)
class AutoMergeRequest:
    """A pull request's auto-merge."""

    pull: PullRequest
    order: AutoMerge


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """A request for a review."""

    pull: PullRequest
    reviewer: User | Team


def _head_ref(pull: PullRequest, _: Info) -> RefObject | None:
    return ref_object(complete(pull.head_repository), f"refs/heads/{pull.head_ref}") if pull.head_repository else None


def _head_owner(pull: PullRequest, _: Info) -> Account | None:
    return pull.head_repository.owner if pull.head_repository else None


def _reviews(
    pull: PullRequest,
    info: Info,
    states: list[str] | None = None,
    author: str | None = None,
    **bounds: object,
) -> Page:
    found = [
        review
        for review in pull.reviews
        if (states is None or review.state.value in states) and author in {None, review.author.login}
    ]
    return paginate(info, found, bounds)


def _latest(pull: PullRequest, info: Info, **bounds: object) -> Page:
    return paginate(info, list({review.author: review for review in pull.reviews}.values()), bounds)


def _latest_opinions(pull: PullRequest, info: Info, *, writers_only: bool | None = None, **bounds: object) -> Page:
    found = [review for review in latest_opinions(pull) if not writers_only or review.author_can_push]
    return paginate(info, found, bounds)


def _commits(pull: PullRequest, info: Info, **bounds: object) -> Page:
    return paginate(info, pull.commits(), bounds, lambda oid: PullCommit(pull, str(oid)))


def _rollup(pull: PullRequest, info: Info) -> Rollup | None:
    need(info, pull.repository, "checks")
    need(info, pull.repository, "statuses")
    contexts = pull.repository.checks.contexts(pull.head_oid)
    state, commit = rollup(contexts), commit_object(complete(pull.repository), pull.head_oid)
    return Rollup(commit, contexts, state) if state and commit else None


def _auto_merge(pull: PullRequest, _: Info) -> AutoMergeRequest | None:
    return AutoMergeRequest(pull, pull.auto_merge) if pull.auto_merge else None


def _may_write(pull: PullRequest, info: Info) -> bool:
    return viewer_permission(context(info).viewer, pull.repository) >= Role.WRITE


def _change_type(change: Change, _: Info) -> str:
    return {"REMOVED": "DELETED"}.get(change.kind.name, change.kind.name)


def _commit_of(entry: QueueEntry, which: str) -> CommitObject | None:
    oid: Mapping[str, str] = (
        {"head": entry.group.head_oid, "base": entry.group.base_oid} if entry.group is not None else {}
    )
    return commit_object(complete(entry.pull.repository), oid.get(which))


RESOLVERS: Resolvers = {
    "PullRequest": {
        **CONVERSATION,
        "permalink": lambda pull, info: context(info).html + path_of(pull),
        "merged": lambda pull, _: pull.state is State.MERGED,
        "mergeCommit": lambda pull, _: commit_object(pull.repository, pull.merge_commit_oid),
        "baseRef": lambda pull, _: ref_object(pull.repository, f"refs/heads/{pull.base_ref}"),
        "baseRefName": lambda pull, _: pull.base_ref,
        "baseRefOid": lambda pull, _: pull.base_oid,
        "baseRepository": lambda pull, _: pull.repository,
        "headRef": _head_ref,
        "headRefName": lambda pull, _: pull.head_ref,
        "headRefOid": lambda pull, _: pull.head_oid,
        "headRepositoryOwner": _head_owner,
        "mergeable": lambda pull, _: pull.mergeable(),
        "mergeStateStatus": lambda pull, info: merge_state_for(pull, context(info).actor),
        "canBeRebased": lambda pull, _: pull.state is State.OPEN and not pull.conflicts(),
        "changedFiles": lambda pull, _: len(pull.changes()),
        "additions": lambda pull, _: sum(change.additions for change in pull.changes()),
        "deletions": lambda pull, _: sum(change.deletions for change in pull.changes()),
        "isInMergeQueue": lambda pull, _: pull.queue_entry is not None,
        "isMergeQueueEnabled": lambda pull, _: pull.repository.queue(pull.base_ref) is not None,
        "mergeQueueEntry": lambda pull, _: pull.queue_entry,
        "mergeQueue": lambda pull, _: pull.repository.queue(pull.base_ref),
        "autoMergeRequest": _auto_merge,
        "reviews": _reviews,
        "latestReviews": _latest,
        "latestOpinionatedReviews": _latest_opinions,
        "reviewRequests": lambda pull, info, **bounds: paginate(
            info,
            pull.requested,
            bounds,
            lambda asked: ReviewRequest(pull, asked),  # type: ignore[arg-type]
        ),
        "reviewThreads": lambda pull, info, **bounds: paginate(info, pull.threads, bounds),
        "commits": _commits,
        "files": lambda pull, info, **bounds: paginate(info, pull.changes(), bounds),
        "timelineItems": timeline_items,
        "totalCommentsCount": lambda pull, _: len(pull.comments),
        "viewerCanEnableAutoMerge": lambda pull, info: (
            _may_write(pull, info) and pull.repository.settings.auto_merge_allowed and pull.auto_merge is None
        ),
        "viewerCanDisableAutoMerge": lambda pull, info: _may_write(pull, info) and pull.auto_merge is not None,
        "statusCheckRollup": _rollup,
    },
    "PullRequestCommit": {
        "id": lambda found, _: node_id(Kind.COMMIT, found.pull.repository.id, f"{found.oid}:{found.pull.number}"),
        "commit": lambda found, _: commit_object(found.pull.repository, found.oid),
        "pullRequest": lambda found, _: found.pull,
        "url": lambda found, info: f"{context(info).html}{path_of(found.pull)}/commits/{found.oid}",
        "resourcePath": lambda found, _: f"{path_of(found.pull)}/commits/{found.oid}",
    },
    "PullRequestChangedFile": {"changeType": _change_type},
    "PullRequestReview": {
        **COMMENT,
        "authorCanPushToRepository": lambda review, _: review.author_can_push,
        "commit": lambda review, _: commit_object(review.repository, review.commit_oid),
        "pullRequest": lambda review, _: review.pull,
    },
    "PullRequestReviewThread": {
        "id": lambda thread, _: thread.node_id,
        "isResolved": lambda thread, _: thread.resolved_by is not None,
        "isCollapsed": lambda thread, _: thread.resolved_by is not None,
        "isOutdated": always(False),
        "pullRequest": lambda thread, _: thread.pull,
        "repository": lambda thread, _: thread.pull.repository,
        "resolvedBy": lambda thread, _: thread.resolved_by,
    },
    "ReviewRequest": {
        "id": lambda asked, _: node_id(Kind.REVIEW, asked.pull.id, asked.reviewer.id),
        "databaseId": always(None),
        "requestedReviewer": lambda asked, _: asked.reviewer,
        "asCodeOwner": lambda asked, _: asked.reviewer in asked.pull.asked_as_owners,
        "pullRequest": lambda asked, _: asked.pull,
    },
    "AutoMergeRequest": {
        "enabledAt": lambda found, _: found.order.enabled_at,
        "enabledBy": lambda found, _: found.order.enabled_by,
        "mergeMethod": lambda found, _: found.order.method,
        "commitHeadline": lambda found, _: found.order.headline,
        "commitBody": lambda found, _: found.order.body,
        "authorEmail": always(None),
        "pullRequest": lambda found, _: found.pull,
    },
    "MergeQueue": {
        "id": lambda queue, _: queue.node_id,
        "url": lambda queue, info: f"{context(info).html}/{queue.repository.full_name}/queue/{queue.branch}",
        "resourcePath": lambda queue, _: f"/{queue.repository.full_name}/queue/{queue.branch}",
        "configuration": lambda queue, _: queue,
        "entries": lambda queue, info, **bounds: paginate(info, queue.entries, bounds),
    },
    "MergeQueueConfiguration": {
        "checkResponseTimeout": always(QUEUE_TIMEOUT_MINUTES),
        "maximumEntriesToBuild": always(MOST_QUEUE_ENTRIES),
        "maximumEntriesToMerge": always(MOST_QUEUE_ENTRIES),
        "mergeMethod": lambda queue, _: queue.method,
        "mergingStrategy": lambda queue, _: queue.grouping,
        "minimumEntriesToMerge": always(1),
        "minimumEntriesToMergeWaitTime": always(QUEUE_WAIT_MINUTES),
    },
    "MergeQueueEntry": {
        "id": lambda entry, _: entry.node_id,
        "headCommit": lambda entry, _: _commit_of(entry, "head"),
        "baseCommit": lambda entry, _: _commit_of(entry, "base"),
        "jump": always(False),
        "solo": always(False),
        "pullRequest": lambda entry, _: entry.pull,
        "mergeQueue": lambda entry, _: entry.queue,
    },
}

TYPES: dict[type, str] = {
    PullRequest: "PullRequest",
    Review: "PullRequestReview",
    Thread: "PullRequestReviewThread",
    MergeQueue: "MergeQueue",
    QueueEntry: "MergeQueueEntry",
}
