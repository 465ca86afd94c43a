"""min-age: the bot itself saw the version long enough ago, so that others had time to find out what is wrong with it.

| policy     | first seen by the bot | verdict                    |
|------------|-----------------------|----------------------------|
| no min-age |                       | passed `no-age-wanted`     |
| min-age    | long enough ago       | passed `old-enough`        |
| min-age    | more recently         | waiting `too-young` until  |
| min-age    | not on record         | waiting `not-seen-yet`     |

The record is of the tag with its digests: an image that was pushed again under the same tag is as young as that push. Times
that a publisher wrote (of the build, of the commit) decide nothing: https://github.com/renovatebot/renovate/issues/39064
"""

from bot.core.gates.question import Question, moment, overriders, passed, waiting
from bot.core.plan import Verdict
from bot.core.values.durations import format_duration
from bot.core.versions.first_seen import first_seen

NAME = "min-age"
SENTENCES = {
    "no-age-wanted": "not configured",
    "old-enough": "first seen {since}, at least {wanted} ago",
    "too-young": "too young until {until} ({wanted} since the bot first saw it, {since})",
    "not-seen-yet": "the bot has no record yet of when it first saw it, and {wanted} have to pass since then",
}


def judge(question: Question) -> Verdict:
    """Look up the record."""
    wanted = question.environment.gates.min_age
    if not wanted:
        return passed(NAME, "no-age-wanted")
    facts, who = {"wanted": format_duration(wanted)}, overriders(question, NAME)
    seen = first_seen(question.application, question.state, question.version)
    if seen is None:
        return waiting(NAME, "not-seen-yet", facts, who=who)
    facts |= {"since": moment(seen)}
    ends = seen + wanted
    if ends <= question.now:
        return passed(NAME, "old-enough", facts)
    return waiting(NAME, "too-young", facts, who=who, again_at=ends, until=moment(ends))
