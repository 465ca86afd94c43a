"""Repositories: facts, contents, commits, comparisons, branches, protection, merges, people."""

import base64
import binascii
from typing import Any

from bot.simulator.github.accounts import Access, Organisation, Role, User
from bot.simulator.github.errors import Reason, Refused, not_found, unprocessable
from bot.simulator.github.git import LINK, ZERO, Entry, EntryKind, File, Person
from bot.simulator.github.protection import ProtectionSource
from bot.simulator.github.repository import Repository
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Credentials, Permission, Routes, created, ok
from bot.simulator.github.rest.git import commit_of
from bot.simulator.github.rest.links import escaped
from bot.simulator.github.rest.views import accounts, git, protection
from bot.simulator.github.rest.views.repository import full_repository, permissions, repository, role_of
from bot.simulator.github.rules import check_push

routes = Routes()

METADATA = Permission("metadata", Access.READ)
READ = Permission("contents", Access.READ)
WRITE = Permission("contents", Access.WRITE)
ADMINISTRATION = Permission("administration", Access.READ)

LARGEST_INLINE = 1024 * 1024
MOST_FILES, FILES_PER_PAGE = 3000, 300
"""Bytes; larger files come without content. https://docs.github.com/en/rest/repos/contents#get-repository-content"""


@routes.get("/repos/{owner}/{repo}", METADATA)
def get_repository(call: Call) -> Answer:
    return ok(full_repository(call.links, call.repository, role=role_of(call.repository, call.caller.actor)))


@routes.get("/user/repos", Credentials.USER)
def list_own(call: Call) -> Answer:
    user = call.actor
    found = [one for one in call.github.repositories.values() if user is one.owner or user in one.people()]
    return call.page(found, lambda one: repository(call.links, one) | {"permissions": permissions(one.role_of(user))})


@routes.get("/orgs/{org}/repos", Credentials.NONE)
def list_of_organisation(call: Call) -> Answer:
    login = call.parameters["org"].lower()
    found = [
        one for one in call.github.repositories.values() if one.owner.login.lower() == login and call.caller.sees(one)
    ]
    return call.page(found, lambda one: repository(call.links, one))


# -- contents ----------------------------------------------------------------------------------------------------------


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
    """One line of a folder."""
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
    """Create or replace one file; replacing needs the blob id that the caller has seen."""
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
    """Where to write: path, branch, and what is there now."""
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


# -- commits -----------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/commits", READ)
def list_commits(call: Call) -> Answer:
    one = call.repository
    try:
        head = commit_of(one, call.query.get("sha", one.default_branch)).oid
    except Refused:
        raise not_found("Not Found") from None
    found = list(one.history.log(head, call.query.get("path")))
    return call.page(found, lambda oid: git.commit_summary(call.links, one, one.store.commit(oid)))


@routes.get("/repos/{owner}/{repo}/commits/{ref}", READ)
def get_commit(call: Call) -> Answer:
    """Its files by the page: https://docs.github.com/en/rest/commits/commits#get-a-commit"""
    found = commit_of(call.repository, call.parameters["ref"])
    if call.wants("sha"):
        return Answer(body=found.oid.encode(), media_type="application/vnd.github.v3.sha; charset=utf-8")
    changes = git.changes_of(call.repository, found)[:MOST_FILES]
    place, headers = call.paging(len(changes), call.page_size if "per_page" in call.query else FILES_PER_PAGE)
    return Answer(body=git.full_commit(call.links, call.repository, found, changes[place]), headers=headers)


@routes.get("/repos/{owner}/{repo}/compare/{basehead}", READ)
def compare(call: Call) -> Answer:
    """https://docs.github.com/en/rest/commits/commits#compare-two-commits"""
    one = call.repository
    names = call.parameters["basehead"].split("...")
    if len(names) != 2:
        raise not_found("Not Found")
    try:
        base, head = (commit_of(one, name.rpartition(":")[2]) for name in names)
    except Refused:
        raise not_found("Not Found") from None
    parted = one.history.merge_base(base.oid, head.oid)
    if parted is None:
        raise not_found(f"No common ancestor between {names[0]} and {names[1]}.")
    ahead, behind = one.history.between(base.oid, head.oid), one.history.between(head.oid, base.oid)
    url, page = call.links.repository(one), call.links.repository_page(one)
    spread = f"{escaped(names[0])}...{escaped(names[1])}"
    return ok(
        {
            "url": f"{url}/compare/{spread}",
            "html_url": f"{page}/compare/{spread}",
            "permalink_url": f"{page}/compare/{base.oid}...{head.oid}",
            "diff_url": f"{page}/compare/{spread}.diff",
            "patch_url": f"{page}/compare/{spread}.patch",
            "base_commit": git.commit_summary(call.links, one, base),
            "merge_base_commit": git.commit_summary(call.links, one, one.store.commit(parted)),
            "status": _standing(len(ahead), len(behind)),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [git.commit_summary(call.links, one, one.store.commit(oid)) for oid in ahead],
            "files": [git.change(call.links, one, head.oid, found) for found in one.history.changes(parted, head.oid)],
        }
    )


