"""May it merge?

One file per gate, with its truth table and its sentences; one row per gate below. Version gates decide which version comes;
place gates decide when it may merge. Every gate is asked every time.
"""

from collections.abc import Mapping

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
    min_age,
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
    Gate(from_.NAME, Kind.VERSION, from_.judge, from_.SENTENCES, asked=FORWARD, overridable=True),
    Gate(checks.NAME, Kind.VERSION, checks.judge, checks.SENTENCES, asked=FORWARD, overridable=True),
    Gate(image.NAME, Kind.VERSION, image.judge, image.SENTENCES, asked=ALWAYS, overridable=False),
    Gate(health.NAME, Kind.VERSION, health.judge, health.SENTENCES, asked=FORWARD, overridable=True),
    Gate(soak.NAME, Kind.VERSION, soak.judge, soak.SENTENCES, asked=FORWARD, overridable=True),
    Gate(min_age.NAME, Kind.VERSION, min_age.judge, min_age.SENTENCES, asked=FORWARD, overridable=True),
    Gate(rejected.NAME, Kind.VERSION, rejected.judge, rejected.SENTENCES, asked=ALWAYS, overridable=False),
    Gate(downgrade.NAME, Kind.VERSION, downgrade.judge, downgrade.SENTENCES, asked=FORWARD, overridable=False),
    Gate(manifests.NAME, Kind.PLACE, manifests.judge, manifests.SENTENCES, asked=ALWAYS, overridable=False),
    Gate(current.NAME, Kind.PLACE, current.judge, current.SENTENCES, asked=FORWARD, overridable=False),
    Gate(hold.NAME, Kind.PLACE, hold.judge, hold.SENTENCES, asked=ALWAYS, overridable=False),
    Gate(windows.NAME, Kind.PLACE, windows.judge, windows.SENTENCES, asked=ALWAYS, overridable=True),
    Gate(freezes.NAME, Kind.PLACE, freezes.judge, freezes.SENTENCES, asked=ALWAYS, overridable=True),
    Gate(pace.NAME, Kind.PLACE, pace.judge, pace.SENTENCES, asked=ALONE, overridable=True),
    Gate(approvals.NAME, Kind.PLACE, approvals.judge, approvals.SENTENCES, asked=ALWAYS, overridable=True),
    Gate(limit.NAME, Kind.PLACE, limit.judge, limit.SENTENCES, asked=FORWARD, overridable=True),
    Gate(foreign.NAME, Kind.PLACE, foreign.judge, foreign.SENTENCES, asked=ALWAYS, overridable=False),
    Gate(protection.NAME, Kind.PLACE, protection.judge, protection.SENTENCES, asked=ALWAYS, overridable=False),
)
_BY_KIND: Mapping[Kind | None, tuple[Gate, ...]] = {
    None: GATES,
    **{kind: tuple(gate for gate in GATES if gate.kind is kind) for kind in Kind},
}
OVERRIDABLE = tuple(gate.name for gate in GATES if gate.overridable)


def judge(question: Question, kind: Kind | None = None) -> tuple[Verdict, ...]:
    """Return the answers of all gates, or of one kind, in the order of the table."""
    return tuple([gate.answer(question) for gate in _BY_KIND[kind]])
