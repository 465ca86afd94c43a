"""The git database: blobs, trees, commits and refs."""

import base64
import binascii
import re
from collections.abc import Iterator

from bot.simulator.github.access.rules import NOT_ACCESSIBLE, check_push
from bot.simulator.github.git.store import ZERO, Commit, EntryKind, File, Person
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.protection import workflows
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused, not_found, unprocessable
from bot.simulator.github.rest.bodies import Fields, Invalid, moment
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Permission, Routes, created, ok
from bot.simulator.github.views import git as views

routes = Routes()

READ = Permission("contents", Access.READ)

WRITE = Permission("contents", Access.WRITE)

MOST_ENTRIES = 100_000
"""https://docs.github.com/en/rest/git/trees#get-a-tree"""

MODES = {"100644", "100755", "040000", "160000", "120000"}

SHA = re.compile(r"[0-9a-f]{40}")


@routes.get("/repos/{owner}/{repo}/git/blobs/{file_sha}", READ)
def get_blob(call: Call) -> Answer:
    oid = call.parameters["file_sha"]
    content = _blob(call.repository, oid)
    if call.wants("raw"):
        return Answer(body=content, media_type="application/vnd.github.v3.raw; charset=utf-8")
    return ok(views.blob(call.links, call.repository, oid, content))


@routes.post("/repos/{owner}/{repo}/git/blobs", WRITE)
def create_blob(call: Call) -> Answer:
    oid = call.repository.store.write_blob(_decoded(call.body))
    return created({"sha": oid, "url": f"{call.links.repository(call.repository)}/git/blobs/{oid}"})


@routes.get("/repos/{owner}/{repo}/git/trees/{tree_sha}", READ)
def get_tree(call: Call) -> Answer:
    """Return a tree by sha, or by a commit's or branch's name; `recursive` with any value includes subfolders."""
    tree = tree_of(call.repository, call.parameters["tree_sha"])
    store = call.repository.store
    found = list(store.walk_tree(tree) if "recursive" in call.query else store.entries(tree))
    return ok(
        {
            "sha": tree,
            "url": f"{call.links.repository(call.repository)}/git/trees/{tree}",
            "tree": [views.tree_entry(call.links, call.repository, entry) for entry in found[:MOST_ENTRIES]],
            "truncated": len(found) > MOST_ENTRIES,
        }
    )


@routes.post("/repos/{owner}/{repo}/git/trees", WRITE)
def create_tree(call: Call) -> Answer:
    repository, base = call.repository, call.body.optional_text("base_tree")
    entries = call.body.objects("tree")
    if not entries:
        raise Invalid('"tree" wasn\'t supplied.')
    if workflows.needs_permission(repository, call.actor):
        refused = workflows.refusal((entry.text("path") for entry in entries), rest_message=NOT_ACCESSIBLE)
        if refused is not None:  # https://github.com/IAreKyleW00t/verified-bot-commit/issues/331
            raise refused
    start = None if base is None else tree_of(repository, base)
    oid = repository.store.write_tree(
        start, dict(change for entry in entries for change in _changes(repository, entry))
    )
    shown = [views.tree_entry(call.links, repository, entry) for entry in repository.store.entries(oid)]
    url = f"{call.links.repository(repository)}/git/trees/{oid}"
    return created({"sha": oid, "url": url, "tree": shown, "truncated": False})


@routes.get("/repos/{owner}/{repo}/git/commits/{commit_sha}", READ)
def get_commit(call: Call) -> Answer:
    return ok(views.git_commit(call.links, call.repository, _commit(call.repository, call.parameters["commit_sha"])))


@routes.post("/repos/{owner}/{repo}/git/commits", WRITE)
def create_commit(call: Call) -> Answer:
    """Create a commit. GitHub signs it if an App gives neither author nor committer."""
    repository, body = call.repository, call.body
    tree, parents = body.text("tree"), body.texts("parents")
    if repository.store.object_kind(tree) != "tree":
        raise unprocessable("Tree SHA does not exist")
    for parent in parents:
        if not repository.store.has_commit(parent):
            raise unprocessable("Parent SHA does not exist or is not a commit object")
    given = body.inner("author"), body.inner("committer")
    author = _person(call, given[0])
    by_github = given == (None, None) and call.caller.installation is not None
    github = call.github.now_person("GitHub", "noreply@github.com")
    oid = repository.store.write_commit(
        tree=tree,
        parents=parents,
        message=body.text("message"),
        author=author,
        committer=github if by_github else (_person(call, given[1]) if given[1] is not None else author),
    )
    if by_github:
        repository.signed.add(oid)
    return created(views.git_commit(call.links, repository, repository.store.commit(oid)))


@routes.get("/repos/{owner}/{repo}/git/ref/{ref}", READ)
def get_ref(call: Call) -> Answer:
    name = f"refs/{call.parameters['ref']}"
    return ok(views.reference(call.links, call.repository, name, _ref(call.repository, name)))


@routes.get("/repos/{owner}/{repo}/git/matching-refs/{ref}", READ)
def list_matching_refs(call: Call) -> Answer:
    found = call.repository.store.refs(f"refs/{call.parameters['ref']}")
    return call.page(found, lambda ref: views.reference(call.links, call.repository, *ref))


