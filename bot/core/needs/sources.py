"""What a glance must see of a source repository."""

from dataclasses import dataclass

from bot.core.needs.application import Needs


@dataclass(frozen=True, slots=True)
class SourceNeeds:
    """repository: 'owner/name'. branch, head: as `source_branch` and `source_head` of `Needs`."""

    repository: str
    branch: str | None
    head: str | None


def source_needs(needs: Needs) -> SourceNeeds | None:
    """Return what a glance at an application must see of its source repository; None if nothing."""
    if needs.source is None or (needs.source_branch is None and needs.source_head is None):
        return None
    return SourceNeeds(needs.source, needs.source_branch, needs.source_head)
