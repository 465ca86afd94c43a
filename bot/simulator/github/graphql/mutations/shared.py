"""Helpers of all mutations: the input, the objects that its ids identify, and the payload with the client's id."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bot.simulator.github.graphql.context import Info, Resolver, context
from bot.simulator.github.graphql.resolvers.queries import find_node
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import not_found

# The schema has checked every type. Names are in snake case; absent optional ones are missing.
Input = Mapping[str, Any]
Payload = dict[str, object]
Mutation = Callable[[Info, Input], Payload]

Node = TypeVar("Node")


def resolver(mutate: Mutation) -> Resolver:
    """Wrap a mutation in the form that graphql-core calls."""

    def resolve(_root: object, info: Info, given: Input) -> Payload:
        return {**mutate(info, given), "clientMutationId": given.get("client_mutation_id")}

    return resolve


def node(info: Info, identifier: str, kind: type[Node]) -> Node:
    """Return the object of a node id, if it has this kind and the viewer can see it."""
    found = find_node(info, identifier)
    if not isinstance(found, kind):
        raise not_found(f"Could not resolve to {kind.__name__} node with the global id of '{identifier}'.")
    return found


def repository(info: Info, identifier: str) -> Repository:
    """Return the repository of a node id."""
    return node(info, identifier, Repository)


def repository_named(info: Info, full_name: str) -> Repository:
    """Return the repository `owner/name`."""
    request = context(info)
    found = request.github.find_repository(full_name)
    if found is None or not request.viewer.sees(found):
        raise not_found(f"Could not resolve to a Repository with the name '{full_name}'.")
    return found