@routes.post("/repos/{owner}/{repo}/git/refs", WRITE)
def create_ref(call: Call) -> Answer:
    name, oid = call.body.text("ref"), call.body.text("sha")
    if name.count("/") < 2 or not name.startswith("refs/") or not call.repository.store.valid_ref_name(name):
        raise unprocessable("Reference name is not valid" if "/" in name else "Reference name must start with 'refs/'")
    _must_exist(call.repository, name, oid)
    if call.repository.store.ref(name) is not None:
        raise unprocessable("Reference already exists")
    if call.repository.store.clashes(name):
        raise unprocessable("Reference update failed")
    _move(call, name, before=None, after=oid)
    return created(views.reference(call.links, call.repository, name, oid))


@routes.patch("/repos/{owner}/{repo}/git/refs/{ref}", WRITE)
def update_ref(call: Call) -> Answer:
    name, oid, repository = f"refs/{call.parameters['ref']}", call.body.text("sha"), call.repository
    before = repository.store.ref(name)
    if before is None:
        raise unprocessable("Reference does not exist")
    _must_exist(repository, name, oid)
    if not call.body.flag("force") and not repository.history.is_ancestor(before, of=oid):
        raise unprocessable("Update is not a fast forward")
    if before != oid:
        _move(call, name, before=before, after=oid)
    return ok(views.reference(call.links, repository, name, oid))


@routes.delete("/repos/{owner}/{repo}/git/refs/{ref}", WRITE)
def delete_ref(call: Call) -> Answer:
    name = f"refs/{call.parameters['ref']}"
    before = call.repository.store.ref(name)
    if before is None:
        raise unprocessable("Reference does not exist")
    _move(call, name, before=before, after=None)
    return NO_CONTENT


def _move(call: Call, name: str, *, before: str | None, after: str | None) -> None:
    """Move a ref, subject to its protection."""
    check_push(call.repository, name, before=before or ZERO, after=after or ZERO, by=call.actor)
    call.repository.move_ref(name, before=before, after=after, by=call.actor)


# -- shared with other modules ------------------------------------------------------------------------------------------


def commit_of(repository: Repository, name: str) -> Commit:
    """Return the commit of a sha (or its start), branch, tag or full ref name."""
    store = repository.store
    for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", name, f"refs/{name}"):
        oid = store.ref(candidate) if candidate.startswith("refs/") else None
        if oid is not None:
            return store.commit(oid)
    if name == "HEAD":
        return store.commit(repository.head())
    full = store.full_oid(name) if re.fullmatch(r"[0-9a-f]{4,40}", name) else None
    if full is None or store.object_kind(full) not in {"commit", "tag"}:
        raise Refused(Reason.UNPROCESSABLE, f"No commit found for SHA: {name}")
    return store.commit(full)


def tree_of(repository: Repository, name: str) -> str:
    """Return the tree of a tree's or commit's sha, or of a branch."""
    if repository.store.object_kind(name) == "tree":
        return name
    try:
        return commit_of(repository, name).tree
    except Refused:
        raise not_found("Not Found") from None


def _blob(repository: Repository, oid: str) -> bytes:
    if repository.store.object_kind(oid) != "blob":
        raise not_found("Not Found")
    return repository.store.blob(oid)


def _commit(repository: Repository, oid: str) -> Commit:
    if not repository.store.has_commit(oid):
        raise not_found("Not Found")
    return repository.store.commit(oid)


def _ref(repository: Repository, name: str) -> str:
    found = repository.store.ref(name)
    if found is None:
        raise not_found("Not Found")
    return found


def _must_exist(repository: Repository, name: str, oid: str) -> None:
    """Raise Refused where a ref cannot point: at nothing, and a branch at anything but a commit."""
    if not SHA.fullmatch(oid):
        raise unprocessable("The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    kind = None if oid == ZERO else repository.store.object_kind(oid)
    if kind is None:
        raise unprocessable("Object does not exist")
    if name.startswith("refs/heads/") and kind != "commit":
        raise unprocessable("Object is not a commit")


def _decoded(body: Fields) -> bytes:
    content = body.text("content")
    if (body.optional_text("encoding") or "utf-8") != "base64":
        return content.encode()
    try:
        return base64.b64decode(content)
    except binascii.Error:
        raise unprocessable("Invalid base64 content") from None


def _changes(repository: Repository, entry: Fields) -> Iterator[tuple[str, File | None]]:
    """Yield what one entry of a new tree writes: a file by blob id or content, a folder, or None to delete."""
    path, mode = entry.text("path"), entry.optional_text("mode") or "100644"
    if mode not in MODES:
        raise unprocessable("tree.mode is not valid")
    if "sha" not in entry:
        yield path, File(entry.text("content").encode(), int(mode, 8))
        return
    oid, store = entry.optional_text("sha"), repository.store
    kind = None if oid is None else store.object_kind(oid)
    if oid is None or kind == "tree":
        yield path, None  # the entry replaces everything at its path
    elif kind != "blob":
        raise unprocessable(f"tree.sha {oid} is not a valid blob")
    if oid is not None and kind == "tree":
        for below in store.walk_tree(oid, path):
            if below.kind is EntryKind.BLOB:
                yield below.path, File(store.blob(below.oid), below.mode)
    elif oid is not None:
        yield path, File(store.blob(oid), int(mode, 8))


def _person(call: Call, given: Fields | None) -> Person:
    if given is None:
        return call.github.person(call.actor)
    at = given.optional_text("date")
    return Person(given.text("name"), given.text("email"), moment(at) if at is not None else call.github.now())
