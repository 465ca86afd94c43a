"""Mutations. Each checks the viewer's rights with access/rules.py, then changes the model."""

from bot.simulator.github.graphql.context import Resolvers
from bot.simulator.github.graphql.mutations import checks, conversations, pulls, refs

TYPES: dict[type, str] = {}
RESOLVERS: Resolvers = {
    "Mutation": {**refs.MUTATIONS, **pulls.MUTATIONS, **conversations.MUTATIONS, **checks.MUTATIONS}
}
