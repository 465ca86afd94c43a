"""Everything that a process remembers between passes.

None of it is the truth: every pass reads GitHub again. All of it dies with the process, and the table says what that costs.

| memory | what it saves | what losing it costs |
|---|---|---|
| `policies` | parsing a policy for every pass; telling the queue again what it subscribes to | one more look per repository, and the same subscriptions once more |
| `known` | asking twice: what an application's last look needed | up to four looks per application instead of one |
| `states` | a look at each application when the policy changes; the check run of a policy pull request is decided on them | one pass per application that a change concerns; "unknown" for each application that was not looked at since |
| `decided_under` | the same: the policy under which each repository's applications were last decided | the same |
| `fleets` | a look at each application of a large repository that is at rest | the registries are asked about each application, every file that may hold a reference is read once more, and those promoted within a day are looked at because of their deployments |
| `fingerprints` | a pass of an application whose repository shows nothing new | one pass per application |
| `boards` | writing the dashboard when it would not change; the pause between two edits | one read of the dashboard, at most one edit |
| `refusals` | nothing; pages say what GitHub refused in the last pass | the pages say it again once GitHub has refused again |
| `limited` | nothing; pages say what waits for GitHub's limits since the last pass | the pages say it again after the next pass |
| `undeployed` | nothing; the dashboard, `/why` and the API say which deployments GitHub refused | they say it again once GitHub has refused again |
| `unrecorded` | nothing; the author of a `/hold` learns why GitHub refused to record it | the answer comes after GitHub refuses again |
| `told` | putting a notice into the outbox again, which keeps each once | one write per notice |
| `rations` | nothing; people without a role get so many answers an hour | they may get as many again |
| `reported` | reading off each commit whether its check run is there | one read per open pull request, at most one check run written again |
| `read_pulls` | reading every page of open pull requests in each look | one request per hundred of them |
| `measuring` (of applications' passes) | nothing; how long a gate kept a promotion waiting is counted | the wait counts from the first look after a restart |
| `verdicts` | reading a proposed policy again because its report could not be written | one more reading per open pull request |
| `files` | parsing a manifest that was parsed before, by blob id | the blobs are fetched and parsed again |
| `source_logs` | fetching the commits behind a version again | half a point per log |
| `touched_paths` | asking again which paths a source commit touches | one request per commit |
"""  # noqa: E501 -- a table's row is one line

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from cachetools import LRUCache

from bot.assembly import Files
from bot.core.commands.shared.last_pass import LastPass
from bot.core.needs.application import Known
from bot.core.needs.repository import AlreadyRead, already_read
from bot.core.observation.repository import Repository
from bot.core.observation.sweep import Sweep
from bot.core.policy import Policy
from bot.core.repository.fingerprints import Fingerprint
from bot.core.state import LimitedWrite, State
from bot.core.values.deployment import RefusedDeployment
from bot.core.values.errors import Moved
from bot.passes.memory.boards import Board
from bot.passes.memory.fleets import Fleet
from bot.passes.memory.policies import Policies
from bot.passes.memory.rations import Rations
from bot.passes.memory.refusals import Refusals
from bot.passes.memory.source_logs import SourceLogs
from bot.passes.memory.touched_paths import TouchedPaths
from bot.passes.memory.verdicts import Verdicts

APPLICATIONS_REMEMBERED = 20_000
STATES_REMEMBERED = 2_000
"""Across all repositories. What the States of one repository have in common is kept once."""
NOTICES_REMEMBERED = 10_000
COMMON = ("repository", "recent", "records", "comments", "merges", "people", "teams")
REPORTS_REMEMBERED = 5_000
"""Per repository: more than a look reads heads of pull requests, or the same would be judged again and again."""

Reported = LRUCache[tuple[str, str], None]
"""The check runs written on pull requests that are no promotions, by name and head commit."""

Value = TypeVar("Value")


