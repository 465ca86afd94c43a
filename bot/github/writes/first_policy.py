"""How a first policy is proposed, and how issues about it are opened, edited and closed."""

from bot.core.values.first_policy import CloseIssue, EditIssue, GiveLockBack, OpenIssue, ProposePolicy, TakeLock
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


def take_lock(action: TakeLock, target: Target) -> Rounds:
    """Delete what a crash has left behind, then create the branch: a document each, because one needs the other."""
    lock = action.lock
    created = {"repositoryId": target.repository.node_id, "name": f"refs/heads/{lock.branch}", "oid": lock.oid}
    taking = Write("createRef", created, f"create the branch {lock.branch}")
    if lock.stale is None:
        return ((taking,),)
    return ((_deletion(lock.branch, lock.stale, target, "left-over "),), (taking,))


def give_lock_back(action: GiveLockBack, target: Target) -> Rounds:
    """Delete the branch."""
    return ((_deletion(action.lock.branch, action.lock.oid, target),),)


def open_issue(action: OpenIssue, target: Target) -> Rounds:
    """Open it."""
    given = {"repositoryId": target.repository.node_id, "title": action.title, "body": action.body}
    return ((Write("createIssue", given, "open an issue"),),)


def _deletion(branch: str, oid: str, target: Target, kind: str = "") -> Write:
    gone = {"name": f"refs/heads/{branch}", "beforeOid": oid, "afterOid": NO_COMMIT}
    return Write("updateRefs", update_refs(target.repository, gone), f"delete the {kind}branch {branch}")


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
