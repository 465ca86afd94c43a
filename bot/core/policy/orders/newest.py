"""`newest: created`: by the time at which the image says it was built."""

from bot.core.policy.orders.order import Evidence, NoVersionError, OrderRules, Place, one_of


def _rules(_: str, evidence: Evidence) -> OrderRules:
    def place(tag: str, _: str) -> Place:
        if tag not in evidence.created:
            raise NoVersionError("does not say when it was built, or was not asked")
        return evidence.created[tag]

    return OrderRules(place)


NEWEST = one_of(
    "created",
    description="When the image says it was built. Each tag that `tags` lets through is asked once: narrow it.",
    rules=_rules,
)
