"""Promotion pull requests, open and past.

`paths` are the files that were asked for, in order: a commit's `f0`, `f1`, … say which blob each path has there.
"""

from collections.abc import Iterator, Mapping, Sequence

from bot.core.observation.actors import Actor
from bot.core.observation.pull_request import (
    EndedPull,
    LastPage,
    Mergeable,
    OwnComment,
    PastPull,
    PullCommit,
    PullList,
    PullRequest,
    Review,
    ReviewState,
)
from bot.github.errors import Json
from bot.github.parsing.actors import Me, actor, author
from bot.github.parsing.answers import is_whole, moment, nodes
from bot.github.parsing.commits import Maker, commit, maker

EARLY_COMMENTS = 10
"""The number of comments that a `Promotion` contains, and an `Ended`."""


def open_promotion(ref: Json | None, *, base: str, paths: Sequence[str], me: Me) -> PullRequest | None:
    """Return the open pull request from this branch into `base`; None where there is none."""
    if ref is None:
        return None
    pulls = (pull for pull in nodes(ref["associatedPullRequests"]) if pull["baseRefName"] == base)
    pull = next(pulls, None)
    return None if pull is None else _pull_request(pull, head=ref["target"], paths=paths, me=me)


def past_promotion(pull: Json, paths: Sequence[str], page: LastPage | None = None, *, me: Me) -> PastPull:
    """Parse a closed or merged pull request. Its last commit shows its content, wherever its branch points now."""
    last, ended_by = [node["commit"] for node in nodes(pull["commits"])][-1:], _ended_by(pull)
    return PastPull(
        number=pull["number"],
        merged=pull["state"] == "MERGED",
        closed_at=moment(pull["closedAt"]),
        author=actor(pull["author"]),
        labels=_labels(pull),
        head_blobs=blobs_at(last[0], paths) if last else dict.fromkeys(paths, ""),
        head_oid=last[0]["oid"] if last else "",
        ended_by=ended_by,
        by_app=ended_by is not None and ended_by.is_bot and ended_by.id == me.bot_id,
        merge_oid=(pull["mergeCommit"] or {}).get("oid", ""),
        page=page,
    )


def past_promotions(connection: Json, ended: Json, paths: Sequence[str], *, me: Me) -> tuple[PastPull, ...]:
    """Return our past pull requests, newest first. Those from a fork's branch of the same name are left out.

    ended: the pages of those that changed last.
    """
    pages = {pull["number"]: _last_page(pull) for pull in nodes(ended)}
    found = [
        past_promotion(pull, paths, pages.get(pull["number"]), me=me)
        for pull in nodes(connection)
        if not pull["isCrossRepository"]
    ]
    return tuple(sorted(found, key=lambda pull: pull.closed_at, reverse=True))


def ended_pulls(connection: Json) -> tuple[EndedPull, ...]:
    """Return this repository's own pull requests of a page of closed and merged ones, in its order."""
    return tuple(
        EndedPull(
            number=pull["number"],
            branch=pull["headRefName"],
            merged=pull["state"] == "MERGED",
            closed_at=moment(pull["closedAt"]),
            labels=_labels(pull),
            page=_last_page(pull),
        )
        for pull in nodes(connection)
        if not pull["isCrossRepository"]
    )


def blobs_at(seen: Json | None, paths: Sequence[str]) -> Mapping[str, str]:
    """Return path → blob id at a commit, '' where the file is absent."""
    found = seen or {}
    return {path: (found.get(f"f{number}") or {}).get("oid", "") for number, path in enumerate(paths)}


def _ended_by(pull: Json) -> Actor | None:
    if pull["state"] == "MERGED":
        return actor(pull["mergedBy"])
    return next((actor(event["actor"]) for event in nodes(pull["timelineItems"])), None)


def _last_page(pull: Json) -> LastPage:
    return LastPage(pull["id"], pull["title"], pull["body"], _own_comments(pull), _has_room(pull))


def _own_comments(pull: Json) -> tuple[OwnComment, ...]:
    return tuple(OwnComment(each["id"], each["body"]) for each in nodes(pull["comments"]) if each["viewerDidAuthor"])


