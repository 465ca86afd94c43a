"""Issues, comments, labels and reactions; pull requests are issues here too."""

from collections.abc import Callable

from bot.simulator.github.access.rules import NOT_ACCESSIBLE, viewer_permission
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.conversations.conversation import Comment, Conversation, LockReason, State
from bot.simulator.github.model.conversations.issues import Issue, StateReason
from bot.simulator.github.model.conversations.reactions import Reactable, ReactionContent
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.rest.bodies import Invalid
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Permission, Routes, created, ok
from bot.simulator.github.rest.resources.labels import conversation_of, replace_labels
from bot.simulator.github.views import issues as views

routes = Routes()

READ = Permission("issues", Access.READ)

WRITE = Permission("issues", Access.WRITE)


@routes.get("/repos/{owner}/{repo}/issues", READ)
def list_issues(call: Call) -> Answer:
    """List issues, including pull requests, newest first."""
    wanted, labels, since = call.query.get("state", "open"), _names(call.query.get("labels")), call.moment("since")
    found = [
        one
        for one in call.repository.conversations.values()
        if wanted in {"all", views.state(one)}
        and labels <= {label.name.lower() for label in one.labels}
        and (since is None or one.updated_at.replace(microsecond=0) >= since)
        and _concerns(call, one)
    ]
    found = call.ordered(found, ORDERS)
    return call.page(found, lambda one: views.issue(call.links, one))


ORDERS: dict[str, Callable[[Conversation], object]] = {
    "created": lambda one: (one.created_at, one.number),
    "updated": lambda one: (one.updated_at, one.number),
    "comments": lambda one: (len(one.comments), one.number),
}


def _concerns(call: Call, one: Conversation) -> bool:
    """Report whether an issue matches `creator`, `assignee` (a login, `none` or `*`) and `mentioned`."""
    creator, assignee = call.query.get("creator", "").lower(), call.query.get("assignee", "").lower()
    mentioned, assigned = call.query.get("mentioned"), {user.login.lower() for user in one.assignees}
    if creator not in {"", one.author.login.lower()}:
        return False
    if mentioned is not None and not any(
        f"@{mentioned}" in text for text in (one.body, *(c.body for c in one.comments))
    ):
        return False
    return {"": True, "none": not assigned, "*": bool(assigned)}.get(assignee, assignee in assigned)


@routes.post("/repos/{owner}/{repo}/issues", WRITE)
def create_issue(call: Call) -> Answer:
    labels = [call.repository.label(name, by=call.actor) for name in call.body.texts("labels")]
    made = call.repository.open_issue(
        call.body.text("title"), by=call.actor, body=call.body.optional_text("body") or "", labels=labels
    )
    return created(views.full_issue(call.links, made))


@routes.get("/repos/{owner}/{repo}/issues/{issue_number}", READ)
def get_issue(call: Call) -> Answer:
    return ok(views.full_issue(call.links, conversation_of(call)))


@routes.patch("/repos/{owner}/{repo}/issues/{issue_number}", WRITE)
def change_issue(call: Call) -> Answer:
    one, body = conversation_of(call), call.body
    one.edit(by=call.actor, title=body.optional_text("title"), body=body.optional_text("body"))
    if "labels" in body:
        replace_labels(call, one, body.texts("labels"))
    _change_state(call, one)
    return ok(views.full_issue(call.links, one))


def _change_state(call: Call, one: Conversation) -> None:
    match call.body.optional_text("state"), one:
        case None, _:
            return
        case "closed", Issue():
            reason = call.body.choice("state_reason", StateReason)
            one.close(by=call.actor, reason=reason or StateReason.COMPLETED)
        case "closed", PullRequest() if one.state is State.OPEN:
            one.close(by=call.actor)
        case "open", (Issue() | PullRequest()) if one.state is State.CLOSED:
            one.reopen(by=call.actor)
        case "open" | "closed", _:
            return
        case other, _:
            raise Invalid(f'"{other}" is not a member of ["open", "closed"].')


@routes.put("/repos/{owner}/{repo}/issues/{issue_number}/lock", WRITE)
def lock(call: Call) -> Answer:
    """Lock a conversation; requires write access: https://docs.github.com/en/rest/issues/issues#lock-an-issue"""
    _check_may_lock(call)
    given = call.body.optional_text("lock_reason")
    found = next((reason for reason in LockReason if reason.value == given), None)
    if given is not None and found is None:
        raise Invalid(f'"{given}" is not a member of [{", ".join(reason.value for reason in LockReason)}].')
    conversation_of(call).lock(by=call.actor, reason=found)
    return NO_CONTENT


