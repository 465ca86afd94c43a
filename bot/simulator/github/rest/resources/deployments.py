"""Deployments: https://docs.github.com/en/rest/deployments/deployments"""

import re

from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.deployments.deployments import Deployment, DeploymentRequest, DeploymentState
from bot.simulator.github.model.world.errors import Reason, Refused, not_found, unprocessable
from bot.simulator.github.rest.bodies import Fields, Invalid
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Permission, Routes, created, ok
from bot.simulator.github.rest.resources.git import commit_of
from bot.simulator.github.views import deployments as views

routes = Routes()

READ = Permission("deployments", Access.READ)

WRITE = Permission("deployments", Access.WRITE)

DEPLOYMENTS = "/repos/{owner}/{repo}/deployments"

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")

ANY = "none"
"""In a query, as if the parameter was left out."""


@routes.get(DEPLOYMENTS, READ)
def list_deployments(call: Call) -> Answer:
    """List deployments, newest first."""
    found = [one for one in reversed(call.repository.deployments.all) if _wanted(call, one)]
    return call.page(found, lambda one: views.deployment(call.links, one))


def _wanted(call: Call, one: Deployment) -> bool:
    has = {"sha": one.request.sha, "ref": one.request.ref, "task": one.request.task, "environment": one.environment}
    return all(call.query.get(name, ANY) in {ANY, value} for name, value in has.items())


@routes.post(DEPLOYMENTS, WRITE)
def create_deployment(call: Call) -> Answer:
    """Create one. If the ref is a branch behind the default branch, that is merged into it first, and nothing is created."""
    body, repository = call.body, call.repository
    ref = body.text("ref")
    try:
        sha = commit_of(repository, ref).oid
    except Refused:
        raise unprocessable(f"No ref found for: {ref}") from None
    if (not _given(call, "auto_merge") or body.flag("auto_merge")) and _merges(call, ref, sha):
        message = f"Auto-merged {repository.default_branch} into {ref} on deployment."
        return Answer(status=202, body={"message": message})
    request = DeploymentRequest(
        ref=ref,
        sha=sha,
        task=body.optional_text("task") or "deploy",
        environment=body.optional_text("environment") or "production",
        description=body.optional_text("description"),
        payload=dict(body.pairs()).get("payload", ""),
        required_contexts=tuple(body.texts("required_contexts")) if _given(call, "required_contexts") else None,
        transient=body.flag("transient_environment"),
        production=body.flag("production_environment") if _given(call, "production_environment") else None,
    )
    if not isinstance(request.payload, str | dict):
        raise Invalid("For 'properties/payload', the value is not a string or an object.")
    return created(views.deployment(call.links, repository.deployments.create(request, by=call.actor)))


def _given(call: Call, name: str) -> bool:
    return name in call.body


def _merges(call: Call, ref: str, sha: str) -> bool:
    """Merge the default branch into a branch that is behind it; report whether there was something to merge."""
    repository = call.repository
    head = repository.head()
    if repository.find_branch(ref) is None or repository.history.is_ancestor(head, of=sha):
        return False
    tree = repository.history.merged_tree(sha, head)
    if tree is None:
        raise Refused(Reason.CONFLICT, f"Conflict merging {repository.default_branch} into {ref}.")
    person = call.github.person(call.actor)
    message = f"Merge branch '{repository.default_branch}' into {ref}"
    merged = repository.store.write_commit(
        tree=tree, parents=[sha, head], message=message, author=person, committer=person
    )
    repository.move_ref(f"refs/heads/{ref}", before=sha, after=merged, by=call.actor)
    return True


@routes.get(f"{DEPLOYMENTS}/{{deployment_id}}", READ)
def get_deployment(call: Call) -> Answer:
    return ok(views.deployment(call.links, _deployment(call)))


@routes.delete(f"{DEPLOYMENTS}/{{deployment_id}}", WRITE)
def delete_deployment(call: Call) -> Answer:
    call.repository.deployments.delete(_deployment(call))
    return NO_CONTENT


@routes.get(f"{DEPLOYMENTS}/{{deployment_id}}/statuses", READ)
def list_statuses(call: Call) -> Answer:
    """List the statuses, newest first."""
    one = _deployment(call)
    return call.page(one.statuses[::-1], lambda each: views.status(call.links, one, each))


@routes.post(f"{DEPLOYMENTS}/{{deployment_id}}/statuses", WRITE)
def create_status(call: Call) -> Answer:
    """Add a status: https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status"""
    one, body = _deployment(call), call.body
    state = body.choice("state", DeploymentState)
    if state is None:
        raise Invalid('"state" wasn\'t supplied.')
    made = call.repository.deployments.set_state(
        one,
        state,
        by=call.actor,
        description=body.optional_text("description") or "",
        log_url=_address(body, "log_url") or _address(body, "target_url"),
        environment_url=_address(body, "environment_url"),
        environment=body.optional_text("environment"),
        auto_inactive=not _given(call, "auto_inactive") or body.flag("auto_inactive"),
    )
    return created(views.status(call.links, one, made))


def _address(body: Fields, name: str) -> str:
    """Return an address, '' where it is not given. In answers it is a URI, so nothing else is taken."""
    given = body.optional_text(name) or ""
    if given and not _ADDRESS.fullmatch(given):
        raise Invalid(f"{name} must use http(s) scheme")
    return given


@routes.get(f"{DEPLOYMENTS}/{{deployment_id}}/statuses/{{status_id}}", READ)
def get_status(call: Call) -> Answer:
    one, identifier = _deployment(call), call.number("status_id")
    found = next((each for each in one.statuses if each.id == identifier), None)
    if found is None:
        raise not_found("Not Found")
    return ok(views.status(call.links, one, found))


def _deployment(call: Call) -> Deployment:
    identifier = call.number("deployment_id")
    found = next((each for each in call.repository.deployments.all if each.id == identifier), None)
    if found is None:
        raise not_found("Not Found")
    return found
