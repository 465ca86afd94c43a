"""What every object of one simulated GitHub shares: clock, ids, node ids, and background work."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum

from bot.simulator.clock import Clock
from bot.simulator.github.model.world.errors import Reason, Refused
from bot.simulator.github.model.world.ids import Ids
from bot.simulator.github.model.world.signatures import SignatureState
from bot.simulator.github.traffic.faults import SECONDARY_LIMIT, ContentLimit


class Mergeability(Enum):
    """When GitHub knows whether a pull request merges without conflict."""

    AT_ONCE = "at once"
    AFTER_ASKING = "after asking"  # as GitHub: the first request returns UNKNOWN and starts the computation
    NEVER = "never"


class World:
    """The shared base of all objects of one GitHub."""

    def __init__(self, clock: Clock, *, mergeability: Mergeability) -> None:
        self.clock = clock
        self.mergeability = mergeability
        self.signature_verification = SignatureState.VALID  # the result of verifying signatures from now on
        self.content_limit = ContentLimit()
        self.reaction_limit = ContentLimit()
        self.ids = Ids()
        self._nodes: dict[str, object] = {}
        self._background_work: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return the present time."""
        return self.clock.now()

    def check_content(self, login: str) -> None:
        """Raise Refused while a fault switch says that the limit on creating content is exceeded, or an App met its own."""
        if self.content_limit.is_hit() or self.content_limit.is_too_much(login, self.now()):
            raise Refused(Reason.TOO_QUICKLY, "was submitted too quickly", rest_message=SECONDARY_LIMIT)

    def remember(self, item: object) -> None:
        """Make an object with a `node_id` available to `node`."""
        self._nodes[item.node_id] = item  # type: ignore[attr-defined]

    def forget(self, item: object) -> None:
        """Remove a deleted object."""
        self._nodes.pop(item.node_id, None)  # type: ignore[attr-defined]

    def node(self, identifier: str) -> object | None:
        """Return the object of a node id; git objects are not among them."""
        return self._nodes.get(identifier)

    def work_in_background(self, work: Callable[[], None]) -> None:
        """Run `work` before the next request."""
        self._background_work.append(work)

    @property
    def has_background_work(self) -> bool:
        """Report whether something is computed before the next request."""
        return bool(self._background_work)

    def finish_background_work(self) -> None:
        """Run the background work; called when a request arrives."""
        for work in self._background_work:
            work()
        self._background_work.clear()
