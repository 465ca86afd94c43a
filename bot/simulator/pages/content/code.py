"""Files, folders and commits of a repository at an address such as `tree/gitops/dev/web/envs/dev`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.simulator.github.git.store import LINK, Commit, Entry, EntryKind
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import not_found

LARGEST_SHOWN = 512_000

PAGE = 30

_FULL = re.compile(r"[0-9a-f]{40}")

_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*): (\S.*)")


@dataclass(frozen=True, slots=True)
class Place:
    """A commit, the name by which it was requested (a branch or an id), and a path in it ('' is the root)."""

    ref: str
    oid: str
    path: str

    @property
    def parents(self) -> list[tuple[str, str]]:
        """Return (name, path) of each step from the root to the place, including the place."""
        names = self.path.split("/") if self.path else []
        return [(name, "/".join(names[: position + 1])) for position, name in enumerate(names)]


def place(repository: Repository, address: str) -> Place:
    """Split `<ref>/<path>`. Branch names may contain slashes, but git allows no branch below another one."""
    parts = address.strip("/").split("/")
    for count in range(1, len(parts) + 1):
        ref, path = "/".join(parts[:count]), "/".join(parts[count:])
        oid = repository.find_branch(ref)
        if oid is None and _FULL.fullmatch(ref) and repository.store.has_commit(ref):
            oid = ref
        if oid is not None:
            return Place(ref, oid, path)
    raise not_found(f"No branch or commit of {repository.full_name} begins {address!r}.")


def branches(repository: Repository) -> list[str]:
    """Return all branches by name, the default branch first."""
    names = [name.removeprefix("refs/heads/") for name, _ in repository.store.refs("refs/heads/")]
    return sorted(names, key=lambda name: (name != repository.default_branch, name))


def folder(repository: Repository, where: Place) -> list[Entry]:
    """Return the entries of a folder, folders first."""
    tree = repository.store.commit(where.oid).tree
    if where.path:
        entry = repository.store.entry(tree, where.path)
        if entry is None or entry.kind is not EntryKind.TREE:
            raise not_found(f"There is no folder {where.path!r} on {where.ref}.")
        tree = entry.oid
    found = repository.store.entries(tree, where.path)
    return sorted(found, key=lambda entry: (entry.kind is not EntryKind.TREE, entry.name))


def text_of(repository: Repository, where: Place) -> str | None:
    """Return a file's text; None if it is binary or too large to show. A symlink's text is its target."""
    entry = repository.store.entry(repository.store.commit(where.oid).tree, where.path) if where.path else None
    if entry is None or entry.kind is not EntryKind.BLOB:
        raise not_found(f"There is no file {where.path!r} on {where.ref}.")
    content = repository.store.blob(entry.oid)
    if entry.mode == LINK:
        return f"→ {content.decode('utf-8', 'replace')}"
    if len(content) > LARGEST_SHOWN or b"\0" in content:
        return None
    return content.decode("utf-8", "replace")


def log(repository: Repository, where: Place, page: int) -> list[Commit]:
    """Return the commits of one page (counted from 1), and the first of the next page."""
    walk = repository.history.log(where.oid, where.path or None)
    return [repository.store.commit(oid) for oid in walk.page((page - 1) * PAGE, PAGE + 1)]


def newest(repository: Repository, where: Place, path: str) -> Commit | None:
    """Return the last commit that changed a path."""
    found = repository.history.log(where.oid, path or None).page(0, 1)
    return repository.store.commit(found[0]) if found else None


@dataclass(frozen=True, slots=True)
class Message:
    """A commit's message without headline, and its trailers. https://git-scm.com/docs/git-interpret-trailers"""

    text: str
    trailers: tuple[tuple[str, str], ...]


def message(commit: Commit) -> Message:
    """Split a message. The last paragraph consists of trailers if every line of it is one."""
    paragraphs = re.split(r"\n{2,}", commit.body.strip("\n")) if commit.body.strip() else []
    found = _trailers(paragraphs[-1].splitlines()) if paragraphs else ()
    return Message("\n\n".join(paragraphs[:-1] if found else paragraphs), found)


def _trailers(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    matches = [_TRAILER.fullmatch(line.rstrip()) for line in lines]
    return tuple((match[1], match[2]) for match in matches if match) if all(matches) else ()
