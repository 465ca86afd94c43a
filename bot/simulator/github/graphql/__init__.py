"""What can be queried over GraphQL, and what does it cost?"""

from bot.simulator.github.graphql.context import Allowance, Budget
from bot.simulator.github.graphql.execution.engine import Answer, execute, schema

__all__ = ["Allowance", "Answer", "Budget", "execute", "schema"]
