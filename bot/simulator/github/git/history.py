"""Questions about several commits: history of a path, comparison, merge bases, and merges that move no ref."""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import pygit2
from cachetools import LRUCache

from bot.simulator.github.git.store import Commit, GitStore, Person


class ChangeKind(Enum):
    """The kind of change to a file, in GitHub's words."""

    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"
    RENAMED = "renamed"
    COPIED = "copied"
    CHANGED = "changed"


_KINDS = {"A": ChangeKind.ADDED, "M": ChangeKind.MODIFIED, "D": ChangeKind.REMOVED, "R": ChangeKind.RENAMED,
          "C": ChangeKind.COPIED, "T": ChangeKind.CHANGED}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a difference. `oid` is its blob afterwards (before, if removed).

    patch: from the first hunk on, as GitHub's API returns it; None for a binary file. text: the same with the file
    headers.
    """

    path: str
    previous_path: str | None
    kind: ChangeKind
    oid: str
    additions: int
    deletions: int
    patch: str | None
    text: str = ""


class History:
    """The history of one store. Commits never change, so every answer is cached."""

    def __init__(self, store: GitStore) -> None:
        self._store = store
        self._generations: dict[str, int] = {}
        self._walks: LRUCache[tuple[str, str | None], _Walk] = LRUCache(4_096)
        self._changes: LRUCache[tuple[str | None, str], tuple[Change, ...]] = LRUCache(4_096)
        self._merged: LRUCache[tuple[str, str], str | None] = LRUCache(4_096)
        self._ancestry: LRUCache[tuple[str, str], bool] = LRUCache(16_384)
        self._between: LRUCache[tuple[str, str], tuple[str, ...]] = LRUCache(4_096)

    def log(self, head: str, path: str | None = None) -> "_Walk":
        """Return the commits of `git log head -- path`, newest first, as a sequence that reads only what is used.

        As git does by default, a merge is left out if one of its parents has the same content at `path`, and only that
        parent is followed. So the commit on a merged branch appears, not its merge.
        https://git-scm.com/docs/git-log#_history_simplification
        """
        key = (head, path)
        if key not in self._walks:
            self._walks[key] = _Walk(self._simplified(head, path))
        return self._walks[key]

    def _simplified(self, head: str, path: str | None) -> Iterator[str]:
        order = itertools.count()
        waiting = [(*self._rank(head), next(order), head)]
        seen = {head}
        while waiting:
            commit = self._store.commit(heapq.heappop(waiting)[-1])
            same = next((parent for parent in commit.parents if self._same(commit, parent, path)), None)
            if same is None and (path is None or commit.parents or self._at(commit.oid, path)):
                yield commit.oid
            for parent in commit.parents if same is None else (same,):
                if parent not in seen:
                    seen.add(parent)
                    heapq.heappush(waiting, (*self._rank(parent), next(order), parent))

    def _same(self, commit: Commit, parent: str, path: str | None) -> bool:
        return path is not None and self._at(commit.oid, path) == self._at(parent, path)

    def _at(self, commit: str, path: str) -> tuple[int, str] | None:
        found = self._store.entry(self._store.commit(commit).tree, path)
        return (found.mode, found.oid) if found else None

    def _rank(self, oid: str) -> tuple[float, int]:
        # A frozen clock gives many commits one second; the generation keeps children before parents then.
        return -self._store.commit(oid).committer.at.timestamp(), -self.generation(oid)

    def generation(self, oid: str) -> int:
        """Return 1 for a root commit, else one more than the highest generation of its parents."""
        pending = [oid]
        while pending:
            parents = self._store.commit(pending[-1]).parents
            unknown = [parent for parent in parents if parent not in self._generations]
            if unknown:
                pending += unknown
            else:
                self._generations[pending.pop()] = 1 + max((self._generations[parent] for parent in parents), default=0)
        return self._generations[oid]

    def merge_base(self, ours: str, theirs: str) -> str | None:
        """Return the best common ancestor, or None."""
        found = self._store.handle.merge_base(ours, theirs)
        return str(found) if found else None

    def is_ancestor(self, ancestor: str, of: str) -> bool:
        """Report whether `ancestor` is reachable from `of`. A commit is its own ancestor."""
        key = (ancestor, of)
        if key not in self._ancestry:
            self._ancestry[key] = ancestor == of or bool(self._store.handle.descendant_of(of, ancestor))
        return self._ancestry[key]

    def between(self, base: str, head: str) -> tuple[str, ...]:
        """Return the commits of `base..head`, oldest first."""
        key = (base, head)
        if key not in self._between:
            walker = self._store.handle.walk(head, pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.REVERSE)
            walker.hide(base)
            self._between[key] = tuple(str(commit.id) for commit in walker)
        return self._between[key]

    def changes(self, base: str | None, head: str) -> tuple[Change, ...]:
        """Return how two commits or trees differ, with renames; `base` None is the empty tree."""
        key = (base, head)
        if key not in self._changes:
            store = self._store
            before = store.tree(base if base is not None else store.empty_tree())
            difference = before.diff_to_tree(store.tree(head))
            difference.find_similar()
            self._changes[key] = tuple(_change(patch) for patch in difference if patch is not None)
        return self._changes[key]

    def introduced(self, commit: str) -> list[str]:
        """Return the paths whose content is new in a commit: those that differ from each of its parents."""
        parents = self._store.commit(commit).parents
        differing = [{change.path for change in self.changes(parent, commit)} for parent in parents or (None,)]
        return sorted(set.intersection(*differing))

    def merged_tree(self, ours: str, theirs: str) -> str | None:
        """Return the tree of merging two commits, or None if they conflict."""
        key = (ours, theirs)
        if key not in self._merged:
            index = self._store.handle.merge_commits(ours, theirs)
            self._merged[key] = None if index.conflicts else str(index.write_tree(self._store.handle))
        return self._merged[key]

    def rebased(self, commits: Sequence[str], *, onto: str, committer: Person) -> str | None:
        """Replay `commits` (oldest first, without merges) on `onto`; return the new tip, or None on conflict."""
        git = self._store.handle
        for oid in commits:
            commit = self._store.commit(oid)
            if len(commit.parents) > 1:
                continue
            before = self._store.commit(commit.parents[0]).tree if commit.parents else self._store.empty_tree()
            index = git.merge_trees(before, self._store.commit(onto).tree, commit.tree)
            if index.conflicts:
                return None
            tree = str(index.write_tree(git))
            onto = self._store.write_commit(
                tree=tree, parents=[onto], message=commit.message, author=commit.author, committer=committer
            )
        return onto


class _Walk:
    """A lazy sequence: it reads further only on demand, and caches what it read."""

    def __init__(self, commits: Iterator[str]) -> None:
        self._rest = commits
        self._read: list[str] = []

    def page(self, start: int, count: int) -> list[str]:
        """Return `count` ids from position `start`, fewer at the end."""
        self._read += itertools.islice(self._rest, max(0, start + count - len(self._read)))
        return self._read[start : start + count]

    def __iter__(self) -> Iterator[str]:
        position = 0
        while page := self.page(position, 1):
            yield page[0]
            position += 1

    def __len__(self) -> int:
        self._read += self._rest
        return len(self._read)


def _change(patch: pygit2.Patch) -> Change:
    delta = patch.delta
    kind = _KINDS.get(delta.status_char(), ChangeKind.CHANGED)
    _, additions, deletions = patch.line_stats
    return Change(
        path=delta.old_file.path if kind is ChangeKind.REMOVED else delta.new_file.path,
        previous_path=delta.old_file.path if kind is ChangeKind.RENAMED else None,
        kind=kind,
        oid=str(delta.old_file.id if kind is ChangeKind.REMOVED else delta.new_file.id),
        additions=additions,
        deletions=deletions,
        patch=None if delta.is_binary else _hunks(patch),
        text=patch.data.decode("utf-8", "replace"),
    )


def _hunks(patch: pygit2.Patch) -> str:
    # GitHub's `patch` begins at the first hunk; git's has the file headers before it.
    text: str = patch.data.decode("utf-8", "replace")
    start = text.find("\n@@")
    return text[start + 1 :].rstrip("\n") if start >= 0 else ""


def first_commits(commits: Iterable[str], count: int) -> list[str]:
    """Return the first `count` commits of a walk."""
    return list(itertools.islice(commits, count))
