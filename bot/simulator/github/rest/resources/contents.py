"""Files by path: read a file or folder, and write or delete a file with a commit."""

import base64
import binascii
from typing import Any

from bot.simulator.github.access.rules import check_push
from bot.simulator.github.git.store import LINK, ZERO, Entry, EntryKind, File, Person
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.world.errors import Reason, Refused, not_found, unprocessable
from bot.simulator.github.rest.call import Answer, Call, Permission, Routes, created, ok
from bot.simulator.github.rest.resources.git import commit_of
from bot.simulator.github.views import git
from bot.simulator.github.views.links import escaped

routes = Routes()

READ = Permission("contents", Access.READ)

WRITE = Permission("contents", Access.WRITE)

LARGEST_INLINE = 1024 * 1024
"""Bytes; larger files have no inline content. https://docs.github.com/en/rest/repos/contents#get-repository-content"""


@routes.get("/repos/{owner}/{repo}/contents/{path}", READ)
def get_contents(call: Call) -> Answer:
    return _contents(call, call.parameters["path"].strip("/"))


@routes.get("/repos/{owner}/{repo}/contents", READ)
def get_root(call: Call) -> Answer:
    return _contents(call, "")


@routes.get("/repos/{owner}/{repo}/readme", READ)
def get_readme(call: Call) -> Answer:
    return _contents(call, "README.md")


def _contents(call: Call, path: str) -> Answer:
    one, store = call.repository, call.repository.store
    wanted = call.query.get("ref", one.default_branch)
    try:
        tree = commit_of(one, wanted).tree
    except Refused:
        raise not_found(f"No commit found for the ref {wanted}") from None
    entry = store.entry(tree, path) if path else None
    if path and entry is None:
        raise not_found("Not Found")
    if entry is None or entry.kind is EntryKind.TREE:
        listed = store.entries(entry.oid if entry else tree, path)
        return ok([_listed(call, found, wanted) for found in listed])
    content = store.blob(entry.oid)
    if call.wants("raw"):
        return Answer(body=content, media_type="application/vnd.github.v3.raw; charset=utf-8")
    return ok(_file(call, entry, wanted, content))


def _listed(call: Call, entry: Entry, ref: str) -> dict[str, Any]:
    """Return one entry of a folder."""
    kinds = {EntryKind.TREE: "dir", EntryKind.BLOB: "file", EntryKind.COMMIT: "submodule"}
    one, path = call.repository, escaped(entry.path)
    api, page = call.links.repository(one), call.links.repository_page(one)
    url = f"{api}/contents/{path}?ref={escaped(ref)}"
    git_url = f"{api}/git/{'trees' if entry.kind is EntryKind.TREE else 'blobs'}/{entry.oid}"
    html = f"{page}/{'tree' if entry.kind is EntryKind.TREE else 'blob'}/{escaped(ref)}/{path}"
    is_file = entry.kind is EntryKind.BLOB
    return {
        "name": entry.name,
        "path": entry.path,
        "sha": entry.oid,
        "size": one.store.blob_size(entry.oid) if is_file else 0,
        "url": url,
        "html_url": html,
        "git_url": git_url,
        "download_url": f"{page}/raw/{escaped(ref)}/{path}" if is_file else None,
        "type": "symlink" if entry.mode == LINK else kinds[entry.kind],
        "_links": {"self": url, "git": git_url, "html": html},
    }


def _file(call: Call, entry: Entry, ref: str, content: bytes) -> dict[str, Any]:
    shown = _listed(call, entry, ref)
    if entry.mode == LINK:
        return shown | {"target": content.decode("utf-8", "replace")}
    if len(content) > LARGEST_INLINE:
        return shown | {"content": "", "encoding": "none"}
    return shown | {"content": git.wrapped_base64(content), "encoding": "base64"}


@routes.put("/repos/{owner}/{repo}/contents/{path}", WRITE)
def write_contents(call: Call) -> Answer:
    """Create or replace one file; replacing requires the blob id that the caller has seen."""
    path, branch, present = _target(call)
    if present is not None and call.body.optional_text("sha") is None:
        raise unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.')
    _check_sha(call, path, present)
    try:
        content = base64.b64decode(call.body.text("content"))
    except binascii.Error:
        raise unprocessable("content is not valid Base64") from None
    oid = _commit_on(call, branch, path, File(content, present.mode) if present else File(content))
    written = call.repository.store.entry(call.repository.store.commit(oid).tree, path)
    body = {
        "content": None if written is None else _listed(call, written, branch),
        "commit": git.git_commit(call.links, call.repository, call.repository.store.commit(oid)),
    }
    return ok(body) if present is not None else created(body)


@routes.delete("/repos/{owner}/{repo}/contents/{path}", WRITE)
def delete_contents(call: Call) -> Answer:
    path, branch, present = _target(call)
    if present is None:
        raise not_found("Not Found")
    call.body.text("sha")
    _check_sha(call, path, present)
    oid = _commit_on(call, branch, path, None)
    return ok(
        {"content": None, "commit": git.git_commit(call.links, call.repository, call.repository.store.commit(oid))}
    )


def _target(call: Call) -> tuple[str, str, Entry | None]:
    """Return the path and branch to write, and the present entry."""
    one, path = call.repository, call.parameters["path"].strip("/")
    branch = call.body.optional_text("branch") or one.default_branch
    tip = one.find_branch(branch)
    if tip is None and (branch != one.default_branch or one.store.refs("refs/heads/")):
        raise not_found(f"Branch {branch} not found")
    return path, branch, one.store.entry(one.store.commit(tip).tree, path) if tip else None


def _check_sha(call: Call, path: str, present: Entry | None) -> None:
    seen = call.body.optional_text("sha")
    if seen is not None and (present is None or present.oid != seen):
        raise Refused(Reason.CONFLICT, f"{path} does not match {seen}")


def _commit_on(call: Call, branch: str, path: str, file: File | None) -> str:
    one, ref = call.repository, f"refs/heads/{branch}"
    before = one.store.ref(ref)
    author = _given_person(call, "author") or call.github.person(call.actor)
    oid = one.store.write_commit(
        tree=one.store.write_tree(one.store.commit(before).tree if before else None, {path: file}),
        parents=[before] if before else [],
        message=call.body.text("message"),
        author=author,
        committer=_given_person(call, "committer") or call.github.now_person("GitHub", "noreply@github.com"),
    )
    if "author" not in call.body and "committer" not in call.body:
        one.signed.add(oid)
    check_push(one, ref, before=before or ZERO, after=oid, by=call.actor)
    one.move_ref(ref, before=before, after=oid, by=call.actor)
    return oid


def _given_person(call: Call, name: str) -> Person | None:
    given = call.body.inner(name)
    return None if given is None else call.github.now_person(given.text("name"), given.text("email"))
