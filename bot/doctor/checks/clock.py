"""clock: does GitHub accept what this server signs?

| name        | when                                                                        |
|-------------|-----------------------------------------------------------------------------|
| `clock-off` | it differs from GitHub's by more than half a minute                          |
| `clock`     | good                                                                        |

A JWT is dated 60 seconds back and lives for 9 minutes; GitHub allows 10, on its own clock. So a clock that is 60 seconds ahead
or 8 minutes behind stops everything, and soak times and windows are wrong before that.
"""

from datetime import datetime, timedelta

from bot.doctor import links
from bot.doctor.findings import Finding, good, problem

ALLOWED = timedelta(seconds=30)


def judge_clock(now: datetime, githubs: datetime) -> Finding:
    """Compare this server's clock with GitHub's."""
    ahead = now - githubs
    if abs(ahead) <= ALLOWED:
        return good("clock", "The clock agrees with GitHub's.")
    direction = "ahead of" if ahead > timedelta() else "behind"
    seconds = int(abs(ahead).total_seconds())
    shown = f"{seconds} seconds" if seconds < 120 else f"{round(seconds / 60)} minutes"
    return problem(
        "clock-off",
        f"The clock is {shown} {direction} GitHub's. GitHub refuses the tokens of a wrong clock, and soak times "
        "and windows are wrong.",
        "Turn on time synchronisation on this machine: timedatectl set-ntp true.",
        link=links.JWT,
    )
