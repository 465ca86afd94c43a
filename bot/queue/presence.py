"""Who else has the queue's file open: every process holds a shared lock on a file beside it, for as long as it lives.

The operating system drops the lock of a killed process, so whoever gets it exclusively knows that every owner written in
the file is dead. It is a file of its own because closing any descriptor of SQLite's file would drop SQLite's own locks:
https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_

Race accepted: turning the exclusive lock into a shared one is not atomic (flock(2)). A second process may slip in between
and find itself alone as well; the first holds no key yet, so nothing is freed that was in use.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Presence:
    """This process's mark that it uses the file."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("ab")

    @contextmanager
    def entering(self) -> Iterator[bool]:
        """Yield whether no other process is there, and keep others at the door meanwhile if so."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError:
            # Waits for as long as somebody else is alone at the door, which is one short transaction.
            fcntl.flock(self._file, fcntl.LOCK_SH)
            alone = False
        yield alone
        if alone:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        self._file.close()
