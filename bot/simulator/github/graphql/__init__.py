"""The GraphQL view of the nouns."""

from bot.simulator.github.graphql.context import Allowance, Budget
from bot.simulator.github.graphql.engine import Answer, execute, schema

__all__ = ["Allowance", "Answer", "Budget", "execute", "schema"]
