"""An event loop on which everything happens in an order that a seed chooses, and no real time passes.

- Time advances to the next timer as soon as nothing is ready. What is ready at the same moment runs in a shuffled order.
- Threads do not exist: `run_in_executor` calls inline after a short delay.
- Connections are in memory (`transports.py`). Nothing leaves the process.
- A *process* is a context variable, which tasks and callbacks inherit. `kill` ends one between two steps: nothing of it ever
  runs again, not even `finally`. Its connections are reset and its files are closed, as the operating system would.

So the same seed gives the same run, down to the number of steps.
"""

import asyncio
import gc
import heapq
import logging
import random  # noqa: TID251 -- the seed chooses
import socket
import sqlite3
import traceback
import warnings
from asyncio.events import Handle
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.simulation.transports import End, Listener, connected

T = TypeVar("T")

LATENCY = 0.02
"""The longest time that bytes are on their way, in seconds."""
THREAD = 0.004
"""The longest time that a thread takes for a call, in seconds."""
_FIRST_PORT = 49152


@dataclass(eq=False)
class Process:
    """A process of the simulated world. aside: what it would do, were it not frozen.

    files: databases and locks that the system closes with it.
    """

    name: str
    alive: bool = True
    frozen: bool = False
    aside: list[Handle] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    tasks: list["asyncio.Task[Any]"] = field(default_factory=list)
    files: list[Any] = field(default_factory=list)


_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


class Task(asyncio.Task[Any]):
    """A task with a place in sets that does not depend on its address: its number, which no other task of the loop has."""

    def __init__(self, coro: Any, *, number: int, **others: Any) -> None:
        self.number = number  # before asyncio registers the task, for a weak reference asks for its hash once
        super().__init__(coro, **others)

    def __hash__(self) -> int:
        return self.number


