"""Issues, comments, labels and reactions; and pull requests where REST treats them as issues."""

from collections import Counter
from typing import Any

from bot.simulator.github.access.rules import author_association
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import Bot
from bot.simulator.github.model.conversations.conversation import Comment, Conversation, State
from bot.simulator.github.model.conversations.issues import Issue
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.conversations.reactions import Reactable, Reaction, ReactionContent
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.views.accounts import account, app, moment, optional_account, optional_moment
from bot.simulator.github.views.links import Links, escaped

Json = dict[str, Any]


def label(links: Links, one: Label) -> Json:
    return {
        "id": one.id,
        "node_id": one.node_id,
        "url": f"{links.repository(one.repository)}/labels/{escaped(one.name).replace('/', '%2F')}",
        "name": one.name,
        "color": one.color,
        "default": False,
        "description": one.description,
    }


def reaction(links: Links, one: Reaction) -> Json:
    return {
        "id": one.id,
        "node_id": one.node_id,
        "user": account(links, one.user),
        "content": one.content.rest,
        "created_at": moment(one.created_at),
    }


def reactions(url: str, of: Reactable) -> Json:
    """Return the number of reactions of each kind."""
    counted = Counter(found.content for found in of.reactions)
    return {
        "url": f"{url}/reactions",
        "total_count": len(of.reactions),
        **{content.rest: counted[content] for content in ReactionContent},
    }


def comment(links: Links, one: Comment) -> Json:
    """Return a comment of an issue or pull request."""
    conversation, api = one.conversation, links.repository(one.repository)
    url = f"{api}/issues/comments/{one.id}"
    return {
        "id": one.id,
        "node_id": one.node_id,
        "url": url,
        "html_url": f"{page(links, conversation)}#issuecomment-{one.id}",
        "issue_url": f"{api}/issues/{conversation.number}",
        "user": account(links, one.author),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "body": one.body,
        "author_association": author_association(one.repository, one.author),
        "reactions": reactions(url, one),
        "performed_via_github_app": through_app(links, one.author),
    }


def through_app(links: Links, author: User) -> Json | None:
    """Return the App that wrote something, or None for a person."""
    return app(links, author.app) if isinstance(author, Bot) else None


def page(links: Links, one: Conversation) -> str:
    """Return the address of its page."""
    section = "pull" if isinstance(one, PullRequest) else "issues"
    return f"{links.repository_page(one.repository)}/{section}/{one.number}"


def issue(links: Links, one: Conversation) -> Json:
    """Return an issue, or a pull request in an issue's form."""
    url = f"{links.repository(one.repository)}/issues/{one.number}"
    shown: Json = {
        "url": url,
        "repository_url": links.repository(one.repository),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page(links, one),
        "id": one.id,
        "node_id": one.node_id,
        "number": one.number,
        "title": one.title,
        "user": account(links, one.author),
        "labels": [label(links, found) for found in one.labels],
        "state": state(one),
        "state_reason": one.state_reason.value.lower() if isinstance(one, Issue) and one.state_reason else None,
        "locked": one.locked,
        "assignee": optional_account(links, one.assignees[0] if one.assignees else None),
        "assignees": [account(links, found) for found in one.assignees],
        "milestone": None,
        "comments": len(one.comments),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "closed_at": optional_moment(one.closed_at),
        "author_association": author_association(one.repository, one.author),
        "active_lock_reason": one.lock_reason.value if one.lock_reason else None,
        "body": one.body or None,
        "reactions": reactions(url, one),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": through_app(links, one.author),
    }
    if isinstance(one, PullRequest):
        shown["draft"] = one.is_draft
        shown["pull_request"] = {
            "url": f"{links.repository(one.repository)}/pulls/{one.number}",
            "html_url": page(links, one),
            "diff_url": f"{page(links, one)}.diff",
            "patch_url": f"{page(links, one)}.patch",
            "merged_at": optional_moment(one.merged_at),
        }
    return shown


def full_issue(links: Links, one: Conversation) -> Json:
    """Return the form of `GET …/issues/{issue_number}`, which has one more field than lists."""
    return issue(links, one) | {"closed_by": optional_account(links, one.closed_by)}


def state(one: Conversation) -> str:
    """Return `open` or `closed`, the only states in REST; merged is closed."""
    return "open" if one.state is State.OPEN else "closed"
