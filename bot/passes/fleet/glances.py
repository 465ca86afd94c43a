"""A glance at many applications of one repository: which of them are at rest, and which need a look of their own?

One look at the repository, the list of its files and their bytes, a few hundred in a document, show what every environment
holds. Only the registries are asked about each application. What is open or new becomes due, and its own pass looks at it.
The others are noted as at rest and get no key in the queue; this pass asks about them again as often as their own passes
would.

A glance takes only seconds at a time, so that people who comment meanwhile need not wait: the next one goes on, after a new
look at the repository.

Race accepted: a branch or pull request of an application at rest that somebody makes just after the look at the repository
is seen by the pass that its webhook makes due, or by the next look.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.assembly import Assembled, FromRegistries, assemble
from bot.assembly.glimpse import Reached, glimpse, unread
from bot.core.needs.application import Known, Needs, needs_for
from bot.core.needs.registries import asked_about, newest_tags
from bot.core.needs.sources import SourceNeeds, source_needs
from bot.core.observation.files import ListedFile
from bot.core.observation.source import SourceSeen
from bot.core.observation.sweep import Sweep
from bot.core.policy import Policy
from bot.core.repository.at_rest import FLEET, AtRest, at_rest, is_fleet, open_applications, untold
from bot.core.repository.file_index import FileIndex
from bot.core.repository.fingerprints import Fingerprint
from bot.passes.fleet.deployments import FleetDeployments
from bot.passes.memory import Memory
from bot.passes.memory.fleets import Fleet
from bot.passes.outside import Outside
from bot.passes.prompt_registries import StillAsked
from bot.passes.registry_answers import ask_registries
from bot.passes.timing import POLL, SWEEP, spread

BUDGET = timedelta(seconds=4)
"""How long one pass glances, beside the time that the last registries take."""
AT_ONCE = 20
"""Applications about which the registries are asked at the same time."""
BLOBS_AT_ONCE = 250
ROUNDS = 3
"""How often the registries are asked about one application: what they answer, and what its files hold, can ask for more."""
NOT_ASKED = FromRegistries({}, {})
UNCHANGED = AtRest((), None)
"""Nothing has changed since it was found at rest, and its rows are known."""


@dataclass(frozen=True, slots=True)
class Fleeting:
    """What one pass glances at. changed: with what the look saw of them; the others are only asked about again."""

    repository: str
    sweep: Sweep
    policy: Policy
    changed: Mapping[str, Fingerprint]
    asked_again: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the applications."""
        return (*self.changed, *self.asked_again)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An application with the files that may hold its references; None if they are too many."""

    name: str
    needs: Needs
    files: Reached | None

    @property
    def source(self) -> SourceNeeds | None:
        """Return what must be seen of its source repository."""
        return source_needs(self.needs)


class _Turn:
    """The time of one pass. left: how many applications it left for the next one; pause: how long that may wait."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + BUDGET.total_seconds()
        self.limit = asyncio.Semaphore(AT_ONCE)
        self.left = 0
        self.pause = timedelta()

    @property
    def is_over(self) -> bool:
        """Return whether people have waited long enough."""
        return self._loop.time() > self._until

    def leave(self, wait: timedelta) -> None:
        """Leave an application for the next pass, which is worth its while after this time."""
        self.pause = min(self.pause, wait) if self.left else wait
        self.left += 1


