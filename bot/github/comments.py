"""Every comment that may still be a command, however much was said after it.

A look brings the newest comments of the issues and pull requests that changed last. Where those do not reach back to what
was read before, the rest comes from REST's list of all of a repository's comments, in the order in which they changed. What
may be a command is asked for by its id in every look until it is answered. All of this can be forgotten: what nobody has
answered bears no mark of ours, and a first look reads back as far as commands go.

A flood costs one request for a hundred comments, and each look reads only so many of them: the next one reads on.

Race accepted: a comment that GitHub dates a few seconds late, on an issue that ten others pass in just these seconds, is
heard when the next one is read from the list.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from cachetools import LRUCache

from bot.core.commands.application import FORGOTTEN, open_comments
from bot.core.commands.grammar import speaks
from bot.core.observation.comments import Comment
from bot.github import composition, nouns
from bot.github.client import Client, Credential, below
from bot.github.errors import Answer, Json
from bot.github.look import repository_in
from bot.runtime import Runtime

REPOSITORIES_REMEMBERED = 10_000
PER_PAGE = 100
PAGES = 10
"""So many pages are read in one look, each of a hundred comments."""
AT_ONCE = 100
"""So many comments are asked for by their ids in one look; GitHub takes no more: those that waited longest."""
MOST_WAITING = 1_000
"""While so many wait for an answer, no further ones are looked for."""
LATE = timedelta(seconds=10)
"""What GitHub shows now may lack what it dates so little earlier."""
_SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class _Heard:
    """What is known of one repository.

    until: every comment made before was read. stood: how each of the subjects that the last look brought was.
    waiting: the ids of comments that may hold a command and had no answer, longest not asked for first.
    """

    until: datetime
    stood: Mapping[str, tuple[datetime, int]] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def reached_by(self, seen: Json) -> bool:
        """The newest comments of a look leave no gap."""
        return all(self._leaves_no_gap(seen[each]) for each in ("discussed_issues", "discussed_pulls"))

    def _leaves_no_gap(self, subjects: Json) -> bool:
        new = [subject for subject in nouns.nodes(subjects) if not self._is_known(subject)]
        further = len(new) == len(subjects["nodes"]) and subjects["pageInfo"]["hasNextPage"]
        return not further and all(map(self._is_read, new))

    def _is_known(self, subject: Json) -> bool:
        """Nothing was said there since, nor on those that changed before it."""
        standing = _standing(subject)
        return standing[0] < self.until or self.stood.get(subject["id"]) == standing

    def _is_read(self, subject: Json) -> bool:
        comments = subject["comments"]
        oldest = next(nouns.nodes(comments), None)
        if not comments["pageInfo"]["hasPreviousPage"]:
            return True
        return oldest is not None and nouns.moment(oldest["createdAt"]) < self.until

    def all_read(self, seen: Json) -> None:
        """Every comment up to this look was read."""
        subjects = [*nouns.nodes(seen["discussed_issues"]), *nouns.nodes(seen["discussed_pulls"])]
        self.stood = {subject["id"]: _standing(subject) for subject in subjects}
        self.until = max([self.until, *(changed - LATE for changed, _ in self.stood.values())])


@dataclass(frozen=True, slots=True)
class Said:
    """What one look brought. more: the next look can read on."""

    comments: tuple[Comment, ...]
    more: bool


class Comments:
    """One for the process: every look at a repository, of whichever application, adds to what is known."""

    def __init__(self, client: Client, runtime: Runtime) -> None:
        self._client = client
        self._runtime = runtime
        self._heard: LRUCache[str, _Heard] = LRUCache(REPOSITORIES_REMEMBERED)

    def waiting(self, repository: str) -> tuple[str, ...]:
        """The ids to ask for along with the newest comments."""
        return tuple(self._of(repository).waiting)[:AT_ONCE]

    async def join(self, repository: str, answer: Answer, asked: tuple[str, ...], *, credential: Credential) -> Said:
        """All comments of a look, oldest first. asked: the ids that its document asked for. Raises Temporary."""
        seen, heard = repository_in(answer), self._of(repository)
        found = {each.node_id: each for each in (*nouns.comments(seen), *_said(answer))}
        async with heard.turn:
            complete = heard.reached_by(seen) or await self._read_on(repository, heard, credential)
            if complete:
                heard.all_read(seen)
        left = [each for each in heard.waiting if each not in found and each not in asked][: AT_ONCE - len(asked)]
        if left:
            found |= {each.node_id: each for each in await self._ask(left, credential)}
        self._settle(heard, found, gone={*asked, *left} - found.keys())
        more = not complete and len(heard.waiting) < MOST_WAITING
        return Said(tuple(sorted(found.values(), key=lambda each: (each.created_at, each.database_id))), more)

    def _of(self, repository: str) -> _Heard:
        if repository not in self._heard:
            self._heard[repository] = _Heard(self._runtime.now() - FORGOTTEN)
        return self._heard[repository]

    async def _read_on(self, repository: str, heard: _Heard, credential: Credential) -> bool:
        """Read what was said since, as far as may be; True once everything is read.

        Page by page from the last change seen, rather than by numbers: a comment that is deleted meanwhile moves no other.
        https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository
        """
        since, number = heard.until, 1
        for _ in range(PAGES):
            if len(heard.waiting) >= MOST_WAITING:
                return False
            listed = await self._page(repository, since, number, credential)
            heard.waiting |= dict.fromkeys(each["node_id"] for each in listed if self._may_command(each))
            if len(listed) < PER_PAGE:
                return True
            heard.until = max(heard.until, nouns.moment(listed[-1]["updated_at"]) - _SECOND)
            since, number = (heard.until, 1) if heard.until > since else (since, number + 1)
        return False

    async def _page(self, repository: str, since: datetime, number: int, credential: Credential) -> list[Json]:
        query = {
            "sort": "updated",
            "direction": "asc",
            "since": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "per_page": PER_PAGE,
            "page": number,
        }
        path = f"{below(repository, 'issues', 'comments')}?{urlencode(query)}"
        return list(await self._client.get(path, credential=credential, operation="comments"))

    def _may_command(self, listed: Json) -> bool:
        is_bot = (listed.get("user") or {}).get("type") == "Bot"
        is_past = self._runtime.now() - nouns.moment(listed["created_at"]) > FORGOTTEN
        return not is_bot and not is_past and speaks(listed.get("body") or "")

    async def _ask(self, ids: list[str], credential: Credential) -> tuple[Comment, ...]:
        document, variables = composition.comments(ids)
        return _said(await self._client.ask(document, variables, credential=credential))

    def _settle(self, heard: _Heard, found: Mapping[str, Comment], gone: set[str]) -> None:
        """Those that wait on go to the end; what is answered or deleted is forgotten."""
        waits = {
            each.node_id for each in open_comments(tuple(found.values()), self._runtime.now()) if speaks(each.body)
        }
        for identity in (*gone, *found):
            heard.waiting.pop(identity, None)
            if identity in waits:
                heard.waiting[identity] = None


def _standing(subject: Json) -> tuple[datetime, int]:
    """When it last changed, to the second, and how much was said there."""
    return nouns.moment(subject["updatedAt"]), int(subject["comments"]["totalCount"])


def _said(answer: Answer) -> tuple[Comment, ...]:
    """The comments that were asked for by their ids, and are there."""
    asked = answer.data.get("waiting") or ()
    return tuple(nouns.comment(each, each["pullRequest"] or each["issue"]) for each in asked if each and "body" in each)
