"""Resolvers shared by issues, pull requests, comments and reviews; resolvers of issues, reactions and labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.simulator.github.access import rules
from bot.simulator.github.graphql.context import Info, Resolver, Resolvers, always, context
from bot.simulator.github.graphql.ordering import Order, ordered
from bot.simulator.github.graphql.paging import Page, paginate
from bot.simulator.github.graphql.resolvers.accounts import first_of
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.conversations.conversation import Comment, Conversation, State
from bot.simulator.github.model.conversations.issues import Issue
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.conversations.reactions import Reactable, Reaction, ReactionContent
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.reviews import Review


@dataclass(frozen=True, slots=True)
class ReactionGroup:
    """All reactions of one kind to one subject."""

    subject: Reactable
    content: ReactionContent
    reactions: tuple[Reaction, ...]

    @property
    def created_at(self) -> datetime | None:
        """Return the time of the first reaction."""
        return self.reactions[0].created_at if self.reactions else None


def reaction_groups(subject: Reactable) -> list[ReactionGroup]:
    """Return one group per kind, including empty ones, as GitHub does."""
    return [
        ReactionGroup(subject, content, tuple(found for found in subject.reactions if found.content is content))
        for content in ReactionContent
    ]


def _viewer_reacted(group: ReactionGroup, info: Info) -> bool:
    viewer = context(info).viewer.actor
    return any(reaction.user is viewer for reaction in group.reactions)


def _reactions(subject: Reactable, info: Info, content: str | None = None, **bounds: object) -> Page:
    found = [reaction for reaction in subject.reactions if content in {None, reaction.content.value}]
    return paginate(info, found, bounds)


def _reactors(group: ReactionGroup, info: Info, **bounds: object) -> Page:
    return paginate(info, [(reaction.user, reaction.created_at) for reaction in group.reactions], bounds, first_of)


def filtered_pulls(info: Info, pulls: Iterable[PullRequest], arguments: Mapping[str, object]) -> Page:
    """Return the page of pull requests that a connection's arguments select."""
    bounds = dict(arguments)
    order = bounds.pop("order_by", None)
    states, labels = bounds.pop("states", None), bounds.pop("labels", None)
    head, base = bounds.pop("head_ref_name", None), bounds.pop("base_ref_name", None)
    found = [
        pull
        for pull in pulls
        if _has(pull, states, labels) and head in {None, pull.head_ref} and base in {None, pull.base_ref}
    ]
    return paginate(info, ordered(found, order), bounds)  # type: ignore[arg-type] # the schema has typed it


def filtered_issues(info: Info, issues: Iterable[Issue], arguments: Mapping[str, object]) -> Page:
    """Return the page of issues that a connection's arguments select, including `filterBy`."""
    bounds = dict(arguments)
    order = bounds.pop("order_by", None)
    filters: dict[str, object] = {**(bounds.pop("filter_by", None) or {})}  # type: ignore[dict-item]
    states, labels = bounds.pop("states", None), bounds.pop("labels", None)
    found = [
        issue
        for issue in issues
        if _has(issue, states, labels)
        and _has(issue, filters.get("states"), filters.get("labels"))
        and _concerns(issue, filters)
    ]
    return paginate(info, ordered(found, order), bounds)  # type: ignore[arg-type] # the schema has typed it


def _concerns(issue: Issue, filters: Mapping[str, object]) -> bool:
    since = filters.get("since")
    if isinstance(since, datetime) and issue.updated_at < since:
        return False
    if filters.get("created_by") not in {None, issue.author.login, issue.author.graphql_login}:
        return False
    mentioned = filters.get("mentioned")
    if mentioned and not any(
        f"@{mentioned}" in text for text in (issue.body, *(found.body for found in issue.comments))
    ):
        return False
    return _assigned(issue, filters)


def _assigned(issue: Issue, filters: Mapping[str, object]) -> bool:
    assignees = {user.login for user in issue.assignees}
    wanted = filters.get("assignee", "")  # absent: all; null: without an assignee; a star: with any
    if wanted is None:
        return not assignees
    return wanted == "" or (bool(assignees) if wanted == "*" else wanted in assignees)


def _has(conversation: Conversation, states: object, labels: object) -> bool:
    if isinstance(states, list) and conversation.state.value not in states:
        return False
    return not isinstance(labels, list) or any(label.name in labels for label in conversation.labels)


