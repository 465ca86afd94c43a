"""The statuses that the API serves: kept in the queue's store, so that every replica serves what any of them has seen.

Each application has a note of its own. A pass replaces it where something is different, and nothing is kept for a server
whose API is off.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.core.plan import Verdict
from bot.core.policy import Policy
from bot.core.state import State
from bot.core.status import application_status, notes
from bot.passes.memory.budget import Notes


class ListedNotes(Notes, Protocol):
    """Notes that can be listed."""

    async def notes(self, beginning: str) -> Mapping[str, str]:
        """Return the notes whose names begin so, sorted by name: name → text."""
        ...

    async def drop_notes(self, names: Iterable[str]) -> None:
        """Delete these notes, whatever their version."""
        ...


class Statuses:
    """Keeps statuses. notes: None for a server that serves none. web: the root of GitHub's pages."""

    def __init__(self, notes: ListedNotes | None, *, web: str) -> None:
        self._notes = notes
        self._web = web

    async def learn(
        self, policy: Policy, state: State, verdicts: Mapping[str, tuple[Verdict, ...]], now: datetime
    ) -> None:
        """Keep what follows from a look. Where another replica was quicker, its look is as new as this one."""
        if self._notes is None:
            return
        status = application_status(policy, state, verdicts, now, web=self._web)
        name = notes.name(status.repository, status.application)
        version, text = await self._notes.note(name)
        before = notes.read(text)
        if before is None or replace(before, changed_at=now) != status:
            await self._notes.write_note(name, notes.write(status), seen=version)

    async def keep_repositories(self, repositories: Collection[str]) -> None:
        """Forget the applications of every other repository: the App has left it, perhaps while no server ran."""
        if self._notes is not None:
            found = await self._notes.notes(notes.BEGINNING)
            gone = [name for name in found if notes.key(name)[0] not in repositories]
            if gone:
                await self._notes.drop_notes(gone)

    async def keep_only(self, repository: str, applications: Collection[str]) -> None:
        """Forget the applications that a repository no longer has."""
        if self._notes is not None:
            kept = {notes.name(repository, application) for application in applications}
            gone = [name for name in await self._notes.notes(notes.name(repository)) if name not in kept]
            if gone:
                await self._notes.drop_notes(gone)
