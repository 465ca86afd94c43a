"""Issues, comments, labels and reactions; pull requests are issues here too."""

from collections.abc import Callable, Iterable
from typing import Any

from bot.simulator.github.access.rules import NOT_ACCESSIBLE, viewer_permission
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.conversations.conversation import Comment, Conversation, LockReason, State
from bot.simulator.github.model.conversations.issues import Issue, StateReason
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.conversations.reactions import Reactable, ReactionContent
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Invalid, Permission, Routes, created, ok
from bot.simulator.github.views import issues as views

routes = Routes()

READ = Permission("issues", Access.READ)
WRITE = Permission("issues", Access.WRITE)
DEFAULT_COLOUR = "ededed"


@routes.get("/repos/{owner}/{repo}/issues", READ)
def list_issues(call: Call) -> Answer:
    """Newest first; pull requests are among them."""
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
    """Whether `creator`, `assignee` (a login, `none` or `*`) and `mentioned` let it pass."""
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
    return ok(views.full_issue(call.links, _conversation(call)))


@routes.patch("/repos/{owner}/{repo}/issues/{issue_number}", WRITE)
def change_issue(call: Call) -> Answer:
    one, body = _conversation(call), call.body
    one.edit(by=call.actor, title=body.optional_text("title"), body=body.optional_text("body"))
    if "labels" in body:
        _replace_labels(call, one, body.texts("labels"))
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
    """For people with write access: https://docs.github.com/en/rest/issues/issues#lock-an-issue"""
    _check_may_lock(call)
    given = call.body.optional_text("lock_reason")
    found = next((reason for reason in LockReason if reason.value == given), None)
    if given is not None and found is None:
        raise Invalid(f'"{given}" is not a member of [{", ".join(reason.value for reason in LockReason)}].')
    _conversation(call).lock(by=call.actor, reason=found)
    return NO_CONTENT


@routes.delete("/repos/{owner}/{repo}/issues/{issue_number}/lock", WRITE)
def unlock(call: Call) -> Answer:
    _check_may_lock(call)
    _conversation(call).unlock(by=call.actor)
    return NO_CONTENT


def _check_may_lock(call: Call) -> None:
    if viewer_permission(call.caller, call.repository) < Role.WRITE:
        raise Refused(Reason.FORBIDDEN, NOT_ACCESSIBLE)


# -- comments ----------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/issues/{issue_number}/comments", READ)
def list_comments(call: Call) -> Answer:
    since = call.moment("since")
    found = [
        one for one in _conversation(call).comments if since is None or one.updated_at.replace(microsecond=0) >= since
    ]
    return call.page(found, lambda one: views.comment(call.links, one))


@routes.post("/repos/{owner}/{repo}/issues/{issue_number}/comments", WRITE)
def create_comment(call: Call) -> Answer:
    return created(views.comment(call.links, _conversation(call).comment(call.body.text("body"), by=call.actor)))


