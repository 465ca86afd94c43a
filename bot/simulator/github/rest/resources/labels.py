"""Labels of a repository, and on its issues and pull requests."""

from collections.abc import Iterable
from typing import Any

from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.conversations.conversation import Conversation
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Permission, Routes, created, ok
from bot.simulator.github.views import issues as views

routes = Routes()

READ = Permission("issues", Access.READ)

WRITE = Permission("issues", Access.WRITE)

DEFAULT_COLOUR = "ededed"


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
    """Delete a label; it disappears from everything that has it."""
    call.repository.delete_label(_label(call.repository, call.parameters["name"]), by=call.actor)
    return NO_CONTENT


@routes.get("/repos/{owner}/{repo}/issues/{issue_number}/labels", READ)
def list_labels_on(call: Call) -> Answer:
    return call.page(conversation_of(call).labels, lambda one: views.label(call.links, one))


@routes.post("/repos/{owner}/{repo}/issues/{issue_number}/labels", WRITE)
def add_labels(call: Call) -> Answer:
    one = conversation_of(call)
    one.add_labels(*_made(call, call.body.texts("labels")), by=call.actor)
    return ok(_labels(call, one.labels))


@routes.put("/repos/{owner}/{repo}/issues/{issue_number}/labels", WRITE)
def set_labels(call: Call) -> Answer:
    one = conversation_of(call)
    replace_labels(call, one, call.body.texts("labels"))
    return ok(_labels(call, one.labels))


@routes.delete("/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", WRITE)
def remove_label(call: Call) -> Answer:
    one, name = conversation_of(call), call.parameters["name"].lower()
    found = [label for label in one.labels if label.name.lower() == name]
    if not found:
        raise not_found("Label does not exist")
    one.remove_labels(*found, by=call.actor)
    return ok(_labels(call, one.labels))


def _made(call: Call, names: Iterable[str]) -> list[Label]:
    """Return labels by name, created if needed, as GitHub does for people with write access."""
    return [call.repository.label(name, by=call.actor) for name in names]


def replace_labels(call: Call, one: Conversation, names: list[str]) -> None:
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


def conversation_of(call: Call) -> Conversation:
    """Return the issue or pull request of the path."""
    found = call.repository.conversations.get(call.number("issue_number"))
    if found is None:
        raise not_found("Not Found")
    return found
