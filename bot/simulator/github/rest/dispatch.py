"""From a REST request to its answer: authenticate, find the operation, authorise, and word refusals.

https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from bot.simulator.github.access.auth import Caller, Tokens
from bot.simulator.github.access.limits import Limits
from bot.simulator.github.access.rules import NOT_ACCESSIBLE, require
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused
from bot.simulator.github.rest import addresses, routes
from bot.simulator.github.rest.bodies import Fields, read_json
from bot.simulator.github.rest.call import Answer, Call, Credentials, Permission, Route
from bot.simulator.github.views.links import Links
from bot.simulator.github.webhooks.sending import Webhooks

DOCUMENTATION = "https://docs.github.com/rest"
BAD_JWT = "A JSON web token could not be decoded"

NOT_SIMULATED = 501
"""The status of operations that the simulator lacks, so that a client cannot mistake them for a missing object."""

STATUSES = {
    Reason.NOT_FOUND: 404,
    Reason.FORBIDDEN: 403,
    Reason.TOO_QUICKLY: 403,
    Reason.NOT_MERGEABLE: 405,
    Reason.HEAD_MODIFIED: 409,
    Reason.CONFLICT: 409,
}
"""Statuses of refusals; all others are 422."""

WORDLESS_CODES = {"missing", "missing_field", "invalid", "already_exists"}
"""Error codes to which GitHub adds no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A REST request. `path` is without the API's root, percent-encoded; `accept` is the header."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    accept: str
    caller: Caller
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The REST API of one simulated GitHub."""

    github: GitHub
    tokens: Tokens
    webhooks: Webhooks
    limits: Limits

    def answer(self, request: Request) -> Answer:
        """Answer any request, including refused ones."""
        self.github.finish_background_work()
        # HEAD is answered like GET; the server omits the body.
        method = "GET" if request.method == "HEAD" else request.method
        path = addresses.canonical(self.github, method, request.path)
        target = addresses.moved(self.github, path)
        if target is not None:
            return _redirect(method, request.links.api + target)
        found = routes.find(method, path)
        if found is None:
            return error(NOT_SIMULATED, f"The simulator does not know {request.method} {request.path}")
        route, encoded = found
        parameters = {name: unquote(value) for name, value in encoded.items()}
        try:
            return self._answer(request, route, parameters)
        except Refused as refused:
            return refusal(refused)

    def _answer(self, request: Request, route: Route, parameters: Mapping[str, str]) -> Answer:
        repository = self._repository(request.caller, parameters, sees_all=route.needs is Credentials.JWT)
        denied = _denied(request.caller, route, repository, parameters)
        if denied is not None:
            return denied
        body = _parsed(request.body, route)
        if body is None:
            return error(400, "Problems parsing JSON" if request.body else "Body should be a JSON object")
        call = Call(
            github=self.github,
            tokens=self.tokens,
            webhooks=self.webhooks,
            limits=self.limits,
            caller=request.caller,
            links=request.links,
            path=request.path,
            parameters=parameters,
            query=request.query,
            body=Fields(body),
            accept=request.accept,
            found=repository,
        )
        return route.handler(call)

    def _repository(self, caller: Caller, parameters: Mapping[str, str], *, sees_all: bool) -> Repository | None:
        """Return the repository of the path, None if the path has none; raise Refused if the caller cannot see it."""
        if "repo" not in parameters:
            return None
        found = self.github.find_repository(f"{parameters['owner']}/{parameters['repo']}")
        if found is None or not (sees_all or caller.sees(found)):
            raise Refused(Reason.NOT_FOUND, "Not Found")
        return found


def _redirect(method: str, address: str) -> Answer:
    """Redirect: permanently for reads; a write keeps its method and body."""
    answer = error(301, "Moved Permanently") if method == "GET" else error(307, "Temporary Redirect")
    return Answer(status=answer.status, body={**_fields(answer), "url": address}, headers={"Location": address})


def _fields(answer: Answer) -> Mapping[str, object]:
    return answer.body if isinstance(answer.body, dict) else {}


def error(
    status: int, message: str, errors: list[Mapping[str, str]] | None = None, *, documentation: str | None = None
) -> Answer:
    """Return an error in GitHub's form."""
    body: dict[str, Any] = {"message": message}
    if errors is not None:
        body["errors"] = errors
    return Answer(
        status=status, body=body | {"documentation_url": documentation or DOCUMENTATION, "status": str(status)}
    )


