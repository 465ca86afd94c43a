"""Every comment that may still be a command, however many came after it.

A look brings the newest comments of the issues and pull requests that changed last. If those do not reach back to what was
read before, the rest is read from REST's list of all comments of a repository, in the order in which they changed. A comment
that may be a command is asked for by its id in every look until it is answered. All of this may be forgotten: an unanswered
comment has no mark of ours, and a first look reads back as far as commands are valid.

A flood costs one request per hundred comments. Each look reads a limited number of them, and the next one reads on.

An answer of ours names the comment that it answers. It is found wherever the comments are: among the newest, or in the list.

Races accepted: two servers that share no queue can answer at the same moment, and the next look has the later answer deleted.
GitHub may date a comment a few seconds late. If ten other issues change in these seconds, the bot hears the
comment when it next reads the list. And a bot that remembers nothing reads a flood in several looks: in the first of them, a
command that has an answer but no mark may be answered once more.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from cachetools import LRUCache

from bot.core.commands.conversation.comment import speaks
from bot.core.commands.conversation.unanswered import unanswered
from bot.core.commands.shared.answer_marks import answered
from bot.core.observation.comments import Comment
from bot.core.records.entries import FORGOTTEN
from bot.github.client import Client, Credential, below
from bot.github.documents import questions
from bot.github.errors import Answer, Json
from bot.github.parsing.answers import moment, nodes
from bot.github.parsing.comments import answers_of, board_of, comment, comments
from bot.github.reads.look import repository_in
from bot.runtime import Runtime

REPOSITORIES_REMEMBERED = 10_000
PER_PAGE = 100
PAGES = 10
"""The most pages that one look reads, each of a hundred comments."""
AT_ONCE = 100
"""The most comments that one look asks for by their ids, those that waited longest first. GitHub takes no more."""
ANSWERS_REMEMBERED = 5_000
"""In each repository."""
MOST_WAITING = 1_000
"""While so many wait for an answer, the list is not read further."""
LATE = timedelta(seconds=10)
"""An answer may lack comments that GitHub dates up to this much earlier."""
_SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class _Heard:
    """What is known about one repository.

    until: every comment before this time was read. seen: how each issue and pull request was in the last look.
    waiting: ids of unanswered comments that may be commands, those not asked for longest first. answered: the numbers of
    comments that an answer of ours names, oldest answer first.
    """

    until: datetime
    seen: Mapping[str, tuple[datetime, int]] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)
    answered: dict[int, None] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def reached_by(self, seen: Json) -> bool:
        """Return whether the newest comments of a look leave no gap."""
        return all(self._leaves_no_gap(seen[each]) for each in ("discussed_issues", "discussed_pulls"))

    def _leaves_no_gap(self, subjects: Json) -> bool:
        new = [subject for subject in nodes(subjects) if not self._is_known(subject)]
        further = len(new) == len(subjects["nodes"]) and subjects["pageInfo"]["hasNextPage"]
        return not further and all(map(self._is_read, new))

    def _is_known(self, subject: Json) -> bool:
        """Return whether nothing was said there since, nor on those that changed before it."""
        current = _state_of(subject)
        return current[0] < self.until or self.seen.get(subject["id"]) == current

    def _is_read(self, subject: Json) -> bool:
        shown = subject["comments"]
        oldest = next(nodes(shown), None)
        if not shown["pageInfo"]["hasPreviousPage"]:
            return True
        return oldest is not None and moment(oldest["createdAt"]) < self.until

    def note_answers(self, numbers: Iterable[int]) -> None:
        """Note which comments have an answer."""
        self.answered |= dict.fromkeys(numbers)
        while len(self.answered) > ANSWERS_REMEMBERED:
            del self.answered[next(iter(self.answered))]

    def all_read(self, seen: Json) -> None:
        """Note that every comment up to this look was read."""
        subjects = [*nodes(seen["discussed_issues"]), *nodes(seen["discussed_pulls"])]
        self.seen = {subject["id"]: _state_of(subject) for subject in subjects}
        self.until = max([self.until, *(changed - LATE for changed, _ in self.seen.values())])


@dataclass(frozen=True, slots=True)
class Said:
    """The comments of one look. more: another look can read on. repeated: ids of answers to what has an older answer."""

    comments: tuple[Comment, ...]
    more: bool
    repeated: tuple[str, ...] = ()


class Comments:
    """One for the process. Every look at a repository, for whichever application, adds to what is known."""

    def __init__(self, client: Client, runtime: Runtime) -> None:
        self._client = client
        self._runtime = runtime
        self._heard: LRUCache[str, _Heard] = LRUCache(REPOSITORIES_REMEMBERED)

    def waiting(self, repository: str) -> tuple[str, ...]:
        """Return the ids to ask for together with the newest comments."""
        return tuple(self._of(repository).waiting)[:AT_ONCE]

    def forget(self, repository: str) -> None:
        """Forget what was read under this name."""
        self._heard.pop(repository, None)

    async def join(
        self, repository: str, answer: Answer, asked: tuple[str, ...], *, bot_id: int, credential: Credential
    ) -> Said:
        """Return all comments of a look, oldest first. asked: the ids that its document asked for. Raises Temporary.

        bot_id: whose comments can be answers.
        """
        seen, heard = repository_in(answer), self._of(repository)
        board = board_of(seen)
        found = {each.node_id: each for each in (*comments(seen), *_said(answer, board))}
        own = tuple(answers_of(bot_id, found.values()))
        heard.note_answers(number for number, _ in own)
        async with heard.turn:
            complete = heard.reached_by(seen) or await self._read_on(repository, heard, credential, bot_id=bot_id)
            if complete:
                heard.all_read(seen)
        left = [each for each in heard.waiting if each not in found and each not in asked][: AT_ONCE - len(asked)]
        if left:
            found |= {each.node_id: each for each in await self._ask(left, board, credential)}
        found = {
            name: replace(each, done=each.done or each.database_id in heard.answered) for name, each in found.items()
        }
        self._settle(heard, found, gone={*asked, *left} - found.keys())
        more = not complete and len(heard.waiting) < MOST_WAITING
        said = tuple(sorted(found.values(), key=lambda each: (each.created_at, each.database_id)))
        return Said(said, more, repeated=_repeated(own))

    def _of(self, repository: str) -> _Heard:
        if repository not in self._heard:
            self._heard[repository] = _Heard(self._runtime.now() - FORGOTTEN)
        return self._heard[repository]

    async def _read_on(self, repository: str, heard: _Heard, credential: Credential, *, bot_id: int) -> bool:
        """Read what was said since, up to the limits. Returns True once everything is read.

        Each page starts at the last change seen instead of a page number, so a comment deleted meanwhile shifts no other.
        https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository
        """
        since, number = heard.until, 1
        for _ in range(PAGES):
            if len(heard.waiting) >= MOST_WAITING:
                return False
            listed = await self._page(repository, since, number, credential)
            heard.waiting |= dict.fromkeys(each["node_id"] for each in listed if self._may_command(each))
            heard.note_answers(_answers(listed, bot_id))
            if len(listed) < PER_PAGE:
                return True
            heard.until = max(heard.until, moment(listed[-1]["updated_at"]) - _SECOND)
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
        is_past = self._runtime.now() - moment(listed["created_at"]) > FORGOTTEN
        return not is_bot and not is_past and speaks(listed.get("body") or "")

    async def _ask(self, ids: list[str], board: str | None, credential: Credential) -> tuple[Comment, ...]:
        document, variables = questions.comments(ids)
        return _said(await self._client.ask(document, variables, credential=credential), board)

    def _settle(self, heard: _Heard, found: Mapping[str, Comment], gone: set[str]) -> None:
        """Move the comments that still wait to the end; forget those that were answered or deleted."""
        waits = {each.node_id for each in unanswered(tuple(found.values()), self._runtime.now()) if speaks(each.body)}
        for identity in (*gone, *found):
            heard.waiting.pop(identity, None)
            if identity in waits:
                heard.waiting[identity] = None


def _repeated(answers: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """Return the ids of the answers after the first to each comment."""
    first: dict[int, str] = {}
    return tuple(reply for number, reply in answers if first.setdefault(number, reply) != reply)


def _answers(listed: Iterable[Json], bot_id: int) -> Iterator[int]:
    """Yield the numbers of the comments that the bot's own comments on a page of the list answer."""
    for each in listed:
        number = answered(each.get("body") or "") if (each.get("user") or {}).get("id") == bot_id else None
        if number is not None:
            yield number


def _state_of(subject: Json) -> tuple[datetime, int]:
    """Return when an issue or pull request last changed, to the second, and the number of its comments."""
    return moment(subject["updatedAt"]), int(subject["comments"]["totalCount"])


def _said(answer: Answer, board: str | None) -> tuple[Comment, ...]:
    """Return the comments that were asked for by their ids and still exist."""
    asked = answer.data.get("waiting") or ()
    return tuple(
        comment(each, each["pullRequest"] or each["issue"], board) for each in asked if each and "body" in each
    )
