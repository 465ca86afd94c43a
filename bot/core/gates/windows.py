"""windows: promotions merge only at these hours.

| windows | open now | purpose  | verdict                                   |
|---------|----------|----------|-------------------------------------------|
| none    |          |          | passed `always-open`                      |
| some    | yes      |          | passed `window-open`                      |
| some    | no       | rollback | passed `window-not-obeyed` (said)         |
| some    | no       | other    | waiting `window-closed` until it opens    |

A window that passes midnight belongs to the day on which it opens. Hours are wall-clock time, so a window on a day on
which the clocks change is an hour shorter or longer, as people there see it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.gates.question import Purpose, Question, moment, overriders, passed, waiting
from bot.core.plan import Verdict
from bot.core.policy import Day, Window

NAME = "windows"
SENTENCES = {
    "always-open": "not configured",
    "window-open": "inside the policy's hours",
    "window-closed": "outside the policy's hours[; they open at {until}]",
    "window-not-obeyed": "outside the policy's hours[, which open at {until}]; a rollback goes ahead anyway",
}
DAYS = tuple(Day)
A_WEEK_AROUND = range(-1, 9)


def judge(question: Question) -> Verdict:
    """Compare now with every window."""
    windows = question.environment.gates.windows
    if not windows:
        return passed(NAME, "always-open")
    spans = [span for window in windows if (span := _present_or_next(window, question))]
    if any(opens <= question.now for opens, _ in spans):
        return passed(NAME, "window-open")
    again_at = min((opens for opens, _ in spans), default=None)
    until = moment(again_at) if again_at else ""
    if question.purpose is Purpose.ROLLBACK:
        return passed(NAME, "window-not-obeyed", until=until)
    return waiting(NAME, "window-closed", who=overriders(question, NAME), again_at=again_at, until=until)


def _present_or_next(window: Window, question: Question) -> tuple[datetime, datetime] | None:
    """Return the first window that is not over yet: it is open, or it is the next to open."""
    spans = _spans(window, question)
    return next(((opens, closes) for opens, closes in spans if opens < closes and question.now < closes), None)


def _spans(window: Window, question: Question) -> Iterator[tuple[datetime, datetime]]:
    """Yield when the window opens and closes, from yesterday to a week ahead, in UTC."""
    zone = ZoneInfo(window.timezone or question.environment.timezone)
    today = question.now.astimezone(zone).date()
    for days in A_WEEK_AROUND:
        day = today + timedelta(days=days)
        if DAYS[day.weekday()] in window.days:
            yield _span(window, day, zone)


def _span(window: Window, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    hours = window.hours
    last = day if hours.closes > hours.opens else day + timedelta(days=1)
    opens, closes = datetime.combine(day, hours.opens, zone), datetime.combine(last, hours.closes, zone)
    return opens.astimezone(UTC), closes.astimezone(UTC)
