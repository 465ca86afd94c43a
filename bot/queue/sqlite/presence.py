"""Which processes use the queue's file: each holds a shared lock on a second file for as long as it lives.

The operating system drops the lock of a killed process. So a process that gets the lock exclusively knows that every owner
in the queue's file is dead. The lock has its own file, because closing any descriptor of SQLite's file would drop SQLite's
locks:
https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_

Race accepted: turning the exclusive lock into a shared one is not atomic (flock(2)). A second process may get in between and
also find itself alone. The first holds no key yet, so no key in use is freed.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Presence:
    """This process's lock."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("ab")

    @contextmanager
    def entering(self) -> Iterator[bool]:
        """Yield whether this process is alone. If it is, no other can enter until the block ends."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError:
            # Waits while another process is entering alone, which takes one short transaction.
            fcntl.flock(self._file, fcntl.LOCK_SH)
            alone = False
        yield alone
        if alone:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Drop the lock."""
        self._file.close()
