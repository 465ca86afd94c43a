"""Which gates a checkout can judge, and who would have to be asked about the others."""

from collections.abc import Iterable, Iterator

from bot.checkout.planned import Judged
from bot.core.pages.parts.verdicts import UNASKED, UNTIL_PULL
from bot.core.plan import Verdict
from bot.core.policy import Application, OrderKind

GITHUB = "GitHub"
REGISTRY = "the registry"

BY_GITHUB = frozenset(
    {"checks", "health", "soak", "min-age", "rejected", "hold", "pace", "approvals", "limit", "foreign", "protection"}
)
BY_REGISTRY = frozenset({"image"})
BY_ORDER = frozenset({"candidate", "current", "downgrade"})
"""What compares two versions."""
DATED = frozenset({OrderKind.NEWEST, OrderKind.DIGEST})
"""Orders that only a registry knows."""


def judged(verdicts: Iterable[Verdict], application: Application, *, offline: bool) -> tuple[Judged, ...]:
    """Return the verdicts, with who was not asked about them."""
    return tuple(Judged(verdict, _unasked(verdict, application, offline=offline)) for verdict in verdicts)


def _unasked(verdict: Verdict, application: Application, *, offline: bool) -> str:
    if verdict.code in UNASKED | UNTIL_PULL:
        return ""
    return next(_who(verdict.gate, application.versions.order.kind, offline=offline), "")


def _who(gate: str, order: OrderKind, *, offline: bool) -> Iterator[str]:
    if gate in BY_GITHUB or (gate in BY_ORDER and order is OrderKind.COMMIT):
        yield GITHUB
    if offline and (gate in BY_REGISTRY or (gate in BY_ORDER and order in DATED)):
        yield REGISTRY
