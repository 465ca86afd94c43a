"""Mutations of issues, comments, reactions and labels."""

from bot.simulator.github.access import rules
from bot.simulator.github.graphql.context import Info, context
from bot.simulator.github.graphql.mutations.shared import Input, Payload, node, repository, resolver
from bot.simulator.github.graphql.paging import Edge
from bot.simulator.github.graphql.resolvers.conversation import reaction_groups
from bot.simulator.github.model.accounts.accounts import Role, User
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.conversations.conversation import Comment, Conversation
from bot.simulator.github.model.conversations.issues import Issue, StateReason
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.conversations.reactions import Reactable, ReactionContent
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.world.errors import Reason, Refused


def _require(info: Info, found: Conversation, access: Access) -> User:
    """Return the acting user if they may comment there (READ) or change it (WRITE).

    People with read access may comment, and need triage to change what is not theirs. An App writes with its permission
    for issues, or for pull requests if it is one.
    https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
    """
    viewer, repository = context(info).viewer, found.repository
    if viewer.installation is None:
        by = rules.require(viewer, repository, "issues", Access.READ)
        rules.check_writable(repository)
        if access is Access.WRITE and rules.viewer_permission(viewer, repository) < Role.TRIAGE:
            raise Refused(Reason.FORBIDDEN, f"{by.login} does not have the correct permissions to execute this")
        return by
    if isinstance(found, PullRequest) and viewer.allows(repository, "pull_requests", Access.WRITE):
        return rules.require(viewer, repository, "pull_requests", Access.WRITE)
    return rules.require(viewer, repository, "issues", Access.WRITE)


def _add_comment(info: Info, given: Input) -> Payload:
    subject = node(info, given["subject_id"], Conversation)
    comment = subject.comment(given["body"], by=_require(info, subject, Access.READ))
    return {"commentEdge": Edge(comment, comment, ""), "subject": subject}


def _own_comment(info: Info, identifier: str) -> tuple[Comment, User]:
    """Return a comment and the acting user: its author, or a person with write access."""
    comment = node(info, identifier, Comment)
    viewer = context(info).viewer
    own = viewer.actor is comment.author
    if not own and viewer.installation is None and rules.viewer_permission(viewer, comment.repository) < Role.WRITE:
        raise Refused(Reason.FORBIDDEN, f"{context(info).actor.login} does not have permission to update the comment")
    return comment, _require(info, comment.conversation, Access.READ if own else Access.WRITE)


def _update_comment(info: Info, given: Input) -> Payload:
    comment, by = _own_comment(info, given["id"])
    comment.edit(given["body"], by=by)
    return {"issueComment": comment}


def _delete_comment(info: Info, given: Input) -> Payload:
    comment, by = _own_comment(info, given["id"])
    comment.delete(by=by)
    return {}


def _subject(info: Info, identifier: str) -> tuple[Reactable, User]:
    subject = node(info, identifier, Reactable)
    if isinstance(subject, Comment):
        return subject, _require(info, subject.conversation, Access.READ)
    if isinstance(subject, Conversation):
        return subject, _require(info, subject, Access.READ)
    return subject, rules.require(context(info).viewer, subject.repository, "pull_requests", Access.READ)


def _add_reaction(info: Info, given: Input) -> Payload:
    subject, by = _subject(info, given["subject_id"])
    reaction = subject.react(ReactionContent(given["content"]), by=by)
    return {"reaction": reaction, "subject": subject, "reactionGroups": reaction_groups(subject)}


def _remove_reaction(info: Info, given: Input) -> Payload:
    subject, by = _subject(info, given["subject_id"])
    reaction = subject.unreact(ReactionContent(given["content"]), by=by)
    return {"reaction": reaction, "subject": subject, "reactionGroups": reaction_groups(subject)}


def _labels(info: Info, where: CodeRepository, identifiers: list[str]) -> list[Label]:
    found = [node(info, identifier, Label) for identifier in identifiers]
    for label in found:
        if label.repository is not where:
            raise Refused(Reason.UNPROCESSABLE, f"Label {label.name} does not belong to {where.full_name}")
    return found


def _add_labels(info: Info, given: Input) -> Payload:
    target = node(info, given["labelable_id"], Conversation)
    by = _require(info, target, Access.WRITE)
    target.add_labels(*_labels(info, target.repository, given["label_ids"]), by=by)
    return {"labelable": target}


def _remove_labels(info: Info, given: Input) -> Payload:
    target = node(info, given["labelable_id"], Conversation)
    by = _require(info, target, Access.WRITE)
    target.remove_labels(*_labels(info, target.repository, given["label_ids"]), by=by)
    return {"labelable": target}


def _create_label(info: Info, given: Input) -> Payload:
    where = repository(info, given["repository_id"])
    by = rules.require(context(info).viewer, where, "issues")
    if given["name"].lower() in where.labels:
        raise Refused(
            Reason.UNPROCESSABLE, "Name has already been taken", resource="Label", field="name", code="already_exists"
        )
    return {"label": where.label(given["name"], by=by, color=given["color"], description=given.get("description"))}


def _create_issue(info: Info, given: Input) -> Payload:
    where = repository(info, given["repository_id"])
    viewer = context(info).viewer
    by = rules.require(viewer, where, "issues", Access.WRITE if viewer.installation else Access.READ)
    labels = _labels(info, where, given.get("label_ids") or [])
    issue = where.open_issue(given["title"], by=by, body=given.get("body") or "", labels=labels)
    issue.assignees += [node(info, identifier, User) for identifier in given.get("assignee_ids") or ()]
    return {"issue": issue}


def _own_issue(info: Info, identifier: str) -> tuple[Issue, User]:
    issue = node(info, identifier, Issue)
    own = context(info).viewer.actor is issue.author
    return issue, _require(info, issue, Access.READ if own else Access.WRITE)


def _update_issue(info: Info, given: Input) -> Payload:
    issue, by = _own_issue(info, given["id"])
    issue.edit(by=by, title=given.get("title"), body=given.get("body"))
    if given.get("label_ids") is not None:
        wanted = _labels(info, issue.repository, given["label_ids"])
        issue.remove_labels(*[label for label in tuple(issue.labels) if label not in wanted], by=by)
        issue.add_labels(*wanted, by=by)
    if given.get("assignee_ids") is not None:
        issue.assignees[:] = [node(info, identifier, User) for identifier in given["assignee_ids"]]
    if given.get("state") == "CLOSED":
        issue.close(by=by)
    elif given.get("state") == "OPEN":
        issue.reopen(by=by)
    return {"issue": issue, "actor": by}


def _close_issue(info: Info, given: Input) -> Payload:
    issue, by = _own_issue(info, given["issue_id"])
    issue.close(by=by, reason=StateReason(given.get("state_reason") or "COMPLETED"))
    return {"issue": issue}


def _reopen_issue(info: Info, given: Input) -> Payload:
    issue, by = _own_issue(info, given["issue_id"])
    issue.reopen(by=by)
    return {"issue": issue}


MUTATIONS = {
    "addComment": resolver(_add_comment),
    "updateIssueComment": resolver(_update_comment),
    "deleteIssueComment": resolver(_delete_comment),
    "addReaction": resolver(_add_reaction),
    "removeReaction": resolver(_remove_reaction),
    "addLabelsToLabelable": resolver(_add_labels),
    "removeLabelsFromLabelable": resolver(_remove_labels),
    "createLabel": resolver(_create_label),
    "createIssue": resolver(_create_issue),
    "updateIssue": resolver(_update_issue),
    "closeIssue": resolver(_close_issue),
    "reopenIssue": resolver(_reopen_issue),
}
