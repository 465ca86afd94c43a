"""`alphabetical: last|first`: by the characters' codes, as `LC_ALL=C sort` does: digits, then upper case, then lower case."""

from bot.core.policy.orders.order import Evidence, OrderRules, Reversed, one_of


def _rules(argument: str, _: Evidence) -> OrderRules:
    return OrderRules(lambda _, text: Reversed(text) if argument == "first" else text)


ALPHABETICAL = one_of(
    "last",
    "first",
    description="The order of the characters, such as for dates: the `last` or the `first` is the newest.",
    rules=_rules,
)