class Memory:
    """What one process remembers. Keys are `owner/repo#application`."""

    def __init__(self) -> None:
        self.policies = Policies()
        self.known: LRUCache[str, Known] = LRUCache(APPLICATIONS_REMEMBERED)
        self.states: LRUCache[str, State] = LRUCache(STATES_REMEMBERED)
        self.fingerprints: dict[str, Fingerprint] = {}
        self._latest: dict[str, State] = {}
        self.decided_under: dict[str, Policy] = {}
        self.refusals = Refusals()
        self.limited: LRUCache[str, Mapping[str, LimitedWrite]] = LRUCache(APPLICATIONS_REMEMBERED)
        self.undeployed: LRUCache[str, tuple[RefusedDeployment, ...]] = LRUCache(APPLICATIONS_REMEMBERED)
        self.unrecorded: dict[str, str] = {}
        self.told: LRUCache[tuple[str, str, str], None] = LRUCache(NOTICES_REMEMBERED)
        self.rations = Rations()
        self.files = Files()
        self.source_logs = SourceLogs()
        self.touched_paths = TouchedPaths()
        self._numbers: dict[str, str] = {}
        self._boards: dict[str, Board] = {}
        self._fleets: dict[str, Fleet] = {}
        self._reported: dict[str, Reported] = {}
        self._verdicts: dict[str, Verdicts] = {}
        self.read_pulls: dict[str, AlreadyRead] = {}

    def recognise(self, asked: str, seen: Repository) -> None:
        """Take over what is known of a repository to the name that it has now. asked: the name that GitHub was asked for.

        Raises Moved where that is another name, and where the name belongs to another repository than before.
        """
        if self._numbers.setdefault(asked, seen.node_id) != seen.node_id:
            self.forget(asked)
            raise Moved(seen.name)
        if seen.name != asked:
            self._move(asked, seen.name)
            raise Moved(seen.name)

    def board(self, repository: str) -> Board:
        """Return this repository's dashboard."""
        return self._boards.setdefault(repository, Board())

    def fleet(self, repository: str) -> Fleet:
        """Return what is known of this repository's applications together."""
        return self._fleets.setdefault(repository, Fleet())

    def reported(self, repository: str) -> Reported:
        """Return the check runs written on this repository's pull requests that are not promotions."""
        return self._reported.setdefault(repository, LRUCache(REPORTS_REMEMBERED))

    def verdicts(self, repository: str) -> Verdicts:
        """Return the findings on the policies that this repository's pull requests propose."""
        return self._verdicts.setdefault(repository, Verdicts())

    def learn_pulls(self, sweep: Sweep, *, unfinished: bool, now: datetime) -> None:
        """Keep which pull requests were read and dealt with. unfinished: some were not dealt with."""
        name = sweep.repository.name
        read = None if unfinished else already_read(sweep, self.read_pulls.get(name), now)
        self.read_pulls.pop(name, None)
        if read is not None:
            self.read_pulls[name] = read

    def remember_state(self, key: str, state: State) -> None:
        """Keep what a pass saw of an application."""
        repository = key.partition("#")[0]
        like = self._latest.get(repository, state)
        common = {name: getattr(like, name) for name in COMMON if getattr(like, name) == getattr(state, name)}
        self._latest[repository] = self.states[key] = replace(state, **common)

    def states_of(self, repository: str, applications: Iterable[str]) -> Mapping[str, State]:
        """Return the remembered States of these applications."""
        seen = {name: self.states.get(f"{repository}#{name}") for name in applications}
        return {name: state for name, state in seen.items() if state is not None}

    def last_pass(self, repository: str, now: datetime) -> LastPass:
        """Return what the passes before have left behind for the answers of the next one."""
        rows = dict(self.board(repository).rows)
        return LastPass(self.unrecorded.get(repository, ""), self.rations.of(repository, now), rows)

    def forget(self, repository: str) -> None:
        """Drop what concerns a repository that the bot no longer looks after."""
        for kept in self._by_name():
            for key in _keys_of(kept, repository):
                del kept[key]
        self.policies.forget(repository)
        self.refusals.move(repository, None)

    def forget_fingerprints(self, repository: str) -> None:
        """Have the next sweep look at every application of this repository again."""
        for key in _keys_of(self.fingerprints, repository):
            del self.fingerprints[key]

    def _move(self, former: str, present: str) -> None:
        """What is known under the present name already stays."""
        for kept in self._by_name():
            _rename(kept, former, present)
        self.policies.move(former, present)
        self.refusals.move(former, present)
        self.source_logs.move(former, present)
        self.touched_paths.move(former, present)

    def _by_name(self) -> tuple[MutableMapping[str, Any], ...]:
        return (
            self._numbers,
            self._boards,
            self._fleets,
            self._reported,
            self._verdicts,
            self.read_pulls,
            self.known,
            self.states,
            self._latest,
            self.decided_under,
            self.fingerprints,
            self.limited,
            self.undeployed,
            self.unrecorded,
        )


def _keys_of(kept: Mapping[str, object], repository: str) -> list[str]:
    return [key for key in kept if key.partition("#")[0] == repository]


def _rename(kept: MutableMapping[str, Value], former: str, present: str) -> None:
    for key in _keys_of(kept, former):
        kept.setdefault(present + key.removeprefix(former), kept.pop(key))
