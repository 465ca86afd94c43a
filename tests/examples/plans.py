"""The plan of a checkout at a fixed moment, as `gitops-bot plan --offline` prints it."""

from datetime import UTC, datetime
from pathlib import Path

from bot.checkout.checkout import EVERYTHING, Selection, plan_offline, quiet, read_checkout
from bot.checkout.planned import CheckoutPlan
from bot.cli.output import Line
from bot.cli.plan.as_json import as_json
from bot.cli.plan.as_text import as_text
from bot.cli.policy import policy_files

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
"""A Wednesday, within office hours."""


def planned(root: Path, *, cache: Path | None = None, selection: Selection = EVERYTHING) -> CheckoutPlan:
    """Return the plan of a checkout."""
    checkout = read_checkout(root, policy_files(root), cache=cache, step=quiet)
    plan = plan_offline(checkout, now=NOW, selection=selection)
    checkout.remember()
    return plan


def page(plan: CheckoutPlan, *, whole: bool = True, with_changes: bool = False) -> str:
    """Return what people read."""
    return "".join(map(text_of, as_text(plan, offline=True, whole=whole, with_changes=with_changes)))


def text_of(line: Line) -> str:
    return "".join(text for text, _ in line) + "\n"


def document(plan: CheckoutPlan) -> str:
    """Return what programs read."""
    return as_json(plan) + "\n"
