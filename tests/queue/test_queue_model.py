"""The store against a model small enough to be believed: any sequence of calls, from two processes, gives the same answers."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from bot.core.values.permit import Priority
from bot.queue.protocol import LEASE, Depth, Lease, Queue
from tests.queue.clocks import VirtualLoop
from tests.queue.stores import SqliteStores

KEYS = st.sampled_from(["a/x", "a/x#1", "a/y#1", "b/z#1"])
PRIORITIES = st.sampled_from(list(Priority))
PROCESSES = st.sampled_from([0, 1])
SECONDS = st.sampled_from([0, 1, 14, 15, 16, 3600]).map(lambda seconds: timedelta(seconds=seconds))


@dataclass
class ModelRow:
    """What is true of one key."""

    due: datetime | None = None
    owner: tuple[int, str] | None = None  # the process and the token
    lease: datetime | None = None
    attempts: int = 0
    priority: Priority = Priority.SWEEP

    def make_due(self, at: datetime, priority: Priority = Priority.SWEEP) -> None:
        self.due = at if self.due is None else min(self.due, at)
        self.priority = min(self.priority, priority)

    def free(self) -> None:
        self.owner = self.lease = None


class QueueMachine(RuleBasedStateMachine):
    """Every rule does a thing to the store and to the model, and compares what they answer."""

    leases = Bundle("leases")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.stores = SqliteStores(Path(self.folder.name))
        self.processes: list[Queue] = [self.run(self.stores.open()) for _ in range(2)]
        self.rows: dict[str, ModelRow] = {}
        self.deliveries: set[str] = set()

    def run(self, answer: Any) -> Any:
        return self.runner.run(answer)

    @property
    def now(self) -> datetime:
        return self.stores.now()

    def row(self, key: str) -> ModelRow:
        return self.rows.setdefault(key, ModelRow())

    def forget_idle(self) -> None:
        self.rows = {key: row for key, row in self.rows.items() if row.owner or row.due}

    @rule(
        process=PROCESSES,
        delivery=st.sampled_from([None, "one", "two", "three"]),
        keys=st.lists(KEYS, max_size=3),
        priority=PRIORITIES,
    )
    def accept(self, process: int, delivery: str | None, keys: list[str], priority: Priority) -> None:
        expected = delivery is None or delivery not in self.deliveries
        if expected:
            self.deliveries |= {delivery} if delivery else set()
            for key in keys:
                self.row(key).make_due(self.now, priority)

        assert self.run(self.processes[process].accept(delivery, keys, priority=priority)) is expected

    @rule(process=PROCESSES, key=KEYS, after=SECONDS)
    def due(self, process: int, key: str, after: timedelta) -> None:
        self.row(key).make_due(self.now + after)

        self.run(self.processes[process].due(key, self.now + after))

    @rule(target=leases, process=PROCESSES, limit=st.integers(1, 3))
    def claim(self, process: int, limit: int) -> Any:
        for row in self.rows.values():
            if row.owner and row.owner[0] == process and row.lease and row.lease <= self.now:
                row.lease = self.now + LEASE
        people = self.claimable({Priority.PEOPLE}, taken=[])[:limit]
        expected = people + self.claimable({Priority.EVENT, Priority.SWEEP}, taken=people)[: limit - len(people)]

        claimed: tuple[Lease, ...] = self.run(self.processes[process].claim(limit))

        assert [lease.key for lease in claimed] == expected
        for lease in claimed:
            row = self.rows[lease.key]
            row.attempts += 1 if row.owner else 0
            assert (lease.attempts, lease.priority) == (row.attempts, row.priority)
            row.priority = Priority.SWEEP
            row.owner, row.lease = (process, lease.token), self.now + LEASE
            row.due = row.due if row.due and row.due > self.now else None
        return multiple(*((process, lease) for lease in claimed))

    def claimable(self, kinds: set[Priority], *, taken: list[str]) -> list[str]:
        """The keys of these kinds in the order of a claim. taken: what this same claim took before."""
        here = {key: row for key, row in self.rows.items() if row.priority in kinds and key not in taken}
        lapsed = sorted((row.lease, key) for key, row in here.items() if row.lease and row.lease <= self.now)
        free = [key for key, row in here.items() if not row.owner and row.due and row.due <= self.now]
        running = [key for key, row in self.rows.items() if row.owner] + taken
        running = list(dict.fromkeys(running))
        in_turn = self.in_turn(free, running)
        return [key for _, key in lapsed] + in_turn

    def in_turn(self, free: list[str], running: list[str]) -> list[str]:
        """Rank as people would: deal one key after the other out of its repository, and these out of its account."""
        steps = self.dealt(free, running, hand=lambda key: key.partition("#")[0], rank=self.first)
        turns = self.dealt(
            free,
            running,
            hand=lambda key: key.partition("/")[0],
            rank=lambda key: (self.urgency(key), steps[key], self.first(key)),
        )
        return sorted(free, key=lambda key: (turns[key] + 4 * self.urgency(key), *self.first(key)))

    def dealt(
        self, free: list[str], running: list[str], *, hand: Callable[[str], str], rank: Callable[[str], Any]
    ) -> dict[str, int]:
        count = Counter(map(hand, running))
        places = {}
        for key in sorted(free, key=rank):
            count[hand(key)] += 1
            places[key] = count[hand(key)]
        return places

    def urgency(self, key: str) -> int:
        row = self.rows[key]
        waited = row.due is not None and row.due <= self.now - timedelta(minutes=1)
        return Priority.EVENT if row.priority is Priority.SWEEP and waited else row.priority

    def first(self, key: str) -> tuple[int, bool, datetime | None, str]:
        return self.urgency(key), "#" in key, self.rows[key].due, key

    def holds(self, held: tuple[int, Lease]) -> ModelRow | None:
        """The model's row if this run still owns it."""
        process, lease = held
        row = self.rows.get(lease.key)
        return row if row and row.owner == (process, lease.token) else None

    def store(self, held: tuple[int, Lease]) -> Queue:
        return self.processes[held[0]]

    @rule(held=leases)
    def hold(self, held: tuple[int, Lease]) -> None:
        row = self.holds(held)
        if row:
            row.lease = self.now + LEASE

        assert self.run(self.store(held).hold(held[1])) is (row is not None)

    @rule(held=leases, after=st.none() | SECONDS)
    def finish(self, held: tuple[int, Lease], after: timedelta | None) -> None:
        row = self.holds(held)
        again_at = None if after is None else self.now + after
        if row:
            row.free()
            row.attempts = 0
            if again_at is not None:
                row.make_due(again_at)
            self.forget_idle()

        assert self.run(self.store(held).finish(held[1], again_at=again_at)) is (row is not None)

    @rule(held=leases, after=SECONDS)
    def fail(self, held: tuple[int, Lease], after: timedelta) -> None:
        row = self.holds(held)
        if row:
            row.free()
            row.attempts += 1
            row.make_due(self.now + after, held[1].priority)

        assert self.run(self.store(held).fail(held[1], error="boom", again_at=self.now + after)) is (row is not None)

    @rule(held=leases)
    def release(self, held: tuple[int, Lease]) -> None:
        row = self.holds(held)
        if row:
            row.free()
            row.make_due(self.now, held[1].priority)

        assert self.run(self.store(held).release(held[1])) is (row is not None)

    @rule(process=PROCESSES)
    def renew(self, process: int) -> None:
        for row in self.rows.values():
            if row.owner and row.owner[0] == process:
                row.lease = self.now + LEASE

        self.run(self.processes[process].renew())

    @rule(by=SECONDS)
    def time_passes(self, by: timedelta) -> None:
        self.stores.advance(by)

    @rule(target=leases)
    def everything_is_killed_and_started_again(self) -> Any:
        for process in self.processes:
            self.run(self.stores.kill(process))
        self.processes = [self.run(self.stores.open()) for _ in range(2)]
        for row in self.rows.values():
            if row.owner:
                row.free()
                row.attempts += 1
                row.make_due(self.now, Priority.EVENT)
        return multiple()

    @invariant()
    def status_is_as_the_model_says(self) -> None:
        for process, queue in enumerate(self.processes):
            assert self.run(queue.depth()) == self.expected_depth(process)
            rows = {
                row.key: (row.due, row.running_since is not None, row.attempts) for row in self.run(queue.snapshot())
            }
            assert rows == {key: (row.due, row.owner is not None, row.attempts) for key, row in self.rows.items()}

    def expected_depth(self, process: int) -> Depth:
        lapsed = [
            row.lease
            for row in self.rows.values()
            if row.owner and row.owner[0] != process and row.lease and row.lease <= self.now
        ]
        free = [row.due for row in self.rows.values() if not row.owner and row.due]
        owed = [due for due in free if due <= self.now]
        return Depth(
            due=len(owed) + len(lapsed),
            waiting=len(free) - len(owed),
            running=sum(1 for row in self.rows.values() if row.owner) - len(lapsed),
            failing=sum(1 for row in self.rows.values() if row.attempts),
            oldest_due=min([*owed, *lapsed], default=None),
        )

    def teardown(self) -> None:
        self.run(self.stores.close())
        self.runner.close()
        self.folder.cleanup()


TestQueueModel = QueueMachine.TestCase
TestQueueModel.settings = settings(
    max_examples=40, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow]
)
