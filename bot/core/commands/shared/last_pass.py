"""What a process knows from the passes before: what it can do without, and what no look at GitHub shows."""

from dataclasses import dataclass

from bot.core.commands.shared.ration import FULL, Ration


@dataclass(frozen=True, slots=True)
class LastPass:
    """unrecorded: why GitHub refused to write `gitops-state` in the last pass, in its words; '' where it did not.

    ration: what is left of the answers that people without a role share.
    """

    unrecorded: str = ""
    ration: Ration = FULL


NOTHING_BEFORE = LastPass()