class SimulatedLoop(asyncio.BaseEventLoop):
    """The loop of one world. steps: how many callbacks have run."""

    def __init__(self, seed: int | str) -> None:
        super().__init__()
        self.chance = random.Random(f"loop {seed}")  # noqa: S311 -- a test's chance
        self.steps = 0
        self.now = 0.0
        self.over = False
        self.errors: list[str] = []
        self._tasks = 0
        self._ports = _FIRST_PORT
        self._listeners: dict[int, list[Listener]] = {}
        self._dialled: dict[socket.socket, Listener] = {}
        self._alarms: list[tuple[int, int, Callable[[], None]]] = []
        self._scheduled: list[asyncio.TimerHandle]
        self.set_exception_handler(self._note)

    # -- time and order --------------------------------------------------------------------------------------------

    def time(self) -> float:
        """Return the simulated seconds since the world began."""
        return self.now

    def at_step(self, step: int, alarm: Callable[[], None]) -> None:
        """Call this before the given step, between two callbacks."""
        heapq.heappush(self._alarms, (step, len(self._alarms), alarm))

    def _run_once(self) -> None:
        ready: list[Handle] = self._collect()
        if len(ready) > 1:
            self.chance.shuffle(ready)
        for handle in ready:
            while self._alarms and self._alarms[0][0] <= self.steps:
                heapq.heappop(self._alarms)[2]()
            if not handle._cancelled and self._may_run(handle):
                self.steps += 1
                handle._run()

    def _may_run(self, handle: Handle) -> bool:
        process: Process | None = handle._context.get(_PROCESS)  # type: ignore[attr-defined]
        if process is None or (process.alive and not process.frozen):
            return True
        if process.alive:
            process.aside.append(handle)
        return False

    def _collect(self) -> list[Handle]:
        """Take all that is ready; where nothing is, let time pass until something is."""
        timers, ready = self._scheduled, self._ready  # type: ignore[attr-defined]
        while timers and (timers[0]._cancelled or not _lives(timers[0])):
            heapq.heappop(timers)._scheduled = False  # type: ignore[attr-defined]
        if not ready and not self._stopping:  # type: ignore[attr-defined]
            if not timers:
                raise RuntimeError("nothing is left to happen, and somebody still waits")
            self.now = max(self.now, timers[0].when())
        while timers and timers[0].when() <= self.now:
            timer = heapq.heappop(timers)
            timer._scheduled = False  # type: ignore[attr-defined]
            ready.append(timer)
        taken = list(ready)
        ready.clear()
        return taken

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is dropped when its time comes."""

    def _write_to_self(self) -> None:
        """There is no selector to wake."""

    def _note(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        place = traceback.extract_tb(error.__traceback__)[-1] if error and error.__traceback__ else ""
        self.errors.append(f"{context['message']}: {error!r} {place}")

    # -- processes -------------------------------------------------------------------------------------------------

    def start(self, process: Process, main: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Run this as the main task of a process."""
        context = copy_context()
        context.run(_PROCESS.set, process)
        return self.create_task(main, name=process.name, context=context)

    def kill(self, process: Process) -> None:
        """End a process at once. Its peers see their connections reset, a little later."""
        process.alive = False
        for listeners in self._listeners.values():
            listeners[:] = [each for each in listeners if each.owner is not process]
        for end in process.ends:
            end.vanish()
        for each in process.files:
            each()
        process.files.clear()

    def freeze(self, process: Process, seconds: float) -> None:
        """Let a process stand still. What it would have done meanwhile, it does afterwards."""

        def thaw() -> None:
            process.frozen = False
            aside, process.aside = process.aside, []
            self._ready.extend(aside)  # type: ignore[attr-defined]

        if not process.frozen:
            process.frozen = True
            self.call_later(seconds, thaw)

    def create_task(  # type: ignore[override]
        self, coro: Any, *, name: str | None = None, context: Context | None = None
    ) -> "asyncio.Task[Any]":
        """Create a task, and remember whose it is."""
        self._check_closed()  # type: ignore[attr-defined]
        process = _PROCESS.get() if context is None else context.get(_PROCESS)
        self._tasks += 1
        task = Task(coro, number=self._tasks, loop=self, name=name, context=context)
        if process is not None:
            process.tasks.append(task)
            if len(process.tasks) > 500:
                process.tasks = [each for each in process.tasks if not each.done()]
        return task

    def run_in_executor(self, _: object, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """Call this a little later. A caller that is cancelled does not stop the call."""
        future = self.create_future()
        self.call_later(self.chance.random() * THREAD, self._call, future, func, args)
        return future

    def _call(self, future: "asyncio.Future[Any]", func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001 -- the caller's
            if not future.done():
                future.set_exception(error)
            return
        process = _PROCESS.get()
        if process is not None and isinstance(result, tuple):
            process.files += [_closing(each) for each in result if isinstance(each, sqlite3.Connection)]
            process.files += [each.leave for each in result if hasattr(each, "leave")]
        if not future.done():
            future.set_result(result)

    # -- the network -----------------------------------------------------------------------------------------------

    async def create_server(  # type: ignore[override]
        self, factory: Callable[[], asyncio.BaseProtocol], _: str | None = None, port: int | None = None, **__: object
    ) -> Listener:
        """Listen. Several processes may listen on one port, as behind a load balancer."""
        if not port:
            self._ports += 1
            port = self._ports
        listener = Listener(
            factory, address=("127.0.0.1", port), owner=_PROCESS.get(), context=copy_context(), forget=self._forget
        )
        self._listeners.setdefault(port, []).append(listener)
        return listener

    def _forget(self, listener: Listener) -> None:
        found = self._listeners.get(listener.address[1], [])
        if listener in found:
            found.remove(listener)

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Find who listens there. Raises ConnectionRefusedError where nobody does."""
        await asyncio.sleep(self.chance.random() * LATENCY)
        listeners = self._listeners.get(address[1])
        if not listeners:
            raise ConnectionRefusedError(111, "Connect call failed")
        self._dialled[sock] = self.chance.choice(listeners)

    async def create_connection(  # type: ignore[override]
        self, factory: Callable[[], asyncio.BaseProtocol], *_: object, sock: socket.socket, **__: object
    ) -> tuple[End, asyncio.BaseProtocol]:
        """Connect to the listener that this socket dialled."""
        listener = self._dialled.pop(sock)
        sock.close()
        if listener.closed or (listener.owner is not None and not listener.owner.alive):
            raise ConnectionResetError(104, "Connection reset by peer")
        protocol, process = factory(), _PROCESS.get()
        ours, theirs = connected(self, protocol, listener, latency=lambda: self.chance.random() * LATENCY)
        for owner, end in ((process, ours), (listener.owner, theirs)):
            if owner is not None:
                owner.ends[:] = [each for each in owner.ends if not each.is_lost]
                owner.ends.append(end)
        await asyncio.sleep(self.chance.random() * LATENCY)
        return ours, protocol

    # -- the end ---------------------------------------------------------------------------------------------------

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:  # type: ignore[override]
        """Schedule a callback; nothing once the world is over, for what is torn down then may still try."""
        return (
            Handle(callback, args, self, context) if self.over else super().call_soon(callback, *args, context=context)
        )

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> asyncio.TimerHandle:  # type: ignore[override]
        """As `call_soon`."""
        if self.over:
            return asyncio.TimerHandle(when, callback, args, self, context)
        return super().call_at(when, callback, *args, context=context)

    def end(self) -> None:
        """Take everything apart: what was frozen is closed, and whatever it does then has no effect."""
        self.over = True
        logging.disable()  # what is closed here may still complain
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with suppress(RuntimeError, ValueError):  # it awaits in its `finally`
                task.get_coro().close()
        self._ready.clear()  # type: ignore[attr-defined]
        self._scheduled.clear()
        self.close()
        logging.disable(logging.NOTSET)


def alone(run: Callable[[], T]) -> T:
    """Run a world, and clear away what is left of it: not before its end, or finalisers would run in the middle of it."""
    gc.disable()
    try:
        return run()
    finally:
        gc.enable()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # what a killed process had open
            gc.collect()


def _lives(handle: Handle) -> bool:
    process: Process | None = handle._context.get(_PROCESS)  # type: ignore[attr-defined]
    return process is None or process.alive


def _closing(connection: sqlite3.Connection) -> Callable[[], None]:
    return connection.close
