"""Bare git repositories through pygit2: objects, trees, and refs with compare-and-swap.

Every object is real (`git fsck --strict` is clean and `git clone` works). This module knows nothing of pull requests.
Race accepted: a `git push` over HTTP is another process, so a ref may move between comparison and swap. The simulator
handles one request at a time and reads the refs again after each push.
"""

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path

import pygit2
from cachetools import LRUCache

ZERO = "0" * 40
REGULAR, EXECUTABLE, LINK, FOLDER, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o040000, 0o160000


class EntryKind(Enum):
    """The kind of object that a tree entry points at, in git's words."""

    BLOB = "blob"
    TREE = "tree"
    COMMIT = "commit"


@dataclass(frozen=True, slots=True)
class Person:
    """An author or committer line."""

    name: str
    email: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit. `message` is complete: headline, empty line, body."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Person
    committer: Person

    @property
    def headline(self) -> str:
        """Return the message's first line."""
        return self.message.partition("\n")[0]

    @property
    def body(self) -> str:
        """Return the message after its first line."""
        return self.message.partition("\n")[2].strip("\n")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree, with its path from the root."""

    name: str
    path: str
    mode: int
    oid: str

    @property
    def kind(self) -> EntryKind:
        """Return blob, tree or commit (a submodule)."""
        if self.mode == FOLDER:
            return EntryKind.TREE
        return EntryKind.COMMIT if self.mode == SUBMODULE else EntryKind.BLOB


@dataclass(frozen=True, slots=True)
class File:
    """The content and mode to write at a path."""

    content: bytes
    mode: int = REGULAR


class RefMoved(Exception):  # noqa: N818 - it is an answer, not a fault
    """A ref was not where the caller expected it. `actual` is where it is (None: deleted)."""

    def __init__(self, name: str, *, expected: str | None, actual: str | None) -> None:
        super().__init__(f"{name} is at {actual}, expected {expected}")
        self.name = name
        self.expected = expected
        self.actual = actual


_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = true
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
"""


