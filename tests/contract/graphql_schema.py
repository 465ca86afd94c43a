"""Holding GraphQL to GitHub's published schema: the documents sent to it, and our own subset of it."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    NoUnusedFragmentsRule,
    OperationDefinitionNode,
    Visitor,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.values import get_variable_values

from tests.contract import packages


@cache
def github_graphql() -> GraphQLSchema:
    """GitHub's full schema.

    `assume_valid` is required, not a shortcut: the published document defines a field twice and has a dozen deprecated
    interface fields that graphql-core refuses. Queries and variables are validated in full all the same.
    """
    return build_schema(packages.text_of(packages.GRAPHQL), assume_valid=True, assume_valid_sdl=True, no_location=True)


def violations_in(document: str, variables: Mapping[str, Any]) -> list[str]:
    """What GitHub would refuse in a request with `document` and `variables`."""
    try:
        parsed = parse(document)
    except GraphQLError as error:
        return [str(error)]
    errors = list(validate(github_graphql(), parsed))
    operations = [node for node in parsed.definitions if isinstance(node, OperationDefinitionNode)]
    if not errors and len(operations) == 1:
        coerced = get_variable_values(github_graphql(), operations[0].variable_definitions or (), dict(variables))
        errors = coerced if isinstance(coerced, list) else []
    return [error.message for error in errors]


def violations_of_files(folder: Path) -> list[str]:
    """What is wrong with the documents of `folder`; a document may use the fragments of its neighbours."""
    parsed = {file.name: parse(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.graphql"))}
    fragments = {
        node.name.value: node
        for document in parsed.values()
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    return [
        f"{name}: {error.message}" for name, document in parsed.items() for error in _validate_with(fragments, document)
    ]


def _validate_with(fragments: Mapping[str, FragmentDefinitionNode], document: DocumentNode) -> Iterable[GraphQLError]:
    own = {node.name.value for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    borrowed = [fragments[name] for name in sorted(_spreads(document, fragments)) if name not in own]
    whole = DocumentNode(definitions=(*document.definitions, *borrowed))
    operates = any(isinstance(node, OperationDefinitionNode) for node in document.definitions)
    rules = [rule for rule in specified_rules if operates or rule is not NoUnusedFragmentsRule]
    return validate(github_graphql(), whole, rules)


def _spreads(node: Any, fragments: Mapping[str, FragmentDefinitionNode]) -> set[str]:
    """The names of the known fragments that `node` uses, directly or through others."""

    class Collector(Visitor):
        def __init__(self) -> None:
            super().__init__()
            self.names: set[str] = set()

        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            name = spread.name.value
            if name in fragments and name not in self.names:
                self.names.add(name)
                visit(fragments[name], self)

    collector = Collector()
    visit(node, collector)
    return collector.names


def differences(ours: GraphQLSchema) -> Iterator[str]:
    """Where `ours` says something that GitHub's schema does not: it must be a subset, type for type."""
    theirs = github_graphql()
    for name, kind in ours.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        counterpart = theirs.type_map.get(name)
        if counterpart is None:
            yield f"type {name} does not exist"
        elif type(counterpart) is not type(kind):
            yield f"{name} is a {type(counterpart).__name__}, not a {type(kind).__name__}"
        else:
            yield from _type_differences(kind, counterpart)


def _type_differences(kind: Any, counterpart: Any) -> Iterator[str]:
    match kind:
        case GraphQLObjectType() | GraphQLInterfaceType():
            yield from _field_differences(kind, counterpart)
            surplus = {i.name for i in kind.interfaces} - {i.name for i in counterpart.interfaces}
            yield from (f"{kind.name} does not implement {name}" for name in sorted(surplus))
        case GraphQLInputObjectType():
            yield from _input_differences(kind.name, kind.fields, counterpart.fields)
        case GraphQLEnumType():
            surplus = set(kind.values) - set(counterpart.values)
            yield from (f"{kind.name}.{value} does not exist" for value in sorted(surplus))
        case GraphQLUnionType():
            surplus = {m.name for m in kind.types} - {m.name for m in counterpart.types}
            yield from (f"{kind.name} has no member {name}" for name in sorted(surplus))


def _field_differences(kind: Any, counterpart: Any) -> Iterator[str]:
    for name, field in kind.fields.items():
        place = f"{kind.name}.{name}"
        if name not in counterpart.fields:
            yield f"{place} does not exist"
            continue
        other = counterpart.fields[name]
        if str(field.type) != str(other.type):
            yield f"{place} is {other.type}, not {field.type}"
        yield from _input_differences(place, field.args, other.args)


def _input_differences(place: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    """Arguments of a field, or fields of an input. One that GitHub requires must not be left out of ours."""
    for name, value in ours.items():
        if name not in theirs:
            yield f"{place}({name}) does not exist"
        elif str(value.type) != str(theirs[name].type):
            yield f"{place}({name}) is {theirs[name].type}, not {value.type}"
        elif value.default_value != theirs[name].default_value:
            yield f"{place}({name}) defaults to {theirs[name].default_value!r}, not {value.default_value!r}"
    for name, value in theirs.items():
        if name not in ours and str(value.type).endswith("!") and not _has_default(value):
            yield f"{place}({name}) is required and missing"


def _has_default(value: Any) -> bool:
    return value.default_value is not None and str(value.default_value) != "Undefined"
