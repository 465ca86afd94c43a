"""Reads `gitops-state`: what is at its head, and what was there when the App last wrote.

Only first parents are followed: the other side of a merge was never on the branch.

The newest of the App's commits is remembered while the process runs. If the branch shows an older one, or is gone, somebody
moved or deleted it, and what was there is put back. GitHub itself sets the time of the App's commits.

Races accepted. An answer that arrives after a later one looks like a branch that was moved back. What is then written names
an old head, and GitHub refuses it. A process that was just started believes the branch as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cachetools import LRUCache

from bot.core.observation.repository import StateBranch
from bot.core.records.environment import SUFFIX
from bot.github.documents import questions
from bot.github.errors import Json
from bot.github.parsing.actors import author
from bot.github.parsing.answers import moment, nodes
from bot.github.parsing.state_branch import is_own_commit
from bot.github.reads.look import Look

BYTES_KEPT = 32 * 1024 * 1024
MOVED = "whoever moved the branch back"
DELETED = "whoever deleted the branch"
UNSIGNED = (
    "this GitHub does not sign commits, so the bot cannot tell who wrote gitops-state. Its administrators can turn on web"
    " commit signing, or whoever runs the bot can set GITHUB_UNSIGNED=trust"
)


@dataclass(frozen=True, slots=True)
class _Written:
    """What the App wrote, and when."""

    at: datetime
    files: Mapping[str, str]

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

    async def read(self, look: Look, ref: Json | None, *, bot_id: int) -> StateBranch:
        """Return the branch as the look shows it; a missing branch is an empty one. bot_id: of the App's bot."""
        newest = self._newest.get(look.repository)
        if ref is None or not ref["target"]:
            return StateBranch(None, {}, newest.files, (DELETED,)) if newest else StateBranch(None, {})
        head = ref["target"]
        files, unreadable = await _records(look, head["tree"])
        if is_own_commit(head, bot_id):
            return self._own(
                look, StateBranch(head["oid"], files, unreadable=unreadable), moment(head["committedDate"])
            )
        if self.trusted and not self.signed:
            return StateBranch(head["oid"], files, unreadable=unreadable)
        return await self._of_others(look, StateBranch(head["oid"], files, unreadable=unreadable), bot_id=bot_id)

    def _own(self, look: Look, seen: StateBranch, at: datetime) -> StateBranch:
        newest = self._newest.get(look.repository)
        if newest is not None and at < newest.at:
            return replace(seen, ours=newest.files, strangers=(MOVED,))
        if not seen.unreadable:
            self._newest[look.repository] = _Written(at, seen.files)
        return seen

    async def _of_others(self, look: Look, seen: StateBranch, *, bot_id: int) -> StateBranch:
        """Add what the App last wrote, found in the history or remembered, whichever is later."""
        head = str(seen.head_oid)
        found = (await look.ask(questions.state(look.repository, head)))["state"] or {}
        chain = list(_first_parents(head, {each["oid"]: each for each in nodes(found.get("history"))}))
        position = next((number for number, each in enumerate(chain) if is_own_commit(each, bot_id)), len(chain))
        strangers = tuple(author(each["author"]).login for each in chain[:position])
        newest, last = self._newest.get(look.repository), next(iter(chain[position:]), None)
        if newest is not None and (last is None or moment(last["committedDate"]) < newest.at):
            return replace(seen, ours=newest.files, strangers=(*strangers, MOVED))
        if last is not None:
            files, unreadable = await _records(look, await look.tree(last["tree"]["oid"]))
            return replace(seen, ours=files, strangers=strangers, unreadable={**unreadable, **seen.unreadable})
        # If all of the App's commits are signed, none of these is the App's, however many there are.
        return replace(seen, ours={}, strangers=strangers, doubt="" if self.signed else UNSIGNED)


async def _records(look: Look, tree: Json | None) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return name → text of the records at the top level, and name → the reason for those that cannot be read."""
    return await look.texts(tree, lambda path: "/" not in path and path.endswith(SUFFIX))


def _first_parents(head: str, commits: Mapping[str, Json]) -> Iterator[Json]:
    """Yield the head and its first parents, newest first, as far as they are among these commits."""
    oid = head
    while oid in commits:
        yield commits[oid]
        oid = next((parent["oid"] for parent in nodes(commits[oid]["parents"])), "")
