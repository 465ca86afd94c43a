"""`commit: long|short`: the tag is the source commit, and the order is the history of the source branch."""

import re
from collections.abc import Callable
from functools import lru_cache

from bot.core.policy.orders.order import Evidence, NoVersionError, OrderRules, one_of

FULL_COMMIT = 40
SHORT_COMMIT = 7

UNTOUCHED = "paths-untouched: its commit changes nothing that `source.paths` names"


@lru_cache(maxsize=64)
def depth_of(argument: str, history: tuple[str, ...]) -> Callable[[str], int]:
    """Return a function from a text to how deep in the history of the source branch the commit is that it names.

    That function raises `NoVersionError` for a commit that is not on the branch, or not among those known.
    """
    shortest = FULL_COMMIT if argument == "long" else SHORT_COMMIT
    expected = f"{FULL_COMMIT}" if argument == "long" else f"{SHORT_COMMIT} to {FULL_COMMIT}"
    written = re.compile(f"[0-9a-f]{{{shortest},{FULL_COMMIT}}}")
    known: dict[str, list[tuple[int, str]]] = {}
    for depth, commit in enumerate(history):
        known.setdefault(commit[:SHORT_COMMIT], []).append((depth, commit))

    def find(text: str) -> int:
        if not written.fullmatch(text):
            raise NoVersionError(f"{text!r} is not a commit id: {expected} of the digits 0-9 and a-f")
        depths = [depth for depth, commit in known.get(text[:SHORT_COMMIT], ()) if commit.startswith(text)]
        if len(depths) > 1:
            raise NoVersionError(
                f"{text} is the beginning of {len(depths)} commits of the source branch: use more digits"
            )
        if not depths:
            raise NoVersionError(f"{text} is not among the newest {len(history)} commits of the source branch")
        return depths[0]

    return find


def _rules(argument: str, evidence: Evidence) -> OrderRules:
    depth = depth_of(argument, evidence.history)

    def admits(_: str, text: str) -> None:
        if evidence.history[depth(text)] in evidence.untouched:
            raise NoVersionError(UNTOUCHED)

    return OrderRules(lambda _, text: -depth(text), admits)


COMMIT = one_of(
    "long",
    "short",
    description="The tag is the source commit, 40 digits (`long`) or at least 7 (`short`); the order is the source branch's "
    "history.",
    rules=_rules,
)
