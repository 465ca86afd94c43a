"""Mutations. Each asks access/rules.py whether the viewer may, then lets a noun do it."""

from bot.simulator.github.graphql.context import Resolvers
from bot.simulator.github.graphql.mutations import checks, conversations, pulls, refs

TYPES: dict[type, str] = {}
RESOLVERS: Resolvers = {
    "Mutation": {**refs.MUTATIONS, **pulls.MUTATIONS, **conversations.MUTATIONS, **checks.MUTATIONS}
}
