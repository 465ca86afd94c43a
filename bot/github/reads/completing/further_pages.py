"""What the first page of a list leaves out: read on, a limited number of times.

The pages are added to the answer they belong to. A list of which more is left keeps its `hasNextPage`, from which the parser
makes "unread": so no gate can take what was not read for something that is not there.

Race accepted: what is reported or changed between two pages may be read twice, or in the next look.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from bot.core.values.errors import Temporary
from bot.github.client import Client, Credential, below
from bot.github.documents import questions
from bot.github.errors import Json
from bot.github.parsing.answers import next_page, nodes, page_before
from bot.github.parsing.commits import app_id, rest_check_run
from bot.github.reads.look import Look, repository_in

MOST_REPORTS = 1_000
"""On one commit. What is reported beyond these is unread, but for the App's own check runs."""
MOST_OF_A_PULL = 3_000
"""Of each list. GitHub shows no more changed files: https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files"""
MOST_BRINGING = 300
PER_PAGE = 100
COMMITS_AT_ONCE = 50
FORWARD = ("labels", "files", "reviewRequests", "reviewThreads", "latestOpinionatedReviews")
"""The lists of a pull request that are read from their beginning; its commits are read from their end."""

Reported = tuple[str, Json | None]
"""A commit's id and its `statusCheckRollup`."""


class Reports:
    """Reads on in what was reported on commits of one repository. app_id: our own App's, whose check runs are all read."""

    def __init__(self, client: Client, repository: str, *, credential: Credential, app_id: int | None = None) -> None:
        self._client = client
        self._repository = repository
        self._credential = credential
        self._app_id = app_id

    async def read_on(self, commits: Iterable[Reported], *, brief: bool = False) -> None:
        """Add what further pages report. brief: as the sweep reads them. Raises Temporary."""
        full = [(oid, rollup["contexts"]) for oid, rollup in commits if rollup and next_page(rollup["contexts"])]
        for start in range(0, len(full), COMMITS_AT_ONCE):
            await self._read_on(full[start : start + COMMITS_AT_ONCE], brief=brief)

    async def _read_on(self, full: list[tuple[str, Json]], *, brief: bool) -> None:
        for _ in range(MOST_REPORTS // PER_PAGE - 1):
            left = [(oid, contexts) for oid, contexts in full if next_page(contexts)]
            if not left:
                return
            asked = [(oid, str(next_page(contexts))) for oid, contexts in left]
            document, variables = questions.reports(self._repository, asked, brief=brief)
            seen = repository_in(await self._client.ask(document, variables, credential=self._credential))
            for number, (_, contexts) in enumerate(left):
                _append(contexts, ((seen[f"p{number}"] or {}).get("statusCheckRollup") or {}).get("contexts"))
        for oid, contexts in full:
            if next_page(contexts) and self._app_id is not None:
                contexts["nodes"].extend(await self._unread(oid, contexts))

    async def own(self, oid: str) -> list[Json]:
        """Return the App's own check runs on a commit, the newest of each name. Raises Refused, Temporary.

        https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
        """
        path = f"{below(self._repository, 'commits', oid, 'check-runs')}?app_id={self._app_id}&per_page={PER_PAGE}"
        listed = await self._client.get(path, credential=self._credential, operation="own_checks")
        found: list[Json] = listed["check_runs"]
        return found

    async def _unread(self, oid: str, contexts: Json) -> list[Json]:
        """Return the App's own check runs that are not among those read: the bot never creates a second one."""
        own = [each for each in nodes(contexts) if each["__typename"] == "CheckRun" and app_id(each) == self._app_id]
        known = {each["id"] for each in own}
        return [rest_check_run(run) for run in await self.own(oid) if run["node_id"] not in known]


async def pull(look: Look, found: Json, files: Sequence[str]) -> None:
    """Add what further pages show of an open promotion. Raises Temporary where it changed meanwhile."""
    for _ in range(MOST_OF_A_PULL // PER_PAGE - 1):
        cursors = {name: cursor for name in FORWARD if (cursor := next_page(found[name])) is not None}
        before = page_before(found["commits"])
        if before is not None:
            cursors["commits"] = before
        if not cursors:
            return
        asked = questions.pull(look.repository, found["number"], files, cursors=cursors)
        more = (await look.ask(asked))["pullRequest"]
        if more is None or more["headRefOid"] != found["headRefOid"]:
            raise Temporary(f"#{found['number']} changed while it was read")
        for name in cursors.keys() & set(FORWARD):
            _append(found[name], more[name])
        if before is not None:
            older = more["commits"]
            found["commits"]["nodes"][:0] = older["nodes"]
            found["commits"]["pageInfo"] = older["pageInfo"]


async def brought(look: Look, histories: Iterable[Json], *, base: str) -> None:
    """Add the further pull requests of commits in these file histories, as long as none shown merged one into the base.

    Raises Temporary.
    """
    commits = list(chain.from_iterable(nodes(history) for history in histories))
    for _ in range(MOST_BRINGING // PER_PAGE):
        left = list(_unexplained(commits, base))[:COMMITS_AT_ONCE]
        if not left:
            return
        asked = [(each["oid"], str(next_page(each["associatedPullRequests"]))) for each in left]
        seen = await look.ask(questions.brought(look.repository, asked))
        for number, each in enumerate(left):
            _append(each["associatedPullRequests"], (seen[f"q{number}"] or {}).get("associatedPullRequests"))


def _unexplained(commits: Iterable[Json], base: str) -> Iterator[Json]:
    for each in commits:
        pulls = each["associatedPullRequests"]
        merged = any(pull["mergedAt"] and pull["baseRefName"] == base for pull in nodes(pulls))
        if next_page(pulls) and not merged:
            yield each


def _append(connection: Json, page: Json | None) -> None:
    """Add a page to a list. After a page that GitHub does not show, the rest stays unread."""
    if page is None:
        connection["pageInfo"]["endCursor"] = None
        return
    connection["nodes"].extend(page["nodes"])
    connection["pageInfo"].update(page["pageInfo"])
