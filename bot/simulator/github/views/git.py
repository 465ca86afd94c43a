"""Commits, trees, blobs, refs, branches and comparisons."""

import base64
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from bot.simulator.github.git.history import Change, ChangeKind
from bot.simulator.github.git.store import Commit, Entry, EntryKind, Person
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.model.world.signatures import SignatureState
from bot.simulator.github.views.accounts import moment, optional_account
from bot.simulator.github.views.links import Links, escaped
from bot.simulator.github.views.protection import short_protection

Json = dict[str, Any]


def person(who: Person) -> Json:
    """Return an author or committer line with the time in UTC."""
    return {"name": who.name, "email": who.email, "date": _utc(who)}


def verification(repository: CodeRepository, commit: Commit) -> Json:
    """Return a commit's verification. GitHub signs the commits it creates; pushed ones are unsigned here."""
    state = repository.signature_of(commit.oid)
    if state is None:
        return {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
    verified = state is SignatureState.VALID
    return {
        "verified": verified,
        "reason": state.value.lower(),
        "signature": "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----",
        "payload": f"tree {commit.tree}\n",
        "verified_at": _utc(commit.committer) if verified else None,
    }


def git_commit(links: Links, repository: CodeRepository, commit: Commit) -> Json:
    """Return the form of `GET /repos/{owner}/{repo}/git/commits/{commit_sha}`."""
    api, page = links.repository(repository), links.repository_page(repository)
    return {
        "sha": commit.oid,
        "node_id": commit_node_id(repository, commit.oid),
        "url": f"{api}/git/commits/{commit.oid}",
        "html_url": f"{page}/commit/{commit.oid}",
        "author": person(commit.author),
        "committer": person(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [_parent(links, repository, parent, section="git/commits") for parent in commit.parents],
        "verification": verification(repository, commit),
    }


def commit_summary(links: Links, repository: CodeRepository, commit: Commit) -> Json:
    """Return the form of a commit in lists and comparisons."""
    api, page = links.repository(repository), links.repository_page(repository)
    return {
        "sha": commit.oid,
        "node_id": commit_node_id(repository, commit.oid),
        "commit": {
            "author": person(commit.author),
            "committer": person(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
            "url": f"{api}/git/commits/{commit.oid}",
            "comment_count": 0,
            "verification": verification(repository, commit),
        },
        "url": f"{api}/commits/{commit.oid}",
        "html_url": f"{page}/commit/{commit.oid}",
        "comments_url": f"{api}/commits/{commit.oid}/comments",
        "author": optional_account(links, user_of(repository, commit.author)),
        "committer": optional_account(links, user_of(repository, commit.committer)),
        "parents": [_parent(links, repository, parent, section="commits") for parent in commit.parents],
    }


def full_commit(links: Links, repository: CodeRepository, commit: Commit, shown: Sequence[Change]) -> Json:
    """Return the form of `GET /repos/{owner}/{repo}/commits/{ref}`, with one page of files against the first parent."""
    changes = changes_of(repository, commit)
    additions, deletions = sum(c.additions for c in changes), sum(c.deletions for c in changes)
    return commit_summary(links, repository, commit) | {
        "stats": {"total": additions + deletions, "additions": additions, "deletions": deletions},
        "files": [change(links, repository, commit.oid, one) for one in shown],
    }


def changes_of(repository: CodeRepository, commit: Commit) -> tuple[Change, ...]:
    """Return what a commit changes against its first parent; for a merge, everything that it merges."""
    return repository.history.changes(commit.parents[0] if commit.parents else None, commit.oid)


def simple_commit(commit: Commit) -> Json:
    """Return the form of a commit in check suites and merge groups."""
    return {
        "id": commit.oid,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": commit.committer.at.isoformat(),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def user_of(repository: CodeRepository, who: Person) -> User | None:
    """Return the account of an author line, by GitHub's no-reply address."""
    found = repository.github.account_by_email(who.email)
    return found if isinstance(found, User) else None


def commit_node_id(repository: CodeRepository, oid: str) -> str:
    return node_id(Kind.COMMIT, repository.id, oid)


def _parent(links: Links, repository: CodeRepository, oid: str, *, section: str) -> Json:
    return {
        "sha": oid,
        "url": f"{links.repository(repository)}/{section}/{oid}",
        "html_url": f"{links.repository_page(repository)}/commit/{oid}",
    }


def change(links: Links, repository: CodeRepository, oid: str, one: Change) -> Json:
    """Return one changed file; binary ones have no `patch`."""
    api, page, path = links.repository(repository), links.repository_page(repository), escaped(one.path)
    shown: Json = {
        "sha": one.oid,
        "filename": one.path,
        "status": one.kind.value,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{page}/blob/{oid}/{path}",
        "raw_url": f"{page}/raw/{oid}/{path}",
        "contents_url": f"{api}/contents/{path}?ref={oid}",
    }
    if one.patch is not None:
        shown["patch"] = one.patch
    if one.kind is ChangeKind.RENAMED:
        shown["previous_filename"] = one.previous_path
    return shown


def reference(links: Links, repository: CodeRepository, name: str, oid: str) -> Json:
    """Return a ref; `name` is full."""
    api, kind = links.repository(repository), repository.store.object_kind(oid) or "commit"
    return {
        "ref": name,
        "node_id": node_id(Kind.REF, repository.id, name),
        "url": f"{api}/git/{escaped(name)}",
        "object": {"type": kind, "sha": oid, "url": f"{api}/git/{kind}s/{oid}"},
    }


def tree_entry(links: Links, repository: CodeRepository, entry: Entry) -> Json:
    """Return one entry of a tree; submodules have no address, and folders no size."""
    shown: Json = {"path": entry.path, "mode": f"{entry.mode:06o}", "type": entry.kind.value, "sha": entry.oid}
    if entry.kind is EntryKind.BLOB:
        shown["size"] = repository.store.blob_size(entry.oid)
    if entry.kind is not EntryKind.COMMIT:
        shown["url"] = f"{links.repository(repository)}/git/{entry.kind.value}s/{entry.oid}"
    return shown


def blob(links: Links, repository: CodeRepository, oid: str, content: bytes) -> Json:
    """Return the form of `GET /repos/{owner}/{repo}/git/blobs/{file_sha}`."""
    return {
        "sha": oid,
        "node_id": node_id(Kind.BLOB, repository.id, oid),
        "size": len(content),
        "url": f"{links.repository(repository)}/git/blobs/{oid}",
        "content": wrapped_base64(content),
        "encoding": "base64",
    }


def wrapped_base64(content: bytes) -> str:
    """Encode in lines of 60 characters, each with a newline, as GitHub does."""
    encoded = base64.b64encode(content).decode()
    return "".join(encoded[start : start + 60] + "\n" for start in range(0, len(encoded), 60))


def short_branch(links: Links, repository: Repository, name: str, oid: str) -> Json:
    """Return the form of a branch in a list."""
    api = links.repository(repository)
    protections = repository.protections_of(name)
    return {
        "name": name,
        "commit": {"sha": oid, "url": f"{api}/commits/{oid}"},
        "protected": bool(protections),
        "protection": short_protection(protections),
        "protection_url": f"{api}/branches/{escaped(name)}/protection",
    }


def branch(links: Links, repository: Repository, name: str, oid: str) -> Json:
    """Return the form of `GET /repos/{owner}/{repo}/branches/{branch}`."""
    page = links.repository_page(repository)
    return short_branch(links, repository, name, oid) | {
        "commit": commit_summary(links, repository, repository.store.commit(oid)),
        "_links": {
            "self": f"{links.repository(repository)}/branches/{escaped(name)}",
            "html": f"{page}/tree/{escaped(name)}",
        },
    }


def pushed_commit(links: Links, repository: CodeRepository, oid: str) -> Json:
    """Return the form of a commit in `push` webhooks."""
    commit = repository.store.commit(oid)
    changes = repository.history.changes(commit.parents[0] if commit.parents else None, oid)
    paths: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for one in changes:
        if one.kind is ChangeKind.RENAMED and one.previous_path:
            paths["added"].append(one.path)
            paths["removed"].append(one.previous_path)
        else:
            paths.get(one.kind.value, paths["modified"]).append(one.path)
    return {
        "id": oid,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": commit.committer.at.isoformat(),
        "url": f"{links.repository_page(repository)}/commit/{oid}",
        "author": _pushed_by(repository, commit.author),
        "committer": _pushed_by(repository, commit.committer),
        **paths,
    }


def _pushed_by(repository: CodeRepository, who: Person) -> Json:
    user = user_of(repository, who)
    shown = {"name": who.name, "email": who.email, "date": who.at.isoformat()}
    return shown if user is None else shown | {"username": user.login}


def _utc(who: Person) -> str:
    return moment(who.at.astimezone(UTC))