def refusal(refused: Refused) -> Answer:
    """Return a refusal of the model in REST's words."""
    status = STATUSES.get(refused.reason, 422)
    if status == 404:
        # REST does not say what was not found.
        known = refused.rest_message.startswith(("Could not resolve", "No account"))
        return error(404, "Not Found" if known else refused.rest_message)
    if refused.resource is None:
        return error(status, refused.rest_message, documentation=refused.documentation)
    entry = {"resource": refused.resource, "code": refused.code}
    if refused.field is not None:
        entry["field"] = refused.field
    if refused.code not in WORDLESS_CODES:
        entry["message"] = refused.rest_message
    return error(status, "Validation Failed", [entry])


def _parsed(body: bytes, route: Route) -> Mapping[str, Any] | None:
    """Parse the body as a JSON object: empty without a body, None if it is not an object.

    Labels may come as a bare array: https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue
    """
    if not body.strip():
        return {}
    try:
        value = read_json(body)
    except ValueError:
        return None
    if isinstance(value, list) and route.template.endswith("{issue_number}/labels"):
        return {"labels": value}
    return value if isinstance(value, dict) else None


def _denied(
    caller: Caller, route: Route, repository: Repository | None, parameters: Mapping[str, str]
) -> Answer | None:
    """Return the refusal if the caller lacks the permission, else None."""
    if isinstance(route.needs, Permission):
        if repository is None:
            raise Refused(Reason.NOT_FOUND, "Not Found")
        return _not_permitted(caller, _meant(route.needs, caller, repository, parameters), repository)
    return _wrong_credentials(caller, route.needs)


def _wrong_credentials(caller: Caller, needs: Credentials) -> Answer | None:
    anonymous = caller.app is None and caller.actor is None
    match needs:
        case Credentials.JWT:
            return None if caller.app is not None else error(401, BAD_JWT)
        case Credentials.INSTALLATION if caller.installation is None:
            return error(401, "Requires authentication") if anonymous else error(403, NOT_ACCESSIBLE)
        case Credentials.USER if caller.user is None:
            return error(401, "Requires authentication") if anonymous else error(403, NOT_ACCESSIBLE)
        case Credentials.ANY if anonymous:
            return error(401, "Requires authentication")
        case _:
            return None


def _meant(needs: Permission, caller: Caller, repository: Repository, parameters: Mapping[str, str]) -> Permission:
    """Return the permission that counts: on a pull request, `pull_requests` is as good as `issues`."""
    elsewhere = Permission("pull_requests", needs.access)
    if needs.name != "issues" or caller.allows(repository, needs.name, needs.access):
        return needs
    if _is_pull(repository, parameters) and caller.allows(repository, elsewhere.name, elsewhere.access):
        return elsewhere
    return needs


def _is_pull(repository: Repository, parameters: Mapping[str, str]) -> bool:
    number, comment = parameters.get("issue_number", ""), parameters.get("comment_id", "")
    if number.isdigit():
        return isinstance(repository.conversations.get(int(number)), PullRequest)
    return any(str(one.id) == comment for pull in repository.pulls for one in pull.comments)


def _not_permitted(caller: Caller, needs: Permission, repository: Repository) -> Answer | None:
    accepted = {"X-Accepted-GitHub-Permissions": f"{needs.name}={needs.access.name.lower()}"}
    if needs.access is Access.READ:
        if caller.allows(repository, needs.name, needs.access):
            return None
        return _with(error(403, NOT_ACCESSIBLE), accepted)
    if caller.actor is None:
        return error(401, "Requires authentication")
    try:
        require(caller, repository, needs.name, needs.access)
    except Refused as refused:
        return _with(refusal(refused), accepted)
    return None


def _with(answer: Answer, headers: Mapping[str, str]) -> Answer:
    return Answer(status=answer.status, body=answer.body, headers=headers, media_type=answer.media_type)