class GitStore:
    """One bare repository on disk."""

    def __init__(self, path: Path) -> None:
        """Open the repository at `path`, or create it."""
        self.path = path
        if not (path / "HEAD").exists():
            self._create(path)
        self._git = pygit2.Repository(str(path))
        self._commits: LRUCache[str, Commit] = LRUCache(65_536)
        self._entries: LRUCache[tuple[str, str], Entry | None] = LRUCache(131_072)
        self._listings: LRUCache[str, tuple[Entry, ...]] = LRUCache(4_096)

    @staticmethod
    def _create(path: Path) -> None:
        """Write the few files that git needs.

        `git init` writes three times as many, which would slow down every test.
        """
        for folder in ("objects/pack", "refs/heads"):
            (path / folder).mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n")
        (path / "config").write_text(_CONFIG)

    @property
    def handle(self) -> pygit2.Repository:
        """Return libgit2's handle, for the other modules of this room."""
        return self._git

    # -- objects ---------------------------------------------------------------------------------------------------

    def write_blob(self, content: bytes) -> str:
        """Store bytes and return the blob id."""
        return str(self._git.create_blob(content))

    def blob(self, oid: str) -> bytes:
        """Return a blob's bytes; raise KeyError if there is no such blob."""
        found = self._git[oid]
        if not isinstance(found, pygit2.Blob):
            raise KeyError(oid)
        data: bytes = found.data
        return data

    def blob_size(self, oid: str) -> int:
        """Return a blob's length in bytes."""
        return len(self.blob(oid))

    def object_kind(self, oid: str) -> str | None:
        """Return "blob", "tree", "commit", "tag", or None if there is no such object."""
        try:
            return str(self._git[oid].type_str)
        except (KeyError, ValueError):
            return None

    def full_oid(self, abbreviated: str) -> str | None:
        """Return the id that a prefix of at least four hexadecimal digits identifies, or None."""
        try:
            return str(self._git[abbreviated].id)
        except (KeyError, ValueError):
            return None

    def write_tree(self, base: str | None, changes: Mapping[str, File | None]) -> str:
        """Return the id of `base` with files written (File) or removed (None). Empty folders disappear."""
        return (
            self._write_tree(base, {tuple(path.split("/")): file for path, file in changes.items()})
            or self.empty_tree()
        )

    def _write_tree(self, base: str | None, changes: Mapping[tuple[str, ...], File | None]) -> str | None:
        builder = self._git.TreeBuilder(base) if base else self._git.TreeBuilder()
        folders: dict[str, dict[tuple[str, ...], File | None]] = {}
        for path, file in changes.items():
            if len(path) > 1:
                folders.setdefault(path[0], {})[path[1:]] = file
            elif file is not None:
                builder.insert(path[0], self._git.create_blob(file.content), file.mode)
            elif builder.get(path[0]) is not None:
                builder.remove(path[0])
        for name, inner in folders.items():
            present = builder.get(name)
            below = self._write_tree(
                str(present.id) if present is not None and present.filemode == FOLDER else None, inner
            )
            if below is not None:
                builder.insert(name, below, FOLDER)
            elif present is not None:
                builder.remove(name)
        return str(builder.write()) if len(builder) else None

    def write_entries(self, base: str | None, entries: Iterable[tuple[str, int, str | None]]) -> str:
        """Apply (path, mode, blob id or None to remove) to `base`, as REST's `POST git/trees`; return the tree id."""
        files = {path: File(self.blob(oid), mode) if oid else None for path, mode, oid in entries}
        return self.write_tree(base, files)

    def empty_tree(self) -> str:
        """Return the tree without entries."""
        return str(self._git.TreeBuilder().write())

    def write_commit(
        self, *, tree: str, parents: Iterable[str], message: str, author: Person, committer: Person
    ) -> str:
        """Store a commit and return its id. No ref moves."""
        oid = self._git.create_commit(None, _signature(author), _signature(committer), message, tree, list(parents))
        return str(oid)

    def commit(self, oid: str) -> Commit:
        """Return a commit; raise KeyError if there is none. Tags are followed."""
        known = self._commits.get(oid)
        if known is None:
            found = self._git[oid].peel(pygit2.Commit) if self.object_kind(oid) in {"commit", "tag"} else None
            if found is None:
                raise KeyError(oid)
            known = self._commits[oid] = Commit(
                oid=str(found.id),
                tree=str(found.tree_id),
                parents=tuple(str(parent) for parent in found.parent_ids),
                message=found.message,
                author=_person(found.author),
                committer=_person(found.committer),
            )
        return known

    def has_commit(self, oid: str) -> bool:
        """Report whether the store has this commit."""
        return len(oid) == 40 and self.object_kind(oid) == "commit"

    def tree(self, oid: str) -> pygit2.Tree:
        """Return libgit2's tree for a tree or commit id; raise KeyError if there is none."""
        return self._git[oid].peel(pygit2.Tree)

    def entry(self, tree: str, path: str) -> Entry | None:
        """Return the entry at `path` (no slash at either end) below a tree, or None."""
        key = (tree, path)
        if key not in self._entries:
            self._entries[key] = self._look(tree, path)
        return self._entries[key]

    def _look(self, tree: str, path: str) -> Entry | None:
        folder, _, name = path.rpartition("/")
        if folder:
            above = self.entry(tree, folder)
            if above is None or above.kind is not EntryKind.TREE:
                return None
            tree = above.oid
        try:
            found = self.tree(tree)[name]
        except (KeyError, ValueError):
            return None
        return Entry(name=name, path=path, mode=_mode(found), oid=str(found.id))

    def entries(self, tree: str, path: str = "") -> tuple[Entry, ...]:
        """Return a tree's own entries in git's order. `path` is the tree's path, which the entries' paths extend."""
        key = f"{tree}:{path}"
        if key not in self._listings:
            start = f"{path}/" if path else ""
            named = ((str(line.name), line) for line in self.tree(tree))
            self._listings[key] = tuple(
                Entry(name=name, path=start + name, mode=_mode(line), oid=str(line.id)) for name, line in named
            )
        return self._listings[key]

    def walk_tree(self, tree: str, path: str = "") -> Iterable[Entry]:
        """Yield every entry below a tree, each folder before its contents."""
        for line in self.entries(tree, path):
            yield line
            if line.kind is EntryKind.TREE:
                yield from self.walk_tree(line.oid, line.path)

    def file(self, commit: str, path: str) -> bytes | None:
        """Return the bytes of a file at a commit, or None if there is no such file."""
        found = self.entry(self.commit(commit).tree, path)
        return self.blob(found.oid) if found and found.kind is EntryKind.BLOB else None

    # -- refs ------------------------------------------------------------------------------------------------------

    def ref(self, name: str) -> str | None:
        """Return where a full ref name (`refs/heads/main`) points, or None."""
        try:
            found = self._git.references.get(name)
        except ValueError:  # not a valid ref name, so there is no such ref
            return None
        return str(found.target) if found is not None else None

    def refs(self, prefix: str = "refs/") -> list[tuple[str, str]]:
        """Return (full name, object id) of every ref below `prefix`, by name."""
        names = sorted(name for name in self._git.listall_references() if name.startswith(prefix))
        return [(name, str(self._git.references[name].target)) for name in names]

    def move_ref(self, name: str, *, before: str | None, after: str | None) -> None:
        """Create (`before` None), move or delete (`after` None) a ref; raise RefMoved if it is not at `before`."""
        actual = self.ref(name)
        if actual != before:
            raise RefMoved(name, expected=before, actual=actual)
        if after is not None:
            self._git.references.create(name, after, force=True)
        elif actual is not None:
            self._git.references.delete(name)

    def fetch(self, source: "GitStore", ref: str) -> None:
        """Copy the objects of another repository's ref, such as a fork's branch, without keeping a ref."""
        self._git.remotes.create_anonymous(str(source.path)).fetch([f"+{ref}:refs/fetched/head"])
        self._git.references.delete("refs/fetched/head")

    def clashes(self, name: str) -> bool:
        """Return whether git cannot keep a new ref beside those it has: one is a file where the other needs a folder."""
        parts = name.split("/")
        return any(self.ref("/".join(parts[:end])) for end in range(3, len(parts))) or bool(self.refs(f"{name}/"))

    @staticmethod
    def valid_ref_name(name: str) -> bool:
        """Report whether git accepts this full ref name."""
        return bool(pygit2.reference_is_valid_name(name))


def _mode(line: pygit2.Object) -> int:
    mode = int(line.filemode)
    # Very old versions of git wrote group-writable modes; GitHub shows them as regular.
    return REGULAR if stat.S_ISREG(mode) and mode not in {REGULAR, EXECUTABLE} else mode


def _signature(person: Person) -> pygit2.Signature:
    offset = person.at.utcoffset() or timedelta(0)
    return pygit2.Signature(person.name, person.email, int(person.at.timestamp()), int(offset.total_seconds() // 60))


def _person(signature: pygit2.Signature) -> Person:
    zone = timezone(timedelta(minutes=signature.offset)) if signature.offset else UTC
    return Person(name=signature.name, email=signature.email, at=datetime.fromtimestamp(signature.time, tz=zone))
