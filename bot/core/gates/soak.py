"""soak: the version was the current one of the environment before for long enough, unbroken; once served it stays served.

| policy      | longest time there | still there | health reported | verdict                       |
|-------------|--------------------|-------------|-----------------|-------------------------------|
| no soak     |                    |             |                 | passed `no-soak-wanted`       |
| soak        | long enough        |             |                 | passed `soak-served`          |
| soak        | shorter            | yes         | yes, or unasked | waiting `soak-running` until  |
| soak        | shorter            | yes         | not yet         | waiting `soak-not-started`    |
| soak        | shorter            | no          |                 | blocked `soak-cut-short`      |
| soak        | never there        |             |                 | waiting `soak-not-started`    |
| soak        | nothing before it  |             |                 | blocked `nowhere-to-soak`     |

With `health`, the time counts from the moment when every context has reported its first success.
"""

from datetime import datetime, timedelta

from bot.core.gates.health import contexts
from bot.core.gates.question import Question, blocked, easiest, hardest, moment, overriders, passed, waiting
from bot.core.history.periods import Period, first_success, periods_of
from bot.core.plan import Verdict
from bot.core.policy import OriginKind
from bot.core.values.durations import format_duration

NAME = "soak"
SENTENCES = {
    "no-soak-wanted": "not configured",
    "soak-served": "soaked in {environment:c} for {wanted}",
    "soak-running": "soaking in {environment:c} until {until} ({wanted}, started {since})",
    "soak-not-started": "{wanted} soak in {environment:c} has not started",
    "nowhere-to-soak": "{application:c} uses no environment before {environment:c}, so it cannot soak",
    "soak-cut-short": "left {environment:c} before its {wanted} soak was over",
}


def judge(question: Question) -> Verdict:
    """Ask every environment that this one follows."""
    wanted = question.environment.gates.soak
    if not wanted:
        return passed(NAME, "no-soak-wanted")
    origin = question.environment.origin
    if not origin.environments:
        who = ("anyone who can change the policy", *overriders(question, NAME))
        names = {"application": question.application.name, "environment": question.environment.name}
        return blocked(NAME, "nowhere-to-soak", names, who=who)
    answers = [ask(question, name, wanted) for name in origin.environments]
    return easiest(answers) if origin.kind is OriginKind.ANY else hardest(answers)


def ask(question: Question, upstream: str, wanted: timedelta) -> Verdict:
    """Judge one environment alone."""
    times = periods_of(question.state, question.state.environments[upstream], question.version)
    started = [(period, _start(question, upstream, period)) for period in times]
    served = [start for period, start in started if start and (period.until or question.now) - start >= wanted]
    facts = {"environment": upstream, "wanted": format_duration(wanted)}
    if served:
        return passed(NAME, "soak-served", facts, since=moment(served[0]))
    if times and times[0].until is not None:
        return blocked(NAME, "soak-cut-short", facts, who=("a newer version", *overriders(question, NAME)))
    if started and started[0][1]:
        ends = started[0][1] + wanted
        return waiting(NAME, "soak-running", facts, again_at=ends, since=moment(started[0][1]), until=moment(ends))
    return waiting(NAME, "soak-not-started", facts)


def _start(question: Question, upstream: str, period: Period) -> datetime | None:
    starts = [first_success(period, context) for context in contexts(question, upstream)]
    if None in starts:
        return None
    return max([period.since, *(start for start in starts if start)])
