"""When to look again."""

from datetime import datetime, timedelta

from bot.core.plan import Plan
from bot.runtime import Runtime

FOLLOW_UP = timedelta(seconds=30)
"""When to look again after a write, in case the webhook that the write causes is lost."""
POLL = timedelta(hours=1)
"""The longest time between two looks at an application, whatever its plan says."""
SWEEP = timedelta(minutes=10)
"""The time between two looks at a whole repository."""


def next_look(plan: Plan, runtime: Runtime, *, polled: bool = True) -> datetime | None:
    """Return when to look at this application next: the earliest of the poll, the follow-up and the plan's time.

    polled: False where the repository's pass asks about it as often; then None if nothing else is waited for.
    """
    now = runtime.now()
    poll = now + spread(POLL, runtime)
    times = [poll] if polled or (plan.again_at is not None and plan.again_at > poll) else []
    if plan.actions:
        times.append(now + FOLLOW_UP)
    if plan.again_at:
        times.append(plan.again_at)
    return min(times, default=None)


def spread(length: timedelta, runtime: Runtime) -> timedelta:
    """Return the interval plus or minus up to a tenth, so that keys do not all become due at once."""
    return length * (0.9 + 0.2 * runtime.random())
