"""Executes a document by a plan: each selection is planned once, and every execution follows the plan.

For each field of each answer, graphql-core determines anew the kind of its type, how to serialise its values and which
arguments it has. None of that depends on the answer. Here it is determined when a selection is first met, and kept with
the document. The meaning of fields, nulls and errors remain graphql-core's.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    ListValueNode,
    Node,
    ObjectValueNode,
    VariableNode,
    assert_object_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from bot.simulator.github.graphql.context import Attribute, Context, Info, Resolver

Place = tuple[Any, str | int, str | None]
"""A position in the answer: the parent's (None at the root), the key, the type. A cheaper graphql-core Path."""

Run = Callable[["Planned", Any, Place], Any]
"""Returns a field's answer for a source at this position."""

Complete = Callable[["Planned", Any, Place], Any]
"""Returns how a resolver's value is shown at this position."""

# With @skip and @include the grouping depends on variables; introspection needs graphql-core's full info.
_NOT_PLANNED = re.compile(r"@|\b__(?:schema|type)\b")


@dataclass(slots=True)
class Asked:
    """What resolvers receive: the request, and the field to resolve."""

    field_name: str
    context: Context


@dataclass(slots=True, eq=False)
class PlannedField:
    """A field of a selection on one type. constant: its arguments, if they contain no variable."""

    name: str
    kind: GraphQLObjectType
    details: FieldDetailsList
    definition: GraphQLField
    resolve: Resolver
    constant: dict[str, Any] | None
    complete: Complete = field(init=False)

    @property
    def node(self) -> FieldNode:
        """Return its node in the document, the first if there are several."""
        return self.details[0].node

    def run(self, executor: "Planned", source: Any, above: Place) -> Any:
        """Return the value for one source: resolved and shown, or null if that failed and the field is nullable."""
        place = (above, self.name, self.kind.name)
        try:
            given = self.constant
            if given is None:
                given = executor.arguments(self)
            return self.complete(executor, self.resolve(source, executor.asked(self), **given), place)
        except Exception as error:  # noqa: BLE001 -- any exception: graphql-core turns it into an error or a null
            executor.handle_field_error(error, self.definition.type, self.details, _path(place))
            return None


@dataclass(slots=True, eq=False)
class PlannedLeaf:
    """A scalar field read from its source. Its position is computed only for an error."""

    read: Callable[[Any], Any]
    show: Callable[[Any], Any]
    field: PlannedField

    def run(self, executor: "Planned", source: Any, above: Place) -> Any:
        """Return the value; anything but a plain value takes the general path."""
        try:
            value = self.read(source)
            shown = None if value is None else self.show(value)
        except Exception:  # noqa: BLE001 -- the general path meets it again, and reports it
            shown = None
        return self.field.run(executor, source, above) if shown is None else shown


Selection = tuple[tuple[str, Run], ...]
"""What a document selects on a type in one place: each field's name in the answer, and its function."""


