"""GraphQL over HTTP: everything around the execution of a document.

GitHub answers 200 to every request that it can read and the caller may make. Errors of the document, of its fields and
of the rate limit are in the body. https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, OperationDefinitionNode

from bot.simulator.github.access.auth import Caller
from bot.simulator.github.access.limits import GRAPHQL, Limits
from bot.simulator.github.graphql import Allowance, execute
from bot.simulator.github.graphql.execution.documents import prepare
from bot.simulator.github.graphql.execution.engine import schema
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.rest.bodies import read_json
from bot.simulator.github.rest.call import Answer
from bot.simulator.github.rest.dispatch import error
from bot.simulator.github.views.links import Links


@dataclass(frozen=True, slots=True)
class Asked:
    """The parsed body of a request."""

    document: str
    variables: Mapping[str, Any]
    operation: str | None


@dataclass(frozen=True, slots=True)
class _Budget:
    """The points of a caller, as the execution spends them."""

    limits: Limits
    caller: Caller

    def spend(self, points: int) -> Allowance:
        left = self.limits.spend(self.caller, GRAPHQL, points)
        return Allowance(limit=left.limit, remaining=left.remaining, used=left.used, reset_at=left.reset_at)


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    """`POST /graphql` of one simulated GitHub."""

    github: GitHub
    limits: Limits

    def answer(self, asked: Asked | None, caller: Caller, links: Links) -> Answer:
        """Execute a request; None stands for a body that could not be parsed."""
        if caller.actor is None:
            return error(401, "This endpoint requires you to be authenticated.")
        if asked is None:
            return error(400, "Problems parsing JSON")
        if self.limits.of(caller, GRAPHQL).remaining <= 0:
            return Answer(body={"errors": [_exhausted(caller)]})
        if not asked.document:
            return Answer(body={"errors": [{"message": "A query attribute must be specified and must be a string."}]})
        result = execute(
            self.github,
            viewer=caller,
            document=asked.document,
            variables=dict(asked.variables),
            operation_name=asked.operation,
            budget=_Budget(self.limits, caller),
            html=links.html,
        )
        return Answer(body=result)


def _exhausted(caller: Caller) -> dict[str, str]:
    """Return the error of https://github.com/yanyongyu/githubkit/issues/271; traffic/faults.py has other forms."""
    who = f"user ID {caller.user.id}" if caller.user else ""
    if caller.installation is not None:
        who = f"installation ID {caller.installation.id}"
    message = f"API rate limit already exceeded for {who}."
    return {"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": message}


def read(body: bytes) -> Asked | None:
    """Parse a request's body; None if it is not a JSON object of the right form."""
    try:
        given = read_json(body)
    except ValueError:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("variables") or {}, dict):
        return None
    document, operation = given.get("query"), given.get("operationName")
    return Asked(
        document=document if isinstance(document, str) else "",
        variables=given.get("variables") or {},
        operation=operation if isinstance(operation, str) else None,
    )


@functools.lru_cache(maxsize=1024)
def operations(document: str) -> frozenset[str]:
    """Return the names that identify a document: of its operations, and of their top-level fields."""
    parsed = prepare(schema(), document).document
    if parsed is None:
        return frozenset()
    found = [node for node in parsed.definitions if isinstance(node, OperationDefinitionNode)]
    names = {node.name.value for node in found if node.name is not None}
    fields = {
        selection.name.value
        for node in found
        for selection in node.selection_set.selections
        if isinstance(selection, FieldNode)
    }
    return frozenset(names | fields)


def without(result: Mapping[str, Any], paths: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    """Return the result with null at each of `paths` (response keys), and an error that explains it."""
    copied: dict[str, Any] = json.loads(json.dumps(result))
    errors = copied.setdefault("errors", [])
    for path in paths:
        holder: Any = copied.get("data")
        for key in path[:-1]:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and path[-1] in holder:
            holder[path[-1]] = None
        message = "Resource limits for this query exceeded."
        errors.append({"type": "RESOURCE_LIMITS_EXCEEDED", "path": list(path), "message": message})
    return copied
