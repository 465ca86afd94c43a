"""Execution: the schema with its resolvers, documents parsed and validated once, and answers in GitHub's form.

Everything is synchronous: the model is in memory, and git is called directly.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from operator import attrgetter
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    build_schema,
)
from graphql import execute as run

from bot.simulator.github.access.rules import Viewer
from bot.simulator.github.graphql import mutations
from bot.simulator.github.graphql.context import Allowance, Attribute, Budget, Context, Info, RateLimit, Resolver
from bot.simulator.github.graphql.execution.cost import Cost
from bot.simulator.github.graphql.execution.documents import prepare
from bot.simulator.github.graphql.execution.scalars import adapt
from bot.simulator.github.graphql.resolvers import (
    accounts,
    checks,
    conversation,
    git,
    protection,
    pulls,
    queries,
    timeline,
)
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.world.errors import Reason, Refused

_PARTS = (queries, accounts, git, checks, protection, conversation, pulls, timeline, mutations)

TYPES: dict[type, str] = {source: name for part in _PARTS for source, name in part.TYPES.items()}

RESOLVERS: dict[str, dict[str, Resolver]] = {
    name: resolvers for part in _PARTS for name, resolvers in part.RESOLVERS.items()
}

Answer = dict[str, Any]  # JSON


MOST_NODES = 500_000
"""https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit"""

# Arguments whose names are keywords or builtins in Python.
_RENAMED = {"id": "identifier", "input": "given"}


@cache
def schema() -> GraphQLSchema:
    """Return the executable schema, built once."""
    text = files("bot.simulator.github").joinpath("schema.graphql").read_text("utf-8")
    built = build_schema(text, no_location=True)
    adapt(built)
    for kind in built.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            _equip(kind)
        elif isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _type_of
        elif isinstance(kind, GraphQLInputObjectType):
            for name, field in kind.fields.items():
                field.out_name = snake_case(name)
    return built


def _equip(kind: GraphQLObjectType) -> None:
    own = RESOLVERS.get(kind.name, {})
    for name, field in kind.fields.items():
        field.resolve = own.get(name) or _plain(kind.name, name)
        for argument, definition in field.args.items():
            definition.out_name = _RENAMED.get(argument) or snake_case(argument)


def _plain(kind: str, name: str) -> Resolver:
    """Return the resolver of a field without one of its own: a payload's key, or the attribute of that name."""
    if kind.endswith("Payload"):
        return Attribute(lambda payload: payload.get(name))
    return Attribute(attrgetter(snake_case(name)))


def snake_case(name: str) -> str:
    """Convert `headRefName` to Python's `head_ref_name`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z]+)", lambda found: "_" + found[0].lower(), name).lower()


def _type_of(source: object, _info: Info, _kind: object) -> str:
    return TYPES[type(source)]


def execute(
    github: GitHub,
    *,
    viewer: Viewer,
    document: str,
    variables: Mapping[str, object] | None = None,
    operation_name: str | None = None,
    html: str = "https://github.com",
    budget: Budget | None = None,
) -> Answer:
    """Execute a GraphQL request; return {"data": …, "errors": […]} with GitHub's messages.

    html: the root of the pages, without a trailing slash. budget: counts points; without it there is no limit. Refusals
    are in `errors`; an exception is a fault of the simulator.
    """
    prepared = prepare(schema(), document)
    if prepared.document is None or prepared.errors:
        return {"errors": [_shown(error) for error in prepared.errors]}
    operation = prepared.operation(operation_name)
    if operation is None:
        return {"errors": [{"message": _no_operation(prepared.document, operation_name)}]}
    given = dict(variables or {})
    cost = prepared.cost(operation, given)
    if cost.nodes > MOST_NODES:
        return {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": _too_many(cost.nodes)}]}
    github.finish_background_work()
    result = run(
        schema(),
        prepared.document,
        context_value=Context(github=github, viewer=viewer, html=html, rate_limit=_spend(github, budget, cost)),
        variable_values=given,
        operation_name=operation_name,
        executor_class=prepared.executor,
        is_awaitable=_never,  # type: ignore[arg-type] # our resolvers are synchronous: spare the question per field
    )
    answer: Answer = {"data": result.data}  # type: ignore[union-attr] # not awaitable, see above
    if result.errors:  # type: ignore[union-attr]
        answer["errors"] = [_shown(error) for error in result.errors]  # type: ignore[union-attr]
    return answer


def _too_many(nodes: int) -> str:
    """Return GitHub's message: https://github.com/pyvec/python.cz/issues/250"""
    return f"This query requests up to {nodes:,} possible nodes which exceeds the maximum limit of {MOST_NODES:,}."


def _no_operation(document: DocumentNode, name: str | None) -> str:
    if name is not None:
        return f'No operation named "{name}"'
    operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
    return (
        "An operation name is required" if operations else "A query attribute must be specified and must be a string."
    )


def _spend(github: GitHub, budget: Budget | None, cost: Cost) -> RateLimit:
    if budget is not None:
        allowance = budget.spend(cost.points)
    else:
        allowance = Allowance(limit=5000, remaining=5000, used=0, reset_at=github.now() + timedelta(hours=1))
    return RateLimit(cost=cost.points, node_count=cost.nodes, allowance=allowance)


def _never(_value: object) -> bool:
    return False


def _shown(error: GraphQLError) -> Answer:
    refusal = error.original_error
    shown: Answer = {}
    if isinstance(refusal, Refused):
        shown["type"] = refusal.reason.graphql_type
        if refusal.reason is Reason.FORBIDDEN:
            shown["extensions"] = {"saml_failure": False}
    elif refusal is not None and not isinstance(refusal, GraphQLError):
        raise refusal
    if error.path is not None:
        shown["path"] = list(error.path)
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return {**shown, "message": error.message}
