"""What a process knows from the passes before: what it can do without, and what no look at GitHub shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.commands.shared.ration import FULL, Ration
from bot.core.plan import Row


@dataclass(frozen=True, slots=True)
class LastPass:
    """unrecorded: why GitHub refused the write to `gitops-state` in the last pass, in its words; '' where it did not.

    ration: what is left of the answers that people without a role share. rows: of the dashboard, by application, as far as
    they were looked at.
    """

    unrecorded: str = ""
    ration: Ration = FULL
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)


NOTHING_BEFORE = LastPass()