def _has_room(pull: Json) -> bool:
    """Return whether a comment made now would be among those that are read."""
    return bool(pull["comments"]["totalCount"] < EARLY_COMMENTS)


def _owners(pull: Json) -> Iterator[str]:
    """Yield the code owners who have not answered yet, people and teams, as CODEOWNERS writes them."""
    for asked in nodes(pull["reviewRequests"]):
        who = asked["requestedReviewer"] or {}
        name = who.get("login") or who.get("combinedSlug")
        if asked["asCodeOwner"] and name:
            yield f"@{name}"


def _modes_at(head: Json, paths: Sequence[str]) -> Mapping[str, int]:
    entries = ((path, head.get(f"f{number}")) for number, path in enumerate(paths))
    return {path: entry["mode"] for path, entry in entries if entry}


def _pull_request(pull: Json, *, head: Json, paths: Sequence[str], me: Me) -> PullRequest:
    # For a moment after a push, GitHub shows the new head on the branch and the old one on the pull request.
    settled = pull["headRefOid"] == head["oid"]
    group = (pull["mergeQueueEntry"] or {}).get("headCommit")
    return PullRequest(
        node_id=pull["id"],
        number=pull["number"],
        url=pull["url"],
        title=pull["title"],
        body=pull["body"],
        author=actor(pull["author"]),
        is_draft=pull["isDraft"],
        created_at=moment(pull["createdAt"]),
        base=pull["baseRefName"],
        head=commit(head),
        head_blobs=blobs_at(head, paths),
        head_modes=_modes_at(head, paths),
        owners_asked=tuple(_owners(pull)),
        open_threads=sum(not thread["isResolved"] for thread in nodes(pull["reviewThreads"])),
        mergeable=Mergeable(pull["mergeable"]) if settled else Mergeable.UNKNOWN,
        merge_state=pull["mergeStateStatus"] if settled else "UNKNOWN",
        review_decision=pull["reviewDecision"],
        reviews=tuple(_review(each, paths) for each in nodes(pull["latestOpinionatedReviews"]) if each["submittedAt"]),
        labels=_labels(pull),
        commits=tuple(_commit(node["commit"], paths=paths, me=me) for node in nodes(pull["commits"])),
        commits_total=pull["commits"]["totalCount"],
        changed_paths=tuple(file["path"] for file in nodes(pull["files"])),
        changed_files=pull["changedFiles"],
        is_queued=pull["mergeQueueEntry"] is not None,
        group=commit(group) if group else None,
        own_comments=_own_comments(pull),
        room_for_status=_has_room(pull),
        unread=frozenset(_unread(pull)),
    )


def _unread(pull: Json) -> Iterator[PullList]:
    lists = {
        PullList.LABELS: "labels",
        PullList.REVIEWS: "latestOpinionatedReviews",
        PullList.REVIEWERS: "reviewRequests",
        PullList.CONVERSATIONS: "reviewThreads",
        PullList.COMMITS: "commits",
    }
    yield from (each for each, name in lists.items() if not is_whole(pull[name]))
    commits = (node["commit"]["parents"] for node in nodes(pull["commits"]))
    if any(parents["totalCount"] > len(parents["nodes"]) for parents in commits):
        yield PullList.COMMITS


def _review(review: Json, paths: Sequence[str]) -> Review:
    return Review(
        author=actor(review["author"]),
        state=ReviewState(review["state"]),
        at=moment(review["submittedAt"]),
        can_push=review["authorCanPushToRepository"],
        blobs=blobs_at(review["commit"], paths),
    )


def _commit(seen: Json, *, paths: Sequence[str], me: Me) -> PullCommit:
    made_by = maker(seen, me.bot_id)
    return PullCommit(
        oid=seen["oid"],
        by_app=made_by is Maker.APP,
        is_unverified=made_by is Maker.UNVERIFIED,
        author=author(seen["author"]),
        parents=tuple((parent["oid"], blobs_at(parent, paths)) for parent in nodes(seen["parents"])),
    )


def _labels(pull: Json) -> frozenset[str]:
    return frozenset(label["name"] for label in nodes(pull["labels"]))
