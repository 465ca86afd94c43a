"""When a pass looks again."""

from datetime import datetime, timedelta

from bot.core.plan import Plan
from bot.runtime import Runtime

FOLLOW_UP = timedelta(seconds=30)
"""After a write, GitHub's webhook makes the key due. This is for the webhook that is lost."""
POLL = timedelta(hours=1)
"""No application sleeps longer, whatever its plan says."""
SWEEP = timedelta(minutes=10)
"""Between two looks at a whole repository."""


def next_look(plan: Plan, runtime: Runtime) -> datetime:
    """Return when this application is looked at again: the earliest of the poll, the follow-up and the plan's own time."""
    now = runtime.now()
    times = [now + spread(POLL, runtime)]
    if plan.actions:
        times.append(now + FOLLOW_UP)
    if plan.again_at:
        times.append(plan.again_at)
    return min(times)


def spread(length: timedelta, runtime: Runtime) -> timedelta:
    """Return up to a tenth more or less, so that keys do not all become due at the same moment."""
    return length * (0.9 + 0.2 * runtime.random())
