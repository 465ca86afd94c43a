"""The cost of a query: the number of connections that GitHub would request, multiplied by page sizes along the path.

https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    visit,
)

_SIZES = frozenset({"first", "last"})

Composite = GraphQLObjectType | GraphQLInterfaceType


@dataclass(frozen=True, slots=True)
class Cost:
    """The number of requested connections, and of nodes that could be returned."""

    requests: int = 0
    nodes: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.requests + other.requests, self.nodes + other.nodes)

    @property
    def points(self) -> int:
        """Return the points for the rate limit: a hundredth of the requests, at least one."""
        return max(1, round(self.requests / 100))


class CostCounter:
    """Counts the cost of one document's operations."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._counted: dict[object, Cost] = {}
        sizes = _PageSizes()
        visit(document, sizes)
        self._matter = tuple(sorted(sizes.variables))
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def count(self, operation: OperationDefinitionNode, variables: Mapping[str, object]) -> Cost:
        """Return the cost of an operation with these variables."""
        key = (id(operation), *(repr(variables.get(name)) for name in self._matter))
        if key not in self._counted:
            root = self._schema.get_root_type(operation.operation)
            self._counted[key] = self._selections(operation.selection_set, root, variables)
        return self._counted[key]

    def _selections(self, chosen: SelectionSetNode | None, kind: object, variables: Mapping[str, object]) -> Cost:
        total = Cost()
        for selection in chosen.selections if chosen else ():
            total += self._selection(selection, kind, variables)
        return total

    def _selection(self, selection: SelectionNode, kind: object, variables: Mapping[str, object]) -> Cost:
        if isinstance(selection, FieldNode):
            return self._field(selection, kind, variables)
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            inner = self._schema.type_map[condition.name.value] if condition else kind
            return self._selections(selection.selection_set, inner, variables)
        fragment = self._fragments[selection.name.value]  # type: ignore[attr-defined] # the third kind of selection: a spread
        inner = self._schema.type_map[fragment.type_condition.name.value]
        return self._selections(fragment.selection_set, inner, variables)

    def _field(self, field: FieldNode, kind: object, variables: Mapping[str, object]) -> Cost:
        definition = kind.fields.get(field.name.value) if isinstance(kind, Composite) else None
        if definition is None:
            return Cost()
        inner = get_named_type(definition.type)
        below = self._selections(field.selection_set, inner, variables)
        if not inner.name.endswith("Connection"):
            return below
        size = _page_size(field, variables)
        return Cost(1 + size * below.requests, size + size * below.nodes)


class _PageSizes(Visitor):
    """Finds the variables that set a page size."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        """Visit an argument; graphql-core calls this."""
        if node.name.value in _SIZES and isinstance(node.value, VariableNode):
            self.variables.add(node.value.name.value)


def _page_size(field: FieldNode, variables: Mapping[str, object]) -> int:
    for argument in field.arguments or ():
        if argument.name.value in _SIZES:
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                value = variables.get(argument.value.name.value)
                return value if isinstance(value, int) else 0
    return 0
