"""What can be asked over GraphQL, and what does it cost? The other way to the nouns."""

from bot.simulator.github.graphql.context import Allowance, Budget
from bot.simulator.github.graphql.engine import Answer, execute, schema

__all__ = ["Allowance", "Answer", "Budget", "execute", "schema"]
