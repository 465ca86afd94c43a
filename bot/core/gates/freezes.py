"""freezes: no freeze of the environment covers today; whole days in its time zone, both ends included.

| freeze today | purpose  | verdict                           |
|--------------|----------|-----------------------------------|
| no           |          | passed `no-freeze`                |
| yes          | rollback | passed `frozen-not-obeyed` (said) |
| yes          | other    | waiting `frozen` until its end    |
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.gates.question import Purpose, Question, moment, overriders, passed, waiting
from bot.core.plan import Verdict

NAME = "freezes"
SENTENCES = {
    "no-freeze": "no freeze today",
    "frozen": "frozen until {until}[ ({reason})]",
    "frozen-not-obeyed": "frozen until {until}[ ({reason})]; a rollback goes ahead anyway",
}


def judge(question: Question) -> Verdict:
    """Compare today with every freeze."""
    zone = ZoneInfo(question.environment.timezone)
    today = question.now.astimezone(zone).date()
    active = [freeze for freeze in question.environment.gates.freezes if freeze.first <= today <= freeze.last]
    if not active:
        return passed(NAME, "no-freeze")
    last = max(freeze.last for freeze in active)
    ends = _end(last, zone)
    until = moment(ends) if ends else str(last)
    reasons = "; ".join(freeze.reason for freeze in active if freeze.reason)
    if question.purpose is Purpose.ROLLBACK:
        return passed(NAME, "frozen-not-obeyed", until=until, reason=reasons)
    return waiting(NAME, "frozen", who=overriders(question, NAME), again_at=ends, until=until, reason=reasons)


def _end(last: date, zone: ZoneInfo) -> datetime | None:
    """Return the first moment after the day; None at the end of the calendar, where a freeze for good is written to
    end.
    """
    try:
        return datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    except OverflowError:
        return None