class Glances:
    """Glances at the applications of repositories; one instance per process."""

    def __init__(self, outside: Outside, memory: Memory) -> None:
        self._github = outside.github
        self._registries = outside.registries
        self._make_due = outside.make_due
        self._runtime = outside.runtime
        self._statuses = outside.statuses
        self._memory = memory
        self.deployments = FleetDeployments(outside, memory)

    def plan(
        self, sweep: Sweep, policy: Policy, changed: Mapping[str, Fingerprint], everything: Iterable[str]
    ) -> Fleeting | None:
        """Return what to glance at; None where each changed application gets a look of its own.

        changed: what the last look saw otherwise, or not at all. everything: the applications that the repository has.
        """
        if not is_fleet(policy):
            return None
        repository = sweep.repository.name
        fleet = self._memory.fleet(repository)
        latest = self._runtime.now() - (POLL - SWEEP)
        again = tuple(name for name in everything if name not in changed and fleet.asked.get(name, latest) <= latest)
        many = len(changed) >= FLEET or fleet.unfinished
        if not many and not again:
            return None
        return Fleeting(repository, sweep, policy, changed if many else {}, again)

    def count(self, repository: str, policy: Policy) -> None:
        """Take note of how many applications there are: those of a repository with few ask for themselves."""
        fleet = self._memory.fleet(repository)
        if not is_fleet(policy) and fleet.asked:
            fleet.asked.clear()
            self._memory.forget_fingerprints(repository)

    def note(self, repository: str, policy: Policy, application: str) -> None:
        """Note that an application was made due: it is asked about again in an hour."""
        if is_fleet(policy):
            self._memory.fleet(repository).asked[application] = self._asked_at(again_at=None, is_first=False)

    async def __call__(self, fleeting: Fleeting) -> datetime | None:
        """Glance, and make due what needs a look. Returns when the next pass goes on; None if the regular one is enough."""
        fleet = self._memory.fleet(fleeting.repository)
        fleet.unfinished = bool(fleeting.changed)
        if fleet.untold is None:
            ended = await self._github.ended(fleeting.repository)
            fleet.untold = set(untold(ended, fleeting.policy))
            self.deployments.start(ended, fleeting.sweep, fleeting.policy)
        opened = {*open_applications(fleeting.sweep, fleeting.policy, self._runtime.now()), *fleet.untold}
        if not fleeting.sweep.branches_complete:
            opened.update(fleeting.names)  # a branch that was not read may be anybody's
        index = await self._files(fleeting.sweep, fleet)
        turn = _Turn()
        for chunk in self._chunks(fleeting, index):
            if turn.is_over:
                return self._runtime.now() if fleet.unfinished or self._is_late(fleet, chunk) else None
            await self._read(fleeting, chunk)
            sources = await self._sources(fleeting, chunk)
            names = [seen.name for seen in chunk if seen.name in fleeting.changed]
            opened.update(self.deployments.changed(fleeting.sweep, fleeting.policy, names))
            await asyncio.gather(
                *(self._one(fleeting, seen, sources, turn, is_open=seen.name in opened) for seen in chunk)
            )
        fleet.unfinished = bool(fleeting.changed) and turn.left > 0
        return self._runtime.now() + turn.pause if turn.left else None

    def _is_late(self, fleet: Fleet, left: Iterable[_Seen]) -> bool:
        """Return whether those that are left cannot wait for the next regular pass."""
        now = self._runtime.now()
        return any(now - fleet.asked.get(seen.name, now) > POLL + SWEEP for seen in left)

    async def _files(self, sweep: Sweep, fleet: Fleet) -> FileIndex:
        """Return the files of the commit that the look saw."""
        head = sweep.repository.head_oid
        if fleet.files is None or fleet.files[0] != head:
            fleet.files = head, FileIndex(await self._github.files(sweep.repository))
        return fleet.files[1]

    def _chunks(self, fleeting: Fleeting, index: FileIndex) -> Iterator[list[_Seen]]:
        """Yield the applications, a document's worth of unread files at a time."""
        chunk: list[_Seen] = []
        waiting: set[str] = set()
        for name in fleeting.names:
            seen = _seen(fleeting, name, index)
            wanted = self._unread(fleeting.policy, seen)
            if chunk and (len(waiting | wanted) > BLOBS_AT_ONCE or len(chunk) >= BLOBS_AT_ONCE):
                yield chunk
                chunk, waiting = [], set()
            chunk.append(seen)
            waiting |= wanted
        if chunk:
            yield chunk

    def _unread(self, policy: Policy, seen: _Seen) -> frozenset[str]:
        """Return the blobs whose bytes are needed. Those of which it is known what they hold are not read again."""
        if seen.files is None:
            return frozenset()
        return unread(seen.files, policy, policy.applications[seen.name], self._memory.files)

    async def _read(self, fleeting: Fleeting, chunk: list[_Seen]) -> None:
        wanted = frozenset[str]().union(*(self._unread(fleeting.policy, seen) for seen in chunk))
        if wanted:
            self._memory.files.remember(await self._github.contents(fleeting.sweep.repository, wanted))

    async def _sources(self, fleeting: Fleeting, chunk: list[_Seen]) -> Mapping[SourceNeeds, SourceSeen]:
        """Return the source repositories of those that changed."""
        wanted = [seen.source for seen in chunk if seen.name in fleeting.changed and seen.source is not None]
        return await self._github.source_glimpses(fleeting.repository, wanted) if wanted else {}

    async def _one(
        self,
        fleeting: Fleeting,
        seen: _Seen,
        sources: Mapping[SourceNeeds, SourceSeen],
        turn: "_Turn",
        *,
        is_open: bool,
    ) -> None:
        """Note that an application is at rest, or make it due. Leave it for the next pass while a registry is still asked."""
        memory, key = self._memory, f"{fleeting.repository}#{seen.name}"
        fleet, is_first = memory.fleet(fleeting.repository), seen.name not in memory.fleet(fleeting.repository).asked
        resting = None
        async with turn.limit:
            if turn.is_over:
                turn.leave(timedelta())
                return
            try:
                if seen.files is not None:
                    is_open = is_open or bool(memory.refusals.of(key)) or key in memory.undeployed
                    resting = await self._at_rest(fleeting, seen, sources, is_open=is_open)
            except StillAsked as registry:
                turn.leave(registry.left)
                return
        if resting is None:
            await self._make_due(key)
            fleet.untold = (fleet.untold or set()) - {seen.name}
            fleet.answers.pop(seen.name, None)
        elif resting.rows and memory.board(fleeting.repository).learn(seen.name, resting.rows):
            await self._make_due(fleeting.repository)
        if seen.name in fleeting.changed:
            memory.fingerprints[key] = fleeting.changed[seen.name]
        fleet.asked[seen.name] = self._asked_at(again_at=resting.again_at if resting else None, is_first=is_first)

    def _asked_at(self, *, again_at: datetime | None, is_first: bool) -> datetime:
        """Return when an application counts as asked about: the next time follows an hour later, and not for all at once."""
        now = self._runtime.now()
        if again_at is not None:
            return min(again_at, now) - POLL  # something is waited for: the next pass asks
        if is_first:
            return now - (POLL - SWEEP) * self._runtime.random()
        return now + spread(POLL, self._runtime) - POLL

    async def _at_rest(
        self, fleeting: Fleeting, seen: _Seen, sources: Mapping[SourceNeeds, SourceSeen], *, is_open: bool
    ) -> AtRest | None:
        """Return what an application at rest shows; None if it needs a look. What that look needs to know is noted."""
        fleet, application = self._memory.fleet(fleeting.repository), fleeting.policy.applications[seen.name]
        assembled = self._assembled(fleeting, seen, NOT_ASKED)
        self._seed(fleeting.repository, seen, assembled.known)
        if is_open or assembled.known.blobs:
            return None
        answered = fleet.answers.get(seen.name) if seen.name not in fleeting.changed else None
        source = sources.get(seen.source) if seen.source is not None else None
        if seen.source is not None and source is None and answered is None:
            return None
        for _ in range(ROUNDS):
            registries = await ask_registries(self._registries, application, assembled.known)
            answers = _number_of(registries)
            if answers == answered:
                return UNCHANGED
            if seen.source is not None and source is None:
                return None  # something new, for which its source counts
            assembled = self._assembled(fleeting, seen, registries, source)
            newest = newest_tags(application, registries.tags, assembled.known.source_history)
            if asked_about(registries.artifacts).issuperset((*assembled.known.held, *newest)):
                fleet.answers[seen.name] = answers
                if seen.name in fleet.glanced:  # policy pull requests are judged on it, with what it shows
                    self._memory.remember_state(f"{fleeting.repository}#{seen.name}", assembled.state)
                resting = at_rest(fleeting.policy, assembled.state, self._runtime.now())
                if resting is not None:
                    await self._statuses.learn(fleeting.policy, assembled.state, resting.verdicts, self._runtime.now())
                return resting
        return None

    def _seed(self, repository: str, seen: _Seen, known: Known) -> None:
        """Note in which files the references are, unless a look has seen more."""
        memory, key = self._memory, f"{repository}#{seen.name}"
        glanced = memory.fleet(repository).glanced
        if key not in memory.known or seen.name in glanced:
            memory.known[key] = Known(files=known.files, held=known.held)
            glanced.add(seen.name)

    def _assembled(
        self, fleeting: Fleeting, seen: _Seen, registries: FromRegistries, source: SourceSeen | None = None
    ) -> Assembled:
        now = self._runtime.now()
        observation = glimpse(fleeting.sweep, seen.needs, seen.files or {}, now=now, source=source)
        application = fleeting.policy.applications[seen.name]
        return assemble(
            observation, fleeting.policy, application, registries=registries, files=self._memory.files, now=now
        )


def _number_of(registries: FromRegistries) -> int:
    """Return a number that changes with what the registries answered."""
    return hash((frozenset(registries.tags.items()), frozenset(registries.artifacts.items())))


def _seen(fleeting: Fleeting, name: str, index: FileIndex) -> _Seen:
    needs = needs_for(fleeting.repository, name, fleeting.policy, Known())
    files: dict[str, tuple[ListedFile, ...]] = {}
    for each in needs.environments:
        found = index.of(each)
        if found is None:
            return _Seen(name, needs, None)
        files[each.name] = found
    return _Seen(name, needs, files)
