"""How a first policy is proposed, and how issues about it are opened, edited and closed."""

from bot.core.values.first_policy import CloseIssue, EditIssue, OpenIssue, ProposePolicy
from bot.github.writes.write import NO_COMMIT, Rounds, Target, Write, commit_on_branch, update_refs


def propose(action: ProposePolicy, target: Target) -> Rounds:
    """Create the branch, or take over a left-over one; commit; open the pull request.

    GitHub opens one pull request for a branch, so of two servers one is refused.
    """
    repository, name = target.repository, f"refs/heads/{action.branch}"
    if action.stale_head is not None:
        move = {"name": name, "beforeOid": action.stale_head, "afterOid": action.base_oid, "force": True}
        branch = Write("updateRefs", update_refs(repository, move), f"take over the branch {action.branch}")
    else:
        created = {"repositoryId": repository.node_id, "name": name, "oid": action.base_oid}
        branch = Write("createRef", created, f"create the branch {action.branch}")
    written = {action.path: action.text.encode()}
    change = commit_on_branch(repository, action.branch, action.base_oid, action.message, written)
    pull = {
        "repositoryId": repository.node_id,
        "baseRefName": action.base,
        "headRefName": action.branch,
        "title": action.title,
        "body": action.body,
        "maintainerCanModify": False,
    }
    return (
        (
            branch,
            Write("createCommitOnBranch", change, f"commit to {action.branch}"),
            Write("createPullRequest", pull, f"open the pull request from {action.branch}"),
        ),
    )


def open_issue(action: OpenIssue, target: Target) -> Rounds:
    """Take the lock, open the issue, give the lock back; each in a document of its own, because it needs the one before."""
    repository = target.repository
    given = {"repositoryId": repository.node_id, "title": action.title, "body": action.body}
    opening = Write("createIssue", given, "open an issue")
    if action.lock is None:
        return ((opening,),)
    name = f"refs/heads/{action.lock}"
    created = {"repositoryId": repository.node_id, "name": name, "oid": action.lock_oid}
    taking = Write("createRef", created, f"create the branch {action.lock}")
    gone = {"name": name, "beforeOid": action.lock_oid, "afterOid": NO_COMMIT}
    giving = Write("updateRefs", update_refs(repository, gone), f"delete the branch {action.lock}")
    if action.stale_lock is None:
        return ((taking,), (opening,), (giving,))
    stale = {"name": name, "beforeOid": action.stale_lock, "afterOid": NO_COMMIT}
    breaking = Write("updateRefs", update_refs(repository, stale), f"delete the left-over branch {action.lock}")
    return ((breaking,), (taking,), (opening,), (giving,))


def edit_issue(action: EditIssue, _target: Target) -> Rounds:
    """Write the text."""
    change = {"id": action.issue_id, "body": action.body}
    return ((Write("updateIssue", change, f"write #{action.number}"),),)


def close_issue(action: CloseIssue, _target: Target) -> Rounds:
    """Say why, then close."""
    comment = {"subjectId": action.issue_id, "body": action.comment}
    closing = {"issueId": action.issue_id, "stateReason": "COMPLETED"}
    return (
        (
            Write("addComment", comment, f"comment on #{action.number} why it is closed"),
            Write("closeIssue", closing, f"close #{action.number}"),
        ),
    )
