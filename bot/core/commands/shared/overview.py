"""`/why` without an application: the few that need a person most, of as many as there are."""

from collections.abc import Mapping

from bot.core.commands.command import EVERYTHING, Answer
from bot.core.pages.parts.verdicts import SIGNS
from bot.core.plan import Row, Severity
from bot.core.policy import Policy
from bot.core.values.text import code

MOST = 5


def overview(policy: Policy, rows: Mapping[str, tuple[Row, ...]], environment: str = "") -> Answer:
    """Name the applications that need a person most: first those without a pull request, and those furthest along.

    rows: of the dashboard, by application, as far as they were looked at. environment: only what is there, '' for all.
    """
    places = ["all environments"] if environment in ("", EVERYTHING) else [code(environment)]
    needing = _needing(policy, rows, environment)
    lines = [f"- **{code(name)} in {code(row.environment)}:** {row.said}" for name, row in needing[:MOST]]
    waiting = sum(any(row.severity is Severity.WAITING for row in each) for each in rows.values())
    counted = f"{len(needing)} of {len(policy.applications)} applications need a person in {places[0]}; {waiting} are waiting."
    parts = [counted, "\n".join(lines), _rest(len(needing)), _unseen(policy, rows)]
    details = f"For one of them: {code('/why ENV APP')}."
    return Answer("\n\n".join([part for part in parts if part] + ([details] if lines else [])))


def _needing(policy: Policy, rows: Mapping[str, tuple[Row, ...]], environment: str) -> list[tuple[str, Row]]:
    """Return each application that needs a person, with its worst row; the worst first."""
    steps = {name: step for step, names in enumerate(policy.steps) for name in names}
    found = []
    for name in policy.applications:
        blocked = [
            row
            for row in rows.get(name, ())
            if row.severity is Severity.BLOCKED and environment in ("", EVERYTHING, row.environment)
        ]
        if blocked:
            found.append((name, max(blocked, key=lambda row: (row.stands_alone, steps.get(row.environment, 0)))))
    return sorted(found, key=lambda each: (-each[1].stands_alone, -steps.get(each[1].environment, 0), each[0]))


def _rest(count: int) -> str:
    return f"And {count - MOST} more. The dashboard has all of them." if count > MOST else ""


def _unseen(policy: Policy, rows: Mapping[str, tuple[Row, ...]]) -> str:
    unseen = sum(name not in rows for name in policy.applications)
    return f"{SIGNS[Severity.WAITING]} {unseen} have not been checked since the bot started." if unseen else ""
