"""Which occasion an open promotion's answers are.

| the most severe answer | occasion |
|---|---|
| all pass, and a person merges | `waits` |
| all pass, or time alone changes it | – |
| the gate `hold` | `held` |
| a review, a conversation, a merge by hand | `waits` |
| a check or a health report failed, GitHub refused a write | `failed` |
| any other that needs a person | `blocked` |
"""

from bot.core.gates import approvals, hold
from bot.core.pages.parts.verdicts import UNTIL_PULL, most_severe
from bot.core.plan import Severity, Verdict
from bot.core.values.notice import Occasion

FAILURES = frozenset({"checks-failed", "required-failed", "unhealthy", "github-refused"})
"""Codes of what ran and failed."""

REVIEWS = frozenset({"owners-wanted", "conversation-open", "review-required"})
"""Codes of what a reviewer does, beside the gate `approvals`."""


def answer_of(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """Return the answer that people hear of: the most severe one; None where all pass."""
    return most_severe(each for each in verdicts if each.code not in UNTIL_PULL)


def occasion_of(verdict: Verdict) -> Occasion | None:
    """Return what this answer is an occasion for; None where nobody has to know of it now."""
    if verdict.severity is not Severity.BLOCKED:
        return None
    if verdict.gate == hold.NAME:
        return Occasion.HELD
    if verdict.code in FAILURES:
        return Occasion.FAILED
    if verdict.gate == approvals.NAME or verdict.code in REVIEWS:
        return Occasion.WAITS
    return Occasion.BLOCKED
