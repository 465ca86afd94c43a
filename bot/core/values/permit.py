"""What a pass must show before each write: that it still holds its key."""

from typing import Protocol


class Permit(Protocol):
    """Handed by the queue to a pass, and by the pass to every function that writes."""

    async def confirm(self) -> None:
        """Raise `LeaseLost` when another runner may have taken the key over."""
        ...