@routes.delete("/repos/{owner}/{repo}/issues/{issue_number}/lock", WRITE)
def unlock(call: Call) -> Answer:
    _check_may_lock(call)
    conversation_of(call).unlock(by=call.actor)
    return NO_CONTENT


def _check_may_lock(call: Call) -> None:
    if viewer_permission(call.caller, call.repository) < Role.WRITE:
        raise Refused(Reason.FORBIDDEN, NOT_ACCESSIBLE)


# -- comments ----------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/issues/{issue_number}/comments", READ)
def list_comments(call: Call) -> Answer:
    since = call.moment("since")
    found = [
        one for one in conversation_of(call).comments if since is None or one.updated_at.replace(microsecond=0) >= since
    ]
    return call.page(found, lambda one: views.comment(call.links, one))


@routes.post("/repos/{owner}/{repo}/issues/{issue_number}/comments", WRITE)
def create_comment(call: Call) -> Answer:
    return created(views.comment(call.links, conversation_of(call).comment(call.body.text("body"), by=call.actor)))


@routes.get("/repos/{owner}/{repo}/issues/comments", READ)
def list_all_comments(call: Call) -> Answer:
    """List the comments of all issues and pull requests; `since` filters by the last change.

    https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository
    """
    query = call.query
    by_change = query.get("sort") == "updated"
    since = call.moment("since")
    found = [
        one
        for conversation in call.repository.conversations.values()
        for one in conversation.comments
        if since is None or one.updated_at.replace(microsecond=0) >= since
    ]
    ordered = sorted(
        found,
        key=lambda one: (one.updated_at if by_change else one.created_at, one.id),
        reverse="sort" in query and query.get("direction") == "desc",
    )
    return call.page(ordered, lambda one: views.comment(call.links, one))


@routes.get("/repos/{owner}/{repo}/issues/comments/{comment_id}", READ)
def get_comment(call: Call) -> Answer:
    return ok(views.comment(call.links, _comment(call)))


@routes.patch("/repos/{owner}/{repo}/issues/comments/{comment_id}", WRITE)
def change_comment(call: Call) -> Answer:
    one = _comment(call)
    one.edit(call.body.text("body"), by=call.actor)
    return ok(views.comment(call.links, one))


@routes.delete("/repos/{owner}/{repo}/issues/comments/{comment_id}", WRITE)
def delete_comment(call: Call) -> Answer:
    _comment(call).delete(by=call.actor)
    return NO_CONTENT


# -- reactions ---------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", READ)
def list_comment_reactions(call: Call) -> Answer:
    return call.page(_comment(call).reactions, lambda one: views.reaction(call.links, one))


@routes.post("/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", WRITE)
def react_to_comment(call: Call) -> Answer:
    return _react(call, _comment(call))


@routes.delete("/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}", WRITE)
def take_back_from_comment(call: Call) -> Answer:
    return _take_back(call, _comment(call))


@routes.get("/repos/{owner}/{repo}/issues/{issue_number}/reactions", READ)
def list_issue_reactions(call: Call) -> Answer:
    return call.page(conversation_of(call).reactions, lambda one: views.reaction(call.links, one))


@routes.post("/repos/{owner}/{repo}/issues/{issue_number}/reactions", WRITE)
def react_to_issue(call: Call) -> Answer:
    return _react(call, conversation_of(call))


@routes.delete("/repos/{owner}/{repo}/issues/{issue_number}/reactions/{reaction_id}", WRITE)
def take_back_from_issue(call: Call) -> Answer:
    return _take_back(call, conversation_of(call))


def _react(call: Call, to: Reactable) -> Answer:
    """Add a reaction: 201 for a new one, 200 for an existing one."""
    wanted = call.body.text("content")
    for content in ReactionContent:
        if content.rest == wanted:
            known = len(to.reactions)
            made = views.reaction(call.links, to.react(content, by=call.actor))
            return created(made) if len(to.reactions) > known else ok(made)
    raise Invalid(f'"{wanted}" is not a member of [{", ".join(content.rest for content in ReactionContent)}].')


def _take_back(call: Call, of: Reactable) -> Answer:
    for found in of.reactions:
        if found.id == call.number("reaction_id"):
            if found.user is not call.actor:
                raise Refused(Reason.FORBIDDEN, "Resource not accessible by integration")
            of.unreact(found.content, by=call.actor)
            return NO_CONTENT
    raise not_found("Not Found")


def _names(listed: str | None) -> set[str]:
    return {name.strip().lower() for name in listed.split(",")} if listed else set()


def _comment(call: Call) -> Comment:
    identifier = call.number("comment_id")
    for conversation in call.repository.conversations.values():
        for one in conversation.comments:
            if one.id == identifier:
                return one
    raise not_found("Not Found")