def _standing(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


@routes.post("/repos/{owner}/{repo}/merges", WRITE)
def merge(call: Call) -> Answer:
    """Merge a branch or commit into a branch, without a pull request."""
    one, base = call.repository, call.body.text("base")
    before = one.find_branch(base)
    if before is None:
        raise not_found("Base does not exist")
    try:
        head = commit_of(one, call.body.text("head")).oid
    except Refused:
        raise not_found("Head does not exist") from None
    if one.history.is_ancestor(head, of=before):
        return NO_CONTENT
    tree = one.history.merged_tree(before, head)
    if tree is None:
        raise Refused(Reason.CONFLICT, "Merge conflict")
    oid = one.store.write_commit(
        tree=tree,
        parents=[before, head],
        message=call.body.optional_text("commit_message") or f"Merge {call.body.text('head')} into {base}",
        author=call.github.person(call.actor),
        committer=call.github.now_person("GitHub", "noreply@github.com"),
    )
    one.signed.add(oid)
    check_push(one, f"refs/heads/{base}", before=before, after=oid, by=call.actor)
    one.move_ref(f"refs/heads/{base}", before=before, after=oid, by=call.actor)
    return created(git.commit_summary(call.links, one, one.store.commit(oid)))


# -- branches ----------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/branches", READ)
def list_branches(call: Call) -> Answer:
    one, prefix = call.repository, "refs/heads/"
    found = [(name.removeprefix(prefix), oid) for name, oid in one.store.refs(prefix)]
    if call.query.get("protected") == "true":
        found = [(name, oid) for name, oid in found if one.protections_of(name)]
    return call.page(found, lambda branch: git.short_branch(call.links, one, *branch))


@routes.get("/repos/{owner}/{repo}/branches/{branch}", READ)
def get_branch(call: Call) -> Answer:
    name = call.parameters["branch"]
    return ok(git.branch(call.links, call.repository, name, _branch(call.repository, name)))


@routes.get("/repos/{owner}/{repo}/branches/{branch}/protection", ADMINISTRATION)
def get_protection(call: Call) -> Answer:
    name = call.parameters["branch"]
    _branch(call.repository, name)
    for found in call.repository.protections_of(name):
        if found.protection.source is ProtectionSource.CLASSIC:
            return ok(protection.full_protection(call.links, call.repository, name, found.protection))
    raise not_found("Branch not protected")


@routes.get("/repos/{owner}/{repo}/rules/branches/{branch}", METADATA)
def get_rules(call: Call) -> Answer:
    """Answers for branches that are not there yet, too."""
    protections = call.repository.protections_of(call.parameters["branch"])
    return call.page(protection.rules(protections, call.repository), lambda rule: rule)


def _branch(one: Repository, name: str) -> str:
    found = one.find_branch(name)
    if found is None:
        raise not_found("Branch not found")
    return found


# -- people ------------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/collaborators", METADATA)
def list_collaborators(call: Call) -> Answer:
    one = call.repository

    def show(user: User) -> dict[str, Any]:
        role = one.role_of(user)
        return accounts.account(call.links, user) | {"permissions": permissions(role), "role_name": role.name.lower()}

    return call.page(one.people(), show)


@routes.get("/repos/{owner}/{repo}/collaborators/{username}", METADATA)
def is_collaborator(call: Call) -> Answer:
    found = call.github.find_account(call.parameters["username"])
    if isinstance(found, User) and found in call.repository.people():
        return NO_CONTENT
    raise not_found("Not Found")


@routes.get("/repos/{owner}/{repo}/collaborators/{username}/permission", METADATA)
def get_permission(call: Call) -> Answer:
    """`permission` knows four words, in which triage is read and maintain is write; `role_name` says which it is."""
    found = call.github.find_account(call.parameters["username"])
    if found is None or isinstance(found, Organisation) or not isinstance(found, User):
        raise not_found(f"{call.parameters['username']} is not a user")
    role = call.repository.role_of(found)
    coarse = {Role.TRIAGE: Role.READ, Role.MAINTAIN: Role.WRITE}.get(role, role)
    name = role.name.lower()
    shown = accounts.account(call.links, found) | {"permissions": permissions(role), "role_name": name}
    return ok({"permission": coarse.name.lower(), "role_name": name, "user": shown})
