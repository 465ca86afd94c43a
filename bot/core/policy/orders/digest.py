"""`digest: TAG`: one tag that moves; each digest that it comes to point at is a version.

Which of its digests is newer is no matter of tags: `bot/core/versions/moving_tag.py` decides.
"""

from bot.core.policy.orders.order import Evidence, NoVersionError, OrderDefinition, OrderRules, Place
from bot.core.values.images import is_tag


def _check(argument: str) -> None:
    if not is_tag(argument):
        raise ValueError(f"{argument!r} cannot be a tag: write one that moves, such as latest or main")


def _rules(argument: str, _: Evidence) -> OrderRules:
    def place(tag: str, _: str) -> Place:
        if tag != argument:
            raise NoVersionError(f"is not {argument}, the tag that is followed")
        return 0

    return OrderRules(place)


DIGEST = OrderDefinition(
    check=_check,
    description="One tag that moves: each digest that it points to is a version. Implies `write: tag+digest`.",
    schema={"examples": ["latest", "main"]},
    rules=_rules,
)