@routes.get("/repos/{owner}/{repo}/issues/comments", READ)
def list_all_comments(call: Call) -> Answer:
    """Of all issues and pull requests; `since` is about the last change.

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
    return call.page(_conversation(call).reactions, lambda one: views.reaction(call.links, one))


@routes.post("/repos/{owner}/{repo}/issues/{issue_number}/reactions", WRITE)
def react_to_issue(call: Call) -> Answer:
    return _react(call, _conversation(call))


@routes.delete("/repos/{owner}/{repo}/issues/{issue_number}/reactions/{reaction_id}", WRITE)
def take_back_from_issue(call: Call) -> Answer:
    return _take_back(call, _conversation(call))


def _react(call: Call, to: Reactable) -> Answer:
    """201 for a new reaction, 200 for one that was there."""
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


# -- labels ------------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/labels", READ)
def list_labels(call: Call) -> Answer:
    return call.page(list(call.repository.labels.values()), lambda one: views.label(call.links, one))


@routes.post("/repos/{owner}/{repo}/labels", WRITE)
def create_label(call: Call) -> Answer:
    name = call.body.text("name")
    if name.lower() in call.repository.labels:
        raise Refused(Reason.UNPROCESSABLE, "Validation Failed", resource="Label", field="name", code="already_exists")
    made = call.repository.label(
        name,
        by=call.actor,
        color=call.body.optional_text("color") or DEFAULT_COLOUR,
        description=call.body.optional_text("description"),
    )
    return created(views.label(call.links, made))


@routes.get("/repos/{owner}/{repo}/labels/{name}", READ)
def get_label(call: Call) -> Answer:
    return ok(views.label(call.links, _label(call.repository, call.parameters["name"])))


@routes.patch("/repos/{owner}/{repo}/labels/{name}", WRITE)
def change_label(call: Call) -> Answer:
    one, body = _label(call.repository, call.parameters["name"]), call.body
    former = one.name.lower()
    one.edit(
        by=call.actor,
        name=body.optional_text("new_name"),
        color=body.optional_text("color"),
        description=body.optional_text("description"),
    )
    call.repository.labels[one.name.lower()] = call.repository.labels.pop(former)
    return ok(views.label(call.links, one))


@routes.delete("/repos/{owner}/{repo}/labels/{name}", WRITE)
def delete_label(call: Call) -> Answer:
    """It comes off everything that has it."""
    call.repository.delete_label(_label(call.repository, call.parameters["name"]), by=call.actor)
    return NO_CONTENT


@routes.get("/repos/{owner}/{repo}/issues/{issue_number}/labels", READ)
def list_labels_on(call: Call) -> Answer:
    return call.page(_conversation(call).labels, lambda one: views.label(call.links, one))


@routes.post("/repos/{owner}/{repo}/issues/{issue_number}/labels", WRITE)
def add_labels(call: Call) -> Answer:
    one = _conversation(call)
    one.add_labels(*_made(call, call.body.texts("labels")), by=call.actor)
    return ok(_labels(call, one.labels))


@routes.put("/repos/{owner}/{repo}/issues/{issue_number}/labels", WRITE)
def set_labels(call: Call) -> Answer:
    one = _conversation(call)
    _replace_labels(call, one, call.body.texts("labels"))
    return ok(_labels(call, one.labels))


@routes.delete("/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", WRITE)
def remove_label(call: Call) -> Answer:
    one, name = _conversation(call), call.parameters["name"].lower()
    found = [label for label in one.labels if label.name.lower() == name]
    if not found:
        raise not_found("Label does not exist")
    one.remove_labels(*found, by=call.actor)
    return ok(_labels(call, one.labels))


def _made(call: Call, names: Iterable[str]) -> list[Label]:
    """Labels that are not there yet are made, as GitHub does for those who may write."""
    return [call.repository.label(name, by=call.actor) for name in names]


def _replace_labels(call: Call, one: Conversation, names: list[str]) -> None:
    wanted = _made(call, names)
    one.remove_labels(*[label for label in one.labels if label not in wanted], by=call.actor)
    one.add_labels(*wanted, by=call.actor)


def _labels(call: Call, labels: Iterable[Label]) -> list[dict[str, Any]]:
    return [views.label(call.links, one) for one in labels]


def _label(repository: Repository, name: str) -> Label:
    found = repository.labels.get(name.lower())
    if found is None:
        raise not_found("Not Found")
    return found


def _names(listed: str | None) -> set[str]:
    return {name.strip().lower() for name in listed.split(",")} if listed else set()


def _conversation(call: Call) -> Conversation:
    found = call.repository.conversations.get(call.number("issue_number"))
    if found is None:
        raise not_found("Not Found")
    return found


def _comment(call: Call) -> Comment:
    identifier = call.number("comment_id")
    for conversation in call.repository.conversations.values():
        for one in conversation.comments:
            if one.id == identifier:
                return one
    raise not_found("Not Found")