class Planned(Executor[Context]):
    """graphql-core's executor, which follows the document's plan below the root fields."""

    selections: ClassVar[dict[tuple[object, ...], Selection]]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._arguments: dict[PlannedField, dict[str, Any]] = {}
        self._asked: dict[PlannedField, Info] = {}

    def asked(self, planned: PlannedField) -> Info:
        """Return what the field's resolver receives besides its source."""
        found = self._asked.get(planned)
        if found is None:
            found = self._asked[planned] = Asked(planned.node.name.value, self.context_value)
        return found

    def arguments(self, planned: PlannedField) -> dict[str, Any]:
        """Return the field's arguments; they are the same for every source of an execution."""
        found = self._arguments.get(planned)
        if found is None:
            found = get_argument_values(planned.definition, planned.node, self.variable_values)
            self._arguments[planned] = found
        return found

    def selection(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Selection:
        """Return the selection on a type at these fields."""
        # The document lives as long as this class, so the ids of its nodes remain unique.
        key = (kind.name, *[id(each.node) for each in details])
        found = self.selections.get(key)
        if found is None:
            below = self.collect_subfields(kind, details).grouped_field_set
            found = self.selections[key] = tuple((name, self._field(name, kind, each)) for name, each in below.items())
        return found

    def collect_and_execute_subfields(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList, path: Path, result: Any, _: Any
    ) -> dict[str, Any]:
        """Execute the selection on a root field's value; graphql-core calls this."""
        return {name: run(self, result, path) for name, run in self.selection(return_type, field_details_list)}

    def _field(self, name: str, kind: GraphQLObjectType, details: FieldDetailsList) -> Run:
        node = details[0].node
        if node.name.value == "__typename":
            return lambda _executor, _source, _above: kind.name
        definition = kind.fields[node.name.value]
        resolve = definition.resolve or self.field_resolver
        constant = None if _has_variable(node) else get_argument_values(definition, node)
        planned = PlannedField(name, kind, details, definition, resolve, constant)
        planned.complete = _complete(definition.type, planned)
        inner: object = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        if isinstance(resolve, Attribute) and is_leaf_type(inner):
            return PlannedLeaf(resolve.read, inner.coerce_output_value, planned).run
        return planned.run


def executor_for(text: str) -> type[Executor[Context]]:
    """Return the executor class of one document, which no other document may use."""
    if _NOT_PLANNED.search(text):
        return Executor

    class OfOneDocument(Planned):
        selections: ClassVar[dict[tuple[object, ...], Selection]] = {}

    return OfOneDocument


def _path(place: Place | None) -> Path:
    above, key, kind = place  # type: ignore[misc] # never None at the bottom
    return Path(above if above is None or isinstance(above, Path) else _path(above), key, kind)


def _has_variable(node: FieldNode) -> bool:
    waiting: list[Node] = [argument.value for argument in node.arguments or ()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, VariableNode):
            return True
        if isinstance(value, ListValueNode):
            waiting.extend(value.values)
        elif isinstance(value, ObjectValueNode):
            waiting.extend(each.value for each in value.fields)
    return False


# -- showing values -----------------------------------------------------------------------------------------------------


def _complete(kind: GraphQLOutputType, planned: PlannedField) -> Complete:
    """Return the function that shows values of a type at this field."""
    if is_non_null_type(kind):
        return _never_null(_complete(kind.of_type, planned), planned)
    if is_list_type(kind):
        return _list(kind.of_type, planned)
    if is_leaf_type(kind):
        return _leaf(kind)
    if is_abstract_type(kind):
        return _abstract(kind, planned)
    return _object(assert_object_type(kind), planned)


def _never_null(show: Complete, planned: PlannedField) -> Complete:
    def complete(executor: Planned, value: object, place: Place) -> object:
        shown = show(executor, value, place)
        if shown is None:
            raise TypeError(f"Cannot return null for non-nullable field {planned.kind.name}.{planned.node.name.value}.")
        return shown

    return complete


def _leaf(kind: GraphQLLeafType) -> Complete:
    def complete(_executor: Planned, value: object, _place: Place) -> object:
        if value is None:
            return None
        if isinstance(value, Exception):
            raise value
        return Executor.complete_leaf_value(kind, value)

    return complete


def _list(kind: GraphQLOutputType, planned: PlannedField) -> Complete:
    show = _complete(kind, planned)

    def item(executor: Planned, value: object, place: Place) -> object:
        try:
            return show(executor, value, place)
        except Exception as error:  # noqa: BLE001 -- an item fails as a field does
            executor.handle_field_error(error, kind, planned.details, _path(place))
            return None

    def complete(executor: Planned, values: Iterable[object] | None, place: Place) -> list[object] | None:
        if values is None:
            return None
        if isinstance(values, Exception):
            raise values
        return [item(executor, value, (place, at, None)) for at, value in enumerate(values)]

    return complete


def _object(kind: GraphQLObjectType, planned: PlannedField) -> Complete:
    selection: Selection | None = None

    def complete(executor: Planned, value: object, place: Place) -> dict[str, Any] | None:
        nonlocal selection
        if value is None:
            return None
        if isinstance(value, Exception):
            raise value
        if selection is None:
            selection = executor.selection(kind, planned.details)
        return {name: run(executor, value, place) for name, run in selection}

    return complete


def _abstract(kind: GraphQLAbstractType, planned: PlannedField) -> Complete:
    known: dict[object, Complete] = {}

    def complete(executor: Planned, value: object, place: Place) -> object:
        if value is None:
            return None
        if isinstance(value, Exception):
            raise value
        info: Any = executor.asked(planned)
        name = (kind.resolve_type or executor.type_resolver)(value, info, kind)
        if name not in known:
            found = executor.schema.get_type(str(name))
            known[name] = _object(assert_object_type(found), planned)
        return known[name](executor, value, place)

    return complete
