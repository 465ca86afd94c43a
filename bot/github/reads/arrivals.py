"""When commits came to the default branch that nobody merged there: by GitHub's clock, never by the commit's own date.

The pusher chooses the dates of the commits. GitHub keeps a list of pushes with its own times: of the newest push that
ends in a commit; of any other commit, the oldest push that contains it. Each commit is asked for once and then remembered.
Where GitHub does not tell (GitHub Enterprise Server before 3.17), a commit was there when the bot first saw it.
https://docs.github.com/en/rest/repos/repos#list-repository-activities

Race accepted: after a forced push removed a commit and another one brought it back, it may count as there all the time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from cachetools import LRUCache

from bot.core.observation.repository import Repository
from bot.github.client import Client, Credential, below
from bot.github.errors import Refused
from bot.github.parsing.answers import moment
from bot.github.parsing.history import Came, Pushed
from bot.runtime import Runtime

COMMITS_REMEMBERED = 50_000
REPOSITORIES_REMEMBERED = 1_000
PAGES = 3
"""Of a hundred pushes each. A commit that is older than these came no later than the oldest of them."""
COMPARISONS = 20
"""In one look; the place of one commit among all pushes takes ten at most. What is left is asked about in the next look."""
PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class _Push:
    """What the branch pointed at after a push, and when that was."""

    after: str
    at: datetime


class Arrivals:
    """One for the process. Remembers when each commit came, and each repository's pushes as long as nobody pushes again."""

    def __init__(self, client: Client, runtime: Runtime) -> None:
        self._client = client
        self._runtime = runtime
        self._known: LRUCache[tuple[str, str], Came] = LRUCache(COMMITS_REMEMBERED)
        self._pushes: LRUCache[str, tuple[str, tuple[_Push, ...]]] = LRUCache(REPOSITORIES_REMEMBERED)

    async def of(
        self, repository: Repository, commits: Iterable[Pushed], *, credential: Credential
    ) -> Mapping[str, Came]:
        """Return when each of these commits came, by its id. Raises Temporary."""
        wanted = {each.oid: each for each in commits}
        unknown = {oid: each for oid, each in wanted.items() if (repository.node_id, oid) not in self._known}
        found = {oid: self._known[repository.node_id, oid] for oid in wanted.keys() - unknown.keys()}
        if unknown:
            search = _Search(self._client, repository.name, credential, self._runtime.now())
            pushes = await self._pushes_to(repository, search)
            for oid, each in unknown.items():
                found[oid] = await search.when(each, pushes)
                if oid not in search.postponed:
                    self._known[repository.node_id, oid] = found[oid]
        return found

    async def _pushes_to(self, repository: Repository, search: "_Search") -> tuple[_Push, ...]:
        head, pushes = self._pushes.get(repository.node_id, ("", ()))
        if head != repository.head_oid:
            pushes = await search.pushes(repository.default_branch)
            self._pushes[repository.node_id] = repository.head_oid, pushes
        return pushes


class _Search:
    """The questions of one look. postponed: the commits that there was no question left for."""

    def __init__(self, client: Client, repository: str, credential: Credential, now: datetime) -> None:
        self.postponed: set[str] = set()
        self._client = client
        self._repository = repository
        self._credential = credential
        self._now = now
        self._left = COMPARISONS

    async def pushes(self, branch: str) -> tuple[_Push, ...]:
        """Return the newest pushes to a branch, newest first; none where this GitHub does not list them."""
        query = urlencode({"ref": f"refs/heads/{branch}", "per_page": PER_PAGE})
        pages = self._client.pages(
            f"{below(self._repository, 'activity')}?{query}", credential=self._credential, operation="activity"
        )
        found: list[_Push] = []
        read = 0
        try:
            async for page in pages:
                found += [_Push(each["after"], moment(each["timestamp"])) for each in page]
                read += 1
                if read == PAGES:
                    break
        except Refused as refusal:
            if refusal.status not in (403, 404, 410, 422) or refusal.again_at is not None:
                raise
        finally:
            await pages.aclose()
        return tuple(push for push in found if push.after.strip("0"))  # zeros: the branch was deleted

    async def when(self, commit: Pushed, pushes: tuple[_Push, ...]) -> Came:
        """Return when a commit came, or by when it was there."""
        exact = next((push for push in pushes if push.after == commit.oid), None)
        if exact is not None:
            return Came(exact.at)
        oldest = await self._oldest_with(commit.oid, pushes)
        if oldest is not None and oldest < len(pushes) - 1:
            return Came(pushes[oldest].at)
        if commit.merged_at is not None:
            return Came(commit.merged_at)
        latest = self._now if oldest is None else pushes[oldest].at
        return Came(min(commit.claimed, latest), latest)

    async def _oldest_with(self, oid: str, pushes: tuple[_Push, ...]) -> int | None:
        """Return the number of the oldest push that contains a commit; None where none does, or where that is not known."""
        if not pushes or oid in self.postponed:
            return None
        if await self._contains(pushes[-1].after, oid):
            return len(pushes) - 1
        with_it, without = -1, len(pushes) - 1
        while without - with_it > 1:
            middle = (with_it + without) // 2
            if await self._contains(pushes[middle].after, oid):
                with_it = middle
            else:
                without = middle
        return None if with_it < 0 or oid in self.postponed else with_it

    async def _contains(self, tip: str, oid: str) -> bool:
        """Return whether a commit is among those that lead to another one.

        The second page of a comparison has neither files nor commits: https://docs.github.com/en/rest/commits/commits#compare-two-commits
        """
        if self._left == 0:
            self.postponed.add(oid)
            return False
        self._left -= 1
        path = f"{below(self._repository, 'compare', f'{oid}...{tip}')}?per_page=1&page=2"
        try:
            answer = await self._client.get(path, credential=self._credential, operation="compare")
        except Refused as refusal:
            if refusal.status != 404:
                raise
            return False
        return answer["status"] in ("ahead", "identical")
