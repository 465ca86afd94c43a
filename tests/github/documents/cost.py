"""The cost of a GraphQL document by GitHub's rule: its requests for connections, divided by a hundred and rounded.

https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from collections.abc import Mapping

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)


def points(text: str, variables: Mapping[str, object]) -> int:
    """At least 1."""
    return max(1, round(connection_requests(text, variables) / 100))


def connection_requests(text: str, variables: Mapping[str, object]) -> int:
    """Return the requests that GitHub counts: one per connection, for every possible parent."""
    document: DocumentNode = parse(text)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return _requests(operation.selection_set, 1, fragments, variables)


def _requests(
    selections: SelectionSetNode | None,
    parents: int,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, object],
) -> int:
    total = 0
    for selection in selections.selections if selections else ():
        if isinstance(selection, FragmentSpreadNode):
            total += _requests(fragments[selection.name.value].selection_set, parents, fragments, variables)
            continue
        size = _page_size(selection, variables) if isinstance(selection, FieldNode) else None
        if size is None:
            total += _requests(selection.selection_set, parents, fragments, variables)  # type: ignore[attr-defined]
        else:
            total += parents + _requests(selection.selection_set, parents * size, fragments, variables)  # type: ignore[attr-defined]
    return total


def _page_size(field: FieldNode, variables: Mapping[str, object]) -> int | None:
    for argument in field.arguments or ():
        if argument.name.value in ("first", "last"):
            value = argument.value
            if isinstance(value, VariableNode):
                return int(str(variables[value.name.value]))
            assert isinstance(value, IntValueNode)
            return int(value.value)
    return None
