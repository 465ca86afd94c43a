"""The gates: one file each, one row each. Adding a gate is its file, its test, its policy entry and one row here.

Version gates decide which version comes; place gates decide when it may merge. Every gate is asked every time.
"""

from bot.core.gates import (
    approvals,
    checks,
    current,
    downgrade,
    foreign,
    freezes,
    from_,
    health,
    hold,
    image,
    limit,
    manifests,
    pace,
    protection,
    rejected,
    soak,
    windows,
)
from bot.core.gates.question import Gate, Kind, Purpose, Question
from bot.core.plan import Verdict

ALWAYS = frozenset(Purpose)
FORWARD = frozenset({Purpose.AUTOMATIC, Purpose.PROMOTE})
ALONE = frozenset({Purpose.AUTOMATIC})

GATES = (
    Gate(from_.NAME, Kind.VERSION, from_.judge, asked=FORWARD, overridable=True),
    Gate(checks.NAME, Kind.VERSION, checks.judge, asked=FORWARD, overridable=True),
    Gate(image.NAME, Kind.VERSION, image.judge, asked=ALWAYS, overridable=False),
    Gate(health.NAME, Kind.VERSION, health.judge, asked=FORWARD, overridable=True),
    Gate(soak.NAME, Kind.VERSION, soak.judge, asked=FORWARD, overridable=True),
    Gate(rejected.NAME, Kind.VERSION, rejected.judge, asked=ALWAYS, overridable=False),
    Gate(downgrade.NAME, Kind.VERSION, downgrade.judge, asked=FORWARD, overridable=False),
    Gate(manifests.NAME, Kind.PLACE, manifests.judge, asked=ALWAYS, overridable=False),
    Gate(current.NAME, Kind.PLACE, current.judge, asked=FORWARD, overridable=False),
    Gate(hold.NAME, Kind.PLACE, hold.judge, asked=ALWAYS, overridable=False),
    Gate(windows.NAME, Kind.PLACE, windows.judge, asked=ALWAYS, overridable=True),
    Gate(freezes.NAME, Kind.PLACE, freezes.judge, asked=ALWAYS, overridable=True),
    Gate(pace.NAME, Kind.PLACE, pace.judge, asked=ALONE, overridable=True),
    Gate(approvals.NAME, Kind.PLACE, approvals.judge, asked=ALWAYS, overridable=True),
    Gate(limit.NAME, Kind.PLACE, limit.judge, asked=FORWARD, overridable=True),
    Gate(foreign.NAME, Kind.PLACE, foreign.judge, asked=ALWAYS, overridable=False),
    Gate(protection.NAME, Kind.PLACE, protection.judge, asked=ALWAYS, overridable=False),
)
OVERRIDABLE = tuple(gate.name for gate in GATES if gate.overridable)


def judge(question: Question, kind: Kind | None = None) -> tuple[Verdict, ...]:
    """The answers of all gates, or of one kind, in the order of the table."""
    return tuple(gate.answer(question) for gate in GATES if kind in (None, gate.kind))
