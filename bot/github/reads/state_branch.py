"""Reads `gitops-state`: what is at its head, and what was there when the App last wrote.

Only first parents are followed: the other side of a merge was never on the branch.

The newest of the App's commits is remembered while the process runs. If the branch shows an older one, or is gone, somebody
moved or deleted it, and what was there is put back. GitHub itself sets the time of the App's commits.

Races accepted. An answer that arrives after a later one looks like a branch that was moved back. What is then written names
an old head, and GitHub refuses it. A process that was just started believes the branch as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cachetools import LRUCache

from bot.core.observation.repository import StateBranch
from bot.core.records.environment import SUFFIX
from bot.core.records.state_branch import UNDOING
from bot.github.documents import questions
from bot.github.errors import Json
from bot.github.parsing.actors import author
from bot.github.parsing.answers import moment, next_page, nodes
from bot.github.parsing.commits import Maker
from bot.github.parsing.state_branch import state_maker
from bot.github.reads.look import Look

BYTES_KEPT = 32 * 1024 * 1024
UNDONE_REMEMBERED = 5
PAGES = 10
"""Of a hundred commits each, in which the App's newest is looked for."""
HIDDEN = (
    f"the newest {PAGES * 100:,} commits on gitops-state are by others, and the bot's own are somewhere below them. Anyone who "
    "may push there can move the branch back to the bot's newest commit"
)
MOVED = "the person who moved the branch back"
DELETED = "the person who deleted the branch"
UNSIGNED = (
    "this GitHub does not sign commits, so the bot cannot tell who wrote gitops-state. Its administrators can turn on web"
    " commit signing, or the people who run the bot can set GITHUB_UNSIGNED=trust"
)


@dataclass(frozen=True, slots=True)
class _Written:
    """What the App wrote, and when. undone: when it undid what others had changed, newest first."""

    oid: str
    at: datetime
    files: Mapping[str, str]
    undone: tuple[datetime, ...] = ()

    @property
    def size(self) -> int:
        """Its approximate size in memory, in bytes."""
        return min(1 + sum(len(name) + len(text) for name, text in self.files.items()), BYTES_KEPT)


class StateBranches:
    """Reads the branch in every repository.

    signed: this GitHub signs the App's commits. trusted: where it does not, believe the branch as it is.
    """

    def __init__(self, *, signed: bool, trusted: bool) -> None:
        self.signed = signed
        self.trusted = trusted
        self._newest: LRUCache[str, _Written] = LRUCache(BYTES_KEPT, getsizeof=lambda each: each.size)

    async def read(self, look: Look, ref: Json | None, *, repository_id: str, bot_id: int) -> StateBranch:
        """Return the branch as the look shows it; a missing branch is an empty one.

        repository_id: the repository's node id, which outlives its name. bot_id: of the App's bot.
        """
        newest = self._newest.get(repository_id)
        if ref is None or not ref["target"]:
            if newest is None:
                return StateBranch(None, {})
            return StateBranch(None, {}, newest.files, (DELETED,), undone=newest.undone)
        head = ref["target"]
        files, unreadable = await _records(look, head["tree"])
        seen = StateBranch(head["oid"], files, unreadable=unreadable)
        made_by = state_maker(head, bot_id)
        if made_by is Maker.APP or (newest is not None and newest.oid == seen.head_oid):
            return self._own(repository_id, seen, head)
        if self.trusted and not self.signed:
            return seen
        if made_by is Maker.UNVERIFIED:
            return replace(seen, ours=newest.files if newest else {}, is_unverified=True)
        return await self._of_others(look, seen, head, repository_id=repository_id, bot_id=bot_id)

    def _own(self, repository_id: str, seen: StateBranch, head: Json) -> StateBranch:
        newest, at = self._newest.get(repository_id), moment(head["committedDate"])
        if newest is not None and at < newest.at:
            return replace(seen, ours=newest.files, strangers=(MOVED,), undone=newest.undone)
        if not seen.unreadable:
            undone = {*(newest.undone if newest else ()), *([at] if _undoes(head) else ())}
            self._newest[repository_id] = _Written(
                head["oid"], at, seen.files, tuple(sorted(undone, reverse=True)[:UNDONE_REMEMBERED])
            )
        return seen

    async def _of_others(
        self, look: Look, seen: StateBranch, head: Json, *, repository_id: str, bot_id: int
    ) -> StateBranch:
        """Add what the App last wrote, found in the history or remembered, whichever is later."""
        pages = PAGES if self.signed and repository_id not in self._newest else 1
        chain, is_whole = await _chain(look, str(seen.head_oid), bot_id, pages=pages)
        makers = [state_maker(each, bot_id) for each in chain]
        position = makers.index(Maker.APP) if Maker.APP in makers else len(chain)
        newest, last = self._newest.get(repository_id), next(iter(chain[position:]), None)
        undone = [number for number, each in enumerate(chain) if makers[number] is Maker.APP and _undoes(each)]
        before = [number for number in undone if _tree_below(chain, number) == head["tree"]["oid"]]
        times = {*(newest.undone if newest else ()), *(moment(chain[number]["committedDate"]) for number in undone)}
        seen = replace(
            seen,
            strangers=tuple(author(each["author"]).login for each in chain[:position]),
            is_unverified=Maker.UNVERIFIED in makers[:position],
            undone=tuple(sorted(times, reverse=True)),
            undone_before=moment(chain[before[0]]["committedDate"]) if before else None,
        )
        if newest is not None and (last is None or moment(last["committedDate"]) < newest.at):
            return replace(seen, ours=newest.files, strangers=(*seen.strangers, MOVED))
        if last is not None:
            files, unreadable = await _records(look, await look.tree(last["tree"]["oid"]))
            return replace(seen, ours=files, unreadable={**unreadable, **seen.unreadable})
        if not self.signed:
            return replace(seen, ours={}, doubt=UNSIGNED)
        return replace(seen, ours={}, doubt="" if is_whole else HIDDEN)


async def _chain(look: Look, head: str, bot_id: int, *, pages: int) -> tuple[list[Json], bool]:
    """Return the head and its first parents, newest first, up to the page with the App's newest commit; and whether there
    are no older ones.
    """
    commits: dict[str, Json] = {}
    chain: list[Json] = []
    after: str | None = None
    for _ in range(pages):
        found = (await look.ask(questions.state(look.repository, head, after=after)))["state"] or {}
        commits |= {each["oid"]: each for each in nodes(found.get("history"))}
        chain = list(_first_parents(head, commits))
        after = next_page(found.get("history"))
        if after is None or any(state_maker(each, bot_id) is Maker.APP for each in chain):
            break
    return chain, after is None


def _undoes(commit: Json) -> bool:
    """Return whether one of the App's commits undoes what others changed."""
    return str(commit["messageHeadline"]).startswith(UNDOING)


def _tree_below(chain: Sequence[Json], number: int) -> str | None:
    """Return the tree that stood on the branch before this commit."""
    return chain[number + 1]["tree"]["oid"] if number + 1 < len(chain) else None


async def _records(look: Look, tree: Json | None) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return name → text of the records at the top level, and name → the reason for those that cannot be read."""
    return await look.texts(tree, lambda path: "/" not in path and path.endswith(SUFFIX))


def _first_parents(head: str, commits: Mapping[str, Json]) -> Iterator[Json]:
    """Yield the head and its first parents, newest first, as far as they are among these commits."""
    oid = head
    while oid in commits:
        yield commits[oid]
        oid = next((parent["oid"] for parent in nodes(commits[oid]["parents"])), "")
