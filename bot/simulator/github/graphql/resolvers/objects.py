"""Git objects as GraphQL shows them, each with the repository through which it was reached."""

from dataclasses import dataclass

from cachetools import LRUCache

from bot.simulator.github.git.store import Commit, Entry, EntryKind, Person
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.ids import Kind, node_id, parse_node_id
from bot.simulator.github.model.world.signatures import SignatureState

# Blob.text is truncated at this many bytes: https://github.com/sveltia/sveltia-cms/issues/950
MOST_TEXT = 512_000


@dataclass(frozen=True, slots=True)
class CommitObject:
    """A commit."""

    repository: Repository
    commit: Commit

    @property
    def oid(self) -> str:
        """Return its id."""
        return self.commit.oid


@dataclass(frozen=True, slots=True)
class TreeObject:
    """A tree, with its path, which prefixes the paths of its entries."""

    repository: Repository
    oid: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class BlobObject:
    """A blob."""

    repository: Repository
    oid: str


@dataclass(frozen=True, slots=True)
class TagObject:
    """An annotated tag."""

    repository: Repository
    oid: str


GitObject = CommitObject | TreeObject | BlobObject | TagObject


@dataclass(frozen=True, slots=True)
class TreeLine:
    """An entry of a tree."""

    repository: Repository
    entry: Entry


@dataclass(frozen=True, slots=True)
class Signature:
    """GitHub's signature on a commit that it created, and the result of verifying it."""

    commit: CommitObject
    state: SignatureState

    @property
    def is_valid(self) -> bool:
        """Report whether it was verified and is valid."""
        return self.state is SignatureState.VALID


@dataclass(frozen=True, slots=True)
class RefObject:
    """A branch or tag; `name` is the full one. In a list by prefix, `asked` is that prefix."""

    repository: Repository
    name: str
    oid: str
    asked: str = ""

    @property
    def prefix(self) -> str:
        """Return what the short name lacks: `refs/heads/`, or the prefix of the list."""
        return self.asked or "/".join(self.name.split("/", 2)[:2]) + "/"

    @property
    def shown_name(self) -> str:
        """Return the name without that prefix."""
        return self.name.removeprefix(self.prefix)

    @property
    def branch(self) -> str:
        """Return the branch's (or tag's) short name."""
        return self.name.split("/", 2)[2]


@dataclass(frozen=True, slots=True)
class CommitPerson:
    """An author or committer as GitHub shows them."""

    repository: Repository
    person: Person


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference between two commits, by their ids."""

    repository: Repository
    base: str
    head: str

    @property
    def ahead(self) -> tuple[str, ...]:
        """Return the commits of the head that the base lacks, oldest first."""
        return self.repository.history.between(self.base, self.head)

    @property
    def behind(self) -> tuple[str, ...]:
        """Return the commits of the base that the head lacks."""
        return self.repository.history.between(self.head, self.base)

    @property
    def status(self) -> str:
        """Return GraphQL's ComparisonStatus."""
        if self.ahead and self.behind:
            return "DIVERGED"
        if self.ahead:
            return "AHEAD"
        return "BEHIND" if self.behind else "IDENTICAL"


@dataclass(frozen=True, slots=True)
class BlobText:
    """A blob's content as GraphQL shows it."""

    byte_size: int
    is_binary: bool
    is_truncated: bool
    text: str | None


_texts: LRUCache[str, BlobText] = LRUCache(2_048)


def blob_text(repository: Repository, oid: str) -> BlobText:
    """Return a blob's content. Cached, because blobs never change."""
    found = _texts.get(oid)
    if found is None:
        content = repository.store.blob(oid)
        binary = b"\0" in content[:8000]  # git's own test
        cut = len(content) > MOST_TEXT
        text = None if binary else content[:MOST_TEXT].decode("utf-8", "replace")
        found = _texts[oid] = BlobText(len(content), binary, cut, text)
    return found


def commit_object(repository: Repository, oid: str | None) -> CommitObject | None:
    """Return the commit of an id, or None."""
    return CommitObject(repository, repository.store.commit(oid)) if oid else None


def git_object(repository: Repository, oid: str) -> GitObject | None:
    """Return the object of an id, or None."""
    kind = repository.store.object_kind(oid)
    if kind == "commit":
        return CommitObject(repository, repository.store.commit(oid))
    if kind == "tree":
        return TreeObject(repository, oid)
    if kind == "blob":
        return BlobObject(repository, oid)
    return TagObject(repository, oid) if kind == "tag" else None


def entry_object(line: TreeLine) -> GitObject | None:
    """Return the object of a tree's entry; None for a submodule."""
    if line.entry.kind is EntryKind.TREE:
        return TreeObject(line.repository, line.entry.oid, line.entry.path)
    return BlobObject(line.repository, line.entry.oid) if line.entry.kind is EntryKind.BLOB else None


def ref_object(repository: Repository, name: str) -> RefObject | None:
    """Return the ref of a full name, or of a branch's or tag's short name."""
    for candidate in (name,) if name.startswith("refs/") else (f"refs/heads/{name}", f"refs/tags/{name}"):
        oid = repository.store.ref(candidate)
        if oid is not None:
            return RefObject(repository, candidate, oid)
    return None


def find_expression(repository: Repository, text: str) -> GitObject | None:
    """Resolve `main`, an id (full or abbreviated), or `<either>:path/to/file`."""
    revision, colon, path = text.partition(":")
    ref = ref_object(repository, repository.default_branch if revision == "HEAD" else revision)
    oid = ref.oid if ref else repository.store.full_oid(revision)
    if oid is None:
        return None
    if not colon:
        return git_object(repository, oid)
    start = git_object(repository, oid)
    tree = start.commit.tree if isinstance(start, CommitObject) else oid
    if not path:
        return TreeObject(repository, tree)
    entry = repository.store.entry(tree, path.strip("/"))
    return entry_object(TreeLine(repository, entry)) if entry else None


_KINDS = {Kind.COMMIT: "commit", Kind.TREE: "tree", Kind.BLOB: "blob"}


def git_node(github: GitHub, identifier: str) -> GitObject | RefObject | None:
    """Return the git object or ref of a node id."""
    parsed = parse_node_id(identifier)
    if parsed is None or len(parsed[1]) < 2:
        return None
    kind, (repository_id, *rest) = parsed
    repository = github.node(node_id(Kind.REPOSITORY, repository_id))
    if not isinstance(repository, Repository):
        return None
    if kind is Kind.REF:
        return ref_object(repository, ":".join(rest))
    return git_object(repository, rest[0]) if kind in _KINDS else None


def object_node_id(found: GitObject | RefObject) -> str:
    """Return the node id of a git object or ref."""
    if isinstance(found, RefObject):
        return node_id(Kind.REF, found.repository.id, found.name)
    kinds = {CommitObject: Kind.COMMIT, TreeObject: Kind.TREE, BlobObject: Kind.BLOB, TagObject: Kind.BLOB}
    return node_id(kinds[type(found)], found.repository.id, found.oid)
