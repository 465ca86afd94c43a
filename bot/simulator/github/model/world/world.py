"""What every noun of one simulated GitHub shares: the clock, the ids, the nodes, and work between two requests."""

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
    AFTER_ASKING = "after asking"  # as the real one: the first question gets UNKNOWN and starts the work
    NEVER = "never"


class World:
    """The ground that the nouns of one GitHub stand on."""

    def __init__(self, clock: Clock, *, mergeability: Mergeability) -> None:
        self.clock = clock
        self.mergeability = mergeability
        self.signature_verification = SignatureState.VALID  # what verifying a signature comes to from now on
        self.content_limit = ContentLimit()
        self.ids = Ids()
        self._nodes: dict[str, object] = {}
        self._background_work: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return the present."""
        return self.clock.now()

    def check_content(self) -> None:
        """Refuse new content while the limit on it is hit."""
        if self.content_limit.is_hit():
            raise Refused(Reason.TOO_QUICKLY, "was submitted too quickly", rest_message=SECONDARY_LIMIT)

    def remember(self, noun: object) -> None:
        """Let `node` find something that has a `node_id`."""
        self._nodes[noun.node_id] = noun  # type: ignore[attr-defined]

    def forget(self, noun: object) -> None:
        """It is gone."""
        self._nodes.pop(noun.node_id, None)  # type: ignore[attr-defined]

    def node(self, identifier: str) -> object | None:
        """Return what a node id means, for everything that is not an object of git."""
        return self._nodes.get(identifier)

    def work_in_background(self, work: Callable[[], None]) -> None:
        """Have something done before the next request."""
        self._background_work.append(work)

    def finish_background_work(self) -> None:
        """What GitHub does between two requests; the views call it when a request arrives."""
        for work in self._background_work:
            work()
        self._background_work.clear()
