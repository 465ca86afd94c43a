"""Pull requests and their reviews."""

from typing import Any

from bot.simulator.github.access.rules import author_association
from bot.simulator.github.model.accounts.accounts import Team, User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.pulls.merging.merging import merge_state_for
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.reviews import Review
from bot.simulator.github.model.pulls.states import Mergeable
from bot.simulator.github.model.pulls.threads import Thread
from bot.simulator.github.views.accounts import (
    account,
    moment,
    optional_account,
    optional_moment,
    simple_team,
    team,
)
from bot.simulator.github.views.issues import label, page, state
from bot.simulator.github.views.links import Links
from bot.simulator.github.views.repository import repository

Json = dict[str, Any]


def pull_request(links: Links, one: PullRequest) -> Json:
    """Return the form of a pull request in lists."""
    api, html = links.repository(one.repository), page(links, one)
    url, issue_url = f"{api}/pulls/{one.number}", f"{api}/issues/{one.number}"
    addresses = {
        "html": html,
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{api}/statuses/{one.head_oid}",
    }
    return {
        "url": url,
        "id": one.id,
        "node_id": one.node_id,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        **{f"{name}_url": address for name, address in addresses.items()},
        "number": one.number,
        "state": state(one),
        "locked": one.locked,
        "title": one.title,
        "user": account(links, one.author),
        "body": one.body or None,
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "closed_at": optional_moment(one.closed_at),
        "merged_at": optional_moment(one.merged_at),
        "merge_commit_sha": one.merge_commit_oid,
        "assignee": optional_account(links, one.assignees[0] if one.assignees else None),
        "assignees": [account(links, found) for found in one.assignees],
        "requested_reviewers": [account(links, found) for found in one.requested if isinstance(found, User)],
        "requested_teams": [team(links, found) for found in one.requested if isinstance(found, Team)],
        "labels": [label(links, found) for found in one.labels],
        "milestone": None,
        "draft": one.is_draft,
        "head": _side(links, one.head_repository, one.head_label, one.head_ref, one.head_oid),
        "base": _side(
            links, one.repository, f"{one.repository.owner.login}:{one.base_ref}", one.base_ref, one.base_oid
        ),
        "_links": {name: {"href": address} for name, address in {"self": url, **addresses}.items()},
        "author_association": author_association(one.repository, one.author),
        "auto_merge": _auto_merge(links, one),
        "active_lock_reason": one.lock_reason.value if one.lock_reason else None,
    }


def full_pull_request(links: Links, one: PullRequest, *, viewer: User | None) -> Json:
    """Return the form of `GET …/pulls/{pull_number}` and of webhooks.

    viewer: the caller, whose request makes GitHub compute mergeability; None for a webhook, which does not.
    """
    changes, mergeable = one.changes(), one.mergeable(asks=viewer is not None)
    merge_state = one.merge_state(asks=False) if viewer is None else merge_state_for(one, viewer)
    return (
        pull_request(links, one)
        | {
            "requested_teams": [simple_team(links, found) for found in one.requested if isinstance(found, Team)],
            "merged": one.state is State.MERGED,
            "mergeable": None if mergeable is Mergeable.UNKNOWN else mergeable is Mergeable.MERGEABLE,
            "rebaseable": None if mergeable is Mergeable.UNKNOWN else mergeable is Mergeable.MERGEABLE,
            "mergeable_state": merge_state.value.lower(),
            "merged_by": optional_account(links, one.merged_by),
            "comments": len(one.comments),
            "review_comments": len(one.threads),
            "maintainer_can_modify": one.maintainer_can_modify,
            "commits": len(one.commits()),
            "additions": sum(change.additions for change in changes),
            "deletions": sum(change.deletions for change in changes),
            "changed_files": len(changes),
        }
        | ({} if viewer is None else {"stack": _stack(one)})
    )


def _stack(one: PullRequest) -> Json | None:
    if one.stack is None:
        return None
    base = one.repository.find_branch(one.stack.base_ref) or one.base_oid
    return {
        "id": one.stack.id,
        "number": one.stack.number,
        "size": len(one.stack.pulls),
        "position": one.stack.position(one),
        "base": {"ref": one.stack.base_ref, "sha": base},
    }


def minimal_pull_request(links: Links, one: PullRequest) -> Json:
    """Return the form of a pull request in check runs and suites."""
    return {
        "url": f"{links.repository(one.repository)}/pulls/{one.number}",
        "id": one.id,
        "number": one.number,
        "head": {
            "ref": one.head_ref,
            "sha": one.head_oid,
            "repo": _minimal_repository(links, one.head_repository or one.repository),
        },
        "base": {"ref": one.base_ref, "sha": one.base_oid, "repo": _minimal_repository(links, one.repository)},
    }


def review(links: Links, one: Review) -> Json:
    """Return a review; its state is in upper case here, and in lower case in webhooks."""
    html = f"{page(links, one.pull)}#pullrequestreview-{one.id}"
    url = f"{links.repository(one.repository)}/pulls/{one.pull.number}"
    shown = {
        "id": one.id,
        "node_id": one.node_id,
        "user": account(links, one.author),
        "body": one.body,
        "state": one.state.value,
        "html_url": html,
        "pull_request_url": url,
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
        "commit_id": one.commit_oid,
        "author_association": author_association(one.repository, one.author),
    }
    return shown if one.submitted_at is None else shown | {"submitted_at": moment(one.submitted_at)}


def review_comment(links: Links, one: Thread) -> Json:
    """Return the first comment of a conversation about a file; the simulator has no line for it."""
    commit = one.review.commit_oid if one.review else one.pull.head_oid
    url = f"{links.repository(one.pull.repository)}/pulls"
    pull, html = f"{url}/{one.pull.number}", f"{page(links, one.pull)}#discussion_r{one.id}"
    addresses = {"self": f"{url}/comments/{one.id}", "html": html, "pull_request": pull}
    return {
        "url": addresses["self"],
        "id": one.id,
        "node_id": one.node_id,
        "pull_request_review_id": one.review.id if one.review else None,
        "diff_hunk": next((change.patch or "" for change in one.pull.changes() if change.path == one.path), ""),
        "path": one.path,
        "commit_id": commit,
        "original_commit_id": commit,
        "user": account(links, one.author),
        "body": one.body,
        "created_at": moment(one.created_at),
        "updated_at": moment(one.created_at),
        "html_url": html,
        "pull_request_url": pull,
        "author_association": author_association(one.pull.repository, one.author),
        "_links": {name: {"href": address} for name, address in addresses.items()},
        "subject_type": "file",
    }


def _side(links: Links, where: CodeRepository | None, label: str, ref: str, oid: str) -> Json:
    """Return head or base; after a fork was deleted its fields are null."""
    return {
        "label": label,
        "ref": ref,
        "sha": oid,
        "user": None if where is None else account(links, where.owner),
        "repo": None if where is None else repository(links, where),
    }


def _auto_merge(links: Links, one: PullRequest) -> Json | None:
    if one.auto_merge is None:
        return None
    return {
        "enabled_by": account(links, one.auto_merge.enabled_by),
        "merge_method": one.auto_merge.method.value.lower(),
        "commit_title": one.auto_merge.headline or one.title,
        "commit_message": one.auto_merge.body or one.body,
    }


def _minimal_repository(links: Links, one: CodeRepository) -> Json:
    return {"id": one.id, "url": links.repository(one), "name": one.name}
