"""Reads `gitops-state`: what stands on its head, and what stood there when the App last wrote.

A commit is the App's word if GitHub signed it for the App, its message says that it was made for this branch, for the App
commits to promotions as well, and no pull request made it: GitHub signs a squash merge in the name of whoever opened the pull
request. Only first parents are walked, for the other side of a merge was never on the branch.

The newest commit of the App's is remembered while the process lives. Where the branch shows an older one, or is gone,
somebody has moved or deleted it, and what stood there is put back. GitHub itself gives the App's commits their time.

Races accepted. An answer that a later one overtook looks like a branch that was moved back: what is then written names a
head that is no longer the head, and GitHub refuses it. A process that was started anew believes the branch as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cachetools import LRUCache

from bot.core.observation.repository import StateBranch
from bot.core.records.environment import SUFFIX
from bot.github import composition
from bot.github.errors import Json
from bot.github.look import Look
from bot.github.nouns import author, made_by_app, moment, nodes
from bot.github.writes import STATE_TRAILER

BYTES_KEPT = 32 * 1024 * 1024
MOVED = "whoever moved the branch back"
DELETED = "whoever deleted the branch"
UNSIGNED = (
    "this GitHub signs no commits, so nobody can tell who wrote gitops-state; its administrators can turn on web commit"
    " signing, or whoever runs the bot can set GITHUB_UNSIGNED to trust"
)


@dataclass(frozen=True, slots=True)
class _Written:
    """What the App wrote, and when."""

    at: datetime
    files: Mapping[str, str]

    @property
    def size(self) -> int:
        """About how much memory it takes."""
        return min(1 + sum(len(name) + len(text) for name, text in self.files.items()), BYTES_KEPT)


class StateBranches:
    """Reads the branch in every repository.

    signed: this GitHub signs what the App commits. trusted: where it does not, the branch is taken as it stands.
    """

    def __init__(self, *, signed: bool, trusted: bool) -> None:
        self.signed = signed
        self.trusted = trusted
        self._newest: LRUCache[str, _Written] = LRUCache(BYTES_KEPT, getsizeof=lambda each: each.size)

    async def read(self, look: Look, ref: Json | None, *, app: str) -> StateBranch:
        """The branch as the look shows it; no branch is an empty one. app: the App's slug, to know its commits."""
        newest = self._newest.get(look.repository)
        if ref is None or not ref["target"]:
            return StateBranch(None, {}, newest.files, (DELETED,)) if newest else StateBranch(None, {})
        head = ref["target"]
        files, unreadable = await _records(look, head["tree"])
        if _is_ours(head, app):
            return self._own(
                look, StateBranch(head["oid"], files, unreadable=unreadable), moment(head["committedDate"])
            )
        if self.trusted and not self.signed:
            return StateBranch(head["oid"], files, unreadable=unreadable)
        return await self._of_others(look, StateBranch(head["oid"], files, unreadable=unreadable), app=app)

    def _own(self, look: Look, seen: StateBranch, at: datetime) -> StateBranch:
        newest = self._newest.get(look.repository)
        if newest is not None and at < newest.at:
            return replace(seen, ours=newest.files, strangers=(MOVED,))
        if not seen.unreadable:
            self._newest[look.repository] = _Written(at, seen.files)
        return seen

    async def _of_others(self, look: Look, seen: StateBranch, *, app: str) -> StateBranch:
        """What the App last wrote, by the commits that led there or by what is remembered; the later of the two."""
        head = str(seen.head_oid)
        found = (await look.ask(composition.state(look.repository, head)))["state"] or {}
        chain = list(_first_parents(head, {each["oid"]: each for each in nodes(found.get("history"))}))
        position = next((number for number, each in enumerate(chain) if _is_ours(each, app)), len(chain))
        strangers = tuple(author(each["author"]).login for each in chain[:position])
        newest, last = self._newest.get(look.repository), next(iter(chain[position:]), None)
        if newest is not None and (last is None or moment(last["committedDate"]) < newest.at):
            return replace(seen, ours=newest.files, strangers=(*strangers, MOVED))
        if last is not None:
            files, unreadable = await _records(look, await look.tree(last["tree"]["oid"]))
            return replace(seen, ours=files, strangers=strangers, unreadable={**unreadable, **seen.unreadable})
        # Where every commit of the App's is signed, none of these is one, however many there are.
        return replace(seen, ours={}, strangers=strangers, doubt="" if self.signed else UNSIGNED)


async def _records(look: Look, tree: Json | None) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Name → text of the records, which stand at the top; and name → reason of those that cannot be read."""
    return await look.texts(tree, lambda path: "/" not in path and path.endswith(SUFFIX))


def _is_ours(commit: Json, app: str) -> bool:
    pulls = commit["associatedPullRequests"]
    made_by_pull = any((pull["mergeCommit"] or {}).get("oid") == commit["oid"] for pull in nodes(pulls))
    for_this = STATE_TRAILER in commit["messageBody"].splitlines()
    return made_by_app(commit, app) and for_this and not made_by_pull and not pulls["pageInfo"]["hasNextPage"]


def _first_parents(head: str, commits: Mapping[str, Json]) -> Iterator[Json]:
    """The head and what stood in its place before, newest first, as far as it is among these."""
    oid = head
    while oid in commits:
        yield commits[oid]
        oid = next((parent["oid"] for parent in nodes(commits[oid]["parents"])), "")
