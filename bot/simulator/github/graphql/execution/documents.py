"""Documents, each prepared once: parsed, validated, with its cost and its execution plan.

The bot sends few different documents, many times; everything that does not depend on variables is cached.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    IntValueNode,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
    validate,
)
from graphql.execution.executor import Executor

from bot.simulator.github.graphql.context import Context
from bot.simulator.github.graphql.execution.cost import Cost, CostCounter
from bot.simulator.github.graphql.execution.plan import executor_for

MOST_LEVELS = 50

TOO_DEEP = f"Fields are nested more than {MOST_LEVELS} levels deep."
"""GitHub has such a limit too, but publishes neither the number nor the message."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared document. If it has `errors`, it cannot be run."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    counter: CostCounter | None = None
    executor: type[Executor[Context]] = Executor

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """Return the operation of this name, or the only one."""
        return get_operation_ast(self.document, name) if self.document else None

    def cost(self, operation: OperationDefinitionNode, given: Mapping[str, object]) -> Cost:
        """Return what an operation costs with these variables."""
        defaults: dict[str, object] = {
            definition.variable.name.value: int(definition.default_value.value)
            for definition in operation.variable_definitions or ()
            if isinstance(definition.default_value, IntValueNode)
        }
        return self.counter.count(operation, {**defaults, **given}) if self.counter else Cost()


_prepared: LRUCache[tuple[int, str], Prepared] = LRUCache(512)


def prepare(schema: GraphQLSchema, text: str) -> Prepared:
    """Prepare a document, or return it from the cache."""
    key = (id(schema), text)
    if key not in _prepared:
        _prepared[key] = _read(schema, text)
    return _prepared[key]


def _read(schema: GraphQLSchema, text: str) -> Prepared:
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return Prepared(None, (error,))
    if _depth(document) > MOST_LEVELS:
        return Prepared(None, (GraphQLError(TOO_DEEP),))
    errors = tuple(error for error in validate(schema, document) if not _tolerated(error))
    if errors:
        return Prepared(document, errors)
    return Prepared(document, (), CostCounter(schema, document), executor_for(text))


def _depth(document: DocumentNode) -> int:
    """Return how deeply selection sets are nested."""
    deepest, waiting = 0, [(node, 0) for node in document.definitions]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        below = getattr(node, "selection_set", None)
        waiting += [(inner, depth + 1) for inner in (below.selections if below else ())]
    return deepest


def _tolerated(error: GraphQLError) -> bool:
    """Report whether GitHub accepts this: one name for fields of different types in different fragments.

    `gh issue view` relies on it.
    """
    return "they return conflicting types" in error.message
