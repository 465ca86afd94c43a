"""GraphQL over HTTP: everything around the execution of a document.

GitHub answers 200 to every request that it can read and the caller may make. Errors of the document, of its fields and
of the rate limit are in the body. https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache
from graphql import FieldNode, OperationDefinitionNode, OperationType

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
    _known: "LRUCache[tuple[object, ...], dict[str, Any]]" = field(default_factory=lambda: LRUCache(maxsize=256))

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
        return Answer(body=self._executed(asked, caller, links))

    def _executed(self, asked: Asked, caller: Caller, links: Links) -> dict[str, Any]:
        """Execute a document. What is remembered has the same price: a simulated week asks the same thousands of times."""
        self.github.finish_background_work()
        question = (asked.document, json.dumps(asked.variables), asked.operation, _account(caller), links.html)
        known = self._known.get((self.github.events.revision, *question))
        if known is not None and self.github.events.are_complete:
            return _with_points(known, self.limits, caller)
        before = self.github.events.revision
        result = execute(
            self.github,
            viewer=caller,
            document=asked.document,
            variables=dict(asked.variables),
            operation_name=asked.operation,
            budget=_Budget(self.limits, caller),
            html=links.html,
        )
        unchanged = self.github.events.revision == before and not self.github.has_background_work
        if unchanged and reads_only(asked.document) and "rateLimit" in (result.get("data") or {}):
            self._known[(before, *question)] = result
        return result


def _account(caller: Caller) -> tuple[object, ...]:
    return (caller.app, caller.installation, caller.user)


def _with_points(known: Mapping[str, Any], limits: Limits, caller: Caller) -> dict[str, Any]:
    """Return a known answer; asking again costs the same, and less is left."""
    asked = known["data"]["rateLimit"]
    left = limits.spend(caller, GRAPHQL, asked["cost"])
    present = {"remaining": left.remaining, "used": left.used, "limit": left.limit}
    points = {key: present.get(key, value) for key, value in asked.items()}
    return {**known, "data": {**known["data"], "rateLimit": points}}


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
    names = {node.name.value for node in _operations(document) if node.name is not None}
    return frozenset(names | {found.name.value for found in _fields(document)})


def refused(document: str, kind: str, message: str) -> dict[str, Any]:
    """Return the answer that refuses every top-level field. kind: GitHub's `type`, '' for none."""
    keys = [(found.alias or found.name).value for found in _fields(document)]
    errors = [{**({"type": kind} if kind else {}), "path": [key], "message": message} for key in keys]
    return {"data": dict.fromkeys(keys), "errors": errors}


@functools.lru_cache(maxsize=1024)
def reads_only(document: str) -> bool:
    """Report whether a document has no mutation."""
    return all(node.operation is OperationType.QUERY for node in _operations(document))


def _operations(document: str) -> list[OperationDefinitionNode]:
    parsed = prepare(schema(), document).document
    return [node for node in parsed.definitions if isinstance(node, OperationDefinitionNode)] if parsed else []


def _fields(document: str) -> list[FieldNode]:
    selections = (selection for node in _operations(document) for selection in node.selection_set.selections)
    return [selection for selection in selections if isinstance(selection, FieldNode)]


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
