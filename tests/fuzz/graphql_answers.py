"""Whether an answer to a GraphQL document is one that GitHub's schema permits."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from tests.contract.graphql_schema import github_graphql

KEYS = {"data", "errors"}
KEYS_OF_ERRORS = {"type", "path", "locations", "message", "extensions", "code"}

FORMS = {
    "DateTime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "GitObjectID": re.compile(r"[0-9a-f]{40}"),
    "URI": re.compile(r"[a-z][a-z0-9+.-]*:[^ ]+|/[^ ]*"),
}
KINDS = {"String": str, "ID": str, "Int": int, "Boolean": bool, "Float": float}


def complaints(document: DocumentNode, answer: Any) -> Iterator[str]:
    """What in `answer` is not as GitHub answers `document`, a line each."""
    if not isinstance(answer, dict) or not answer or set(answer) - KEYS:
        yield f"the answer has {sorted(answer) if isinstance(answer, dict) else answer!r}"
        return
    for error in answer.get("errors", ()):
        if set(error) - KEYS_OF_ERRORS or not error.get("message"):
            yield f"an error has {sorted(error)}"
    data = answer.get("data")
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    root = github_graphql().query_type if operation.operation is OperationType.QUERY else github_graphql().mutation_type
    if data is not None and root is not None:
        yield from _Reader(document).of_object(data, root, [operation.selection_set], place="data")


class _Reader:
    """Compares values with the types of GitHub's schema."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def of_object(self, value: dict[str, Any], kind: Any, sets: list[SelectionSetNode], *, place: str) -> Iterator[str]:
        """Complaints about an object of the object type `kind`."""
        wanted: dict[str, list[FieldNode]] = {}
        for selections in sets:
            self._collect(selections, kind, wanted)
        if set(value) != set(wanted):
            yield f"{place}: has {sorted(value)} instead of {sorted(wanted)}"
            return
        for key, nodes in wanted.items():
            name = nodes[0].name.value
            if name == "__typename":
                if value[key] != kind.name:
                    yield f"{place}: is a {value[key]} and not a {kind.name}"
                continue
            inner = [node.selection_set for node in nodes if node.selection_set is not None]
            yield from self._of_value(value[key], kind.fields[name].type, inner, place=f"{kind.name}.{name}")

    def _of_value(self, value: Any, kind: Any, sets: list[SelectionSetNode], *, place: str) -> Iterator[str]:
        if isinstance(kind, GraphQLNonNull):
            if value is None:
                yield f"{place}: is null"
                return
            kind = kind.of_type
        if value is None:
            return
        if isinstance(kind, GraphQLList):
            if not isinstance(value, list):
                yield f"{place}: is no list"
                return
            for item in value:
                yield from self._of_value(item, kind.of_type, sets, place=place)
        elif isinstance(kind, GraphQLObjectType):
            yield from self.of_object(value, kind, sets, place=place)
        elif isinstance(kind, GraphQLEnumType | GraphQLScalarType):
            yield from _of_leaf(value, kind, place=place)
        elif "__typename" in value:
            yield from self._of_abstract(value, kind, sets, place=place)

    def _of_abstract(self, value: Any, kind: Any, sets: list[SelectionSetNode], *, place: str) -> Iterator[str]:
        """Complaints about an object of an interface or union, which its `__typename` tells."""
        actual = github_graphql().type_map.get(value["__typename"])
        if not isinstance(actual, GraphQLObjectType) or not github_graphql().is_sub_type(kind, actual):
            yield f"{place}: is a {value['__typename']}, which is no {kind.name}"
            return
        yield from self.of_object(value, actual, sets, place=place)

    def _collect(self, selections: SelectionSetNode, kind: Any, wanted: dict[str, list[FieldNode]]) -> None:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                wanted.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                self._collect_of(self._fragments[node.name.value], kind, wanted)
            elif isinstance(node, InlineFragmentNode):
                self._collect_of(node, kind, wanted)

    def _collect_of(self, node: Any, kind: Any, wanted: dict[str, list[FieldNode]]) -> None:
        condition = node.type_condition
        meant: Any = kind if condition is None else github_graphql().type_map[condition.name.value]
        is_wider = isinstance(meant, GraphQLInterfaceType | GraphQLUnionType)
        if meant is kind or (is_wider and github_graphql().is_sub_type(meant, kind)):
            self._collect(node.selection_set, kind, wanted)


def _of_leaf(value: Any, kind: GraphQLEnumType | GraphQLScalarType, *, place: str) -> Iterator[str]:
    if isinstance(kind, GraphQLEnumType):
        if value not in kind.values:
            yield f"{place}: {value!r} is no {kind.name}"
    elif kind.name in FORMS:
        if not isinstance(value, str) or not FORMS[kind.name].fullmatch(value):
            yield f"{place}: {value!r} is no {kind.name}"
        elif kind.name == "DateTime":
            datetime.fromisoformat(value)
    elif kind.name in KINDS and not isinstance(value, KINDS[kind.name]):
        yield f"{place}: {value!r} is no {kind.name}"
