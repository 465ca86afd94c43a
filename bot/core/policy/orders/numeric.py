"""`numeric: highest|lowest`: by the number, of any length that a tag can have; leading zeros make no difference.

A dot is no part of a number here: whether 1.10 comes before or after 1.9 depends on whom you ask.
"""

import re

from bot.core.policy.orders.order import Evidence, NoVersionError, OrderRules, Place, Reversed, one_of

_DIGITS = re.compile(r"[0-9]+")


def _rules(argument: str, _: Evidence) -> OrderRules:
    def place(_: str, text: str) -> Place:
        if not _DIGITS.fullmatch(text):
            hint = ": is it a version, for the order semver?" if "." in text else ""
            raise NoVersionError(f"{text!r} is not a whole number{hint}")
        return Reversed(int(text)) if argument == "lowest" else int(text)

    return OrderRules(place)


NUMERIC = one_of(
    "highest",
    "lowest",
    description="Whole numbers, such as those of builds: the `highest` or the `lowest` is the newest.",
    rules=_rules,
)