def _labels(conversation: Conversation, info: Info, order_by: Order | None = None, **bounds: object) -> Page:
    return paginate(info, ordered(conversation.labels, order_by), bounds)


def _comments(conversation: Conversation, info: Info, order_by: Order | None = None, **bounds: object) -> Page:
    return paginate(info, ordered(conversation.comments, order_by), bounds)


def path_of(found: Conversation | Comment | Review) -> str:
    """Return the path of its page."""
    if isinstance(found, Comment):
        return f"{path_of(found.conversation)}#issuecomment-{found.id}"
    if isinstance(found, Review):
        return f"{path_of(found.pull)}#pullrequestreview-{found.id}"
    kind = "pull" if isinstance(found, PullRequest) else "issues"
    return f"/{found.repository.full_name}/{kind}/{found.number}"


def _may_update(conversation: Conversation, info: Info) -> bool:
    viewer = context(info).viewer
    return viewer.actor is conversation.author or rules.viewer_permission(viewer, conversation.repository) >= Role.WRITE


REACTABLE: dict[str, Resolver] = {
    "id": lambda found, _: found.node_id,
    "databaseId": lambda found, _: found.id,
    "fullDatabaseId": lambda found, _: found.id,
    "reactionGroups": lambda found, _: reaction_groups(found),
    "reactions": _reactions,
    "viewerCanReact": lambda found, _: not found.is_locked,
}

COMMENT: dict[str, Resolver] = {
    **REACTABLE,
    "authorAssociation": lambda found, _: rules.author_association(found.repository, found.author),
    "bodyText": lambda found, _: found.body,
    "editor": lambda found, _: getattr(found, "editor", None),
    "includesCreatedEdit": lambda found, _: getattr(found, "last_edited_at", None) is not None,
    "lastEditedAt": lambda found, _: getattr(found, "last_edited_at", None),
    "publishedAt": lambda found, _: found.created_at,
    "viewerDidAuthor": lambda found, info: found.author is context(info).viewer.actor,
    "url": lambda found, info: context(info).html + path_of(found),
    "resourcePath": lambda found, _: path_of(found),
}

CONVERSATION: dict[str, Resolver] = {
    **COMMENT,
    "activeLockReason": lambda found, _: found.lock_reason and found.lock_reason.name,
    "closed": lambda found, _: found.state is not State.OPEN,
    "labels": _labels,
    "assignees": lambda found, info, **bounds: paginate(info, found.assignees, bounds),
    "comments": _comments,
    "viewerCanUpdate": _may_update,
    "milestone": always(None),
    "projectCards": lambda _, info, **bounds: paginate(info, (), bounds),
}


RESOLVERS: Resolvers = {
    "Issue": {
        **CONVERSATION,
        # A comment on a pull request has an `issue` too: GitHub keeps one for each pull request, and it is never merged.
        "state": lambda found, _: State.OPEN if found.state is State.OPEN else State.CLOSED,
        "stateReason": lambda found, _: getattr(found, "state_reason", None),
    },
    "IssueComment": {
        **COMMENT,
        "issue": lambda comment, _: comment.conversation,
        "pullRequest": lambda comment, _: (
            comment.conversation if isinstance(comment.conversation, PullRequest) else None
        ),
        "isMinimized": lambda comment, _: comment.minimized is not None,
        "minimizedReason": lambda comment, _: comment.minimized,
    },
    "ReactionGroup": {"viewerHasReacted": _viewer_reacted, "users": _reactors, "reactors": _reactors},
    "ReactingUserEdge": {"reactedAt": lambda edge, _: edge.item[1]},
    "ReactorEdge": {"reactedAt": lambda edge, _: edge.item[1]},
    "Reaction": {
        "id": lambda reaction, _: reaction.node_id,
        "databaseId": lambda reaction, _: reaction.id,
        "reactable": lambda reaction, _: reaction.subject,
    },
    "ReactionConnection": {
        "viewerHasReacted": lambda page, info: any(found.user is context(info).viewer.actor for found in page.all)
    },
    "Label": {
        "id": lambda label, _: label.node_id,
        "url": lambda label, info: f"{context(info).html}/{label.repository.full_name}/labels/{label.name}",
        "resourcePath": lambda label, _: f"/{label.repository.full_name}/labels/{label.name}",
        "isDefault": always(False),
    },
}

TYPES: dict[type, str] = {Issue: "Issue", Comment: "IssueComment", Reaction: "Reaction", Label: "Label"}
