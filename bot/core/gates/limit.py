"""limit: fewer promotions merged in this environment lately than the policy allows, counting all applications.

| policy   | merged within the time | verdict                                |
|----------|------------------------|----------------------------------------|
| no limit |                        | passed `no-limit`                      |
| n in t   | fewer than n           | passed `below-limit`                   |
| n in t   | n or more              | waiting `limit-reached` until one ages |
| n in t   | not all were read      | waiting `limit-unread`                 |

Race accepted: passes of several applications may see the same count and merge at once. The limit slows a rush down; it
guards nothing.
"""

from bot.core.gates.question import Question, moment, overriders, passed, waiting
from bot.core.plan import Verdict
from bot.core.values.durations import format_duration

NAME = "limit"
SENTENCES = {
    "no-limit": "not configured",
    "below-limit": "{count} of {limit} merges within {per}",
    "limit-reached": "{count} merged here within {per}, and the policy allows {limit}; the next one can merge at "
    "{until}",
    "limit-unread": "more pull requests were merged or changed within {per} than the bot reads at once, so it cannot count the "
    "merges here before {until}",
}


def judge(question: Question) -> Verdict:
    """Count the latest merges."""
    limit = question.environment.limit
    if limit is None:
        return passed(NAME, "no-limit")
    here = (merged.at for merged in question.state.merges if merged.environment == question.environment.name)
    lately = sorted(at for at in here if question.now - at < limit.per)
    since = question.state.merges_since
    facts = {"count": str(len(lately)), "limit": str(limit.merges), "per": format_duration(limit.per)}
    if len(lately) < limit.merges:
        if since is not None and question.now - since < limit.per:
            until = since + limit.per
            who = overriders(question, NAME)
            return waiting(NAME, "limit-unread", facts, who=who, again_at=until, until=moment(until))
        return passed(NAME, "below-limit", facts)
    again_at = lately[-limit.merges] + limit.per
    return waiting(
        NAME, "limit-reached", facts, who=overriders(question, NAME), again_at=again_at, until=moment(again_at)
    )
