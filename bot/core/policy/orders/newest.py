"""`newest: created`: by the time at which the image says that it was built, if that says anything."""

from bot.core.policy.orders.order import Evidence, NoVersionError, OrderRules, Place, one_of
from bot.core.values.build_times import NoBuildTime

_NOT_ASKED = NoBuildTime("has a build time that was not read", is_said=False)


def _rules(_: str, evidence: Evidence) -> OrderRules:
    def place(tag: str, _: str) -> Place:
        time = evidence.created.get(tag, _NOT_ASKED)
        if isinstance(time, NoBuildTime):
            raise NoVersionError(time.reason)
        return time

    return OrderRules(place)


NEWEST = one_of(
    "created",
    description="The build time in the image. The bot reads it once for each tag that `tags` matches: narrow it.",
    rules=_rules,
)
