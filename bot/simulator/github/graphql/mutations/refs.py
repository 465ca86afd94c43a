"""Mutations of refs, and of commits that GitHub creates."""

from collections.abc import Iterable

from bot.simulator.github.access import rules
from bot.simulator.github.git.store import ZERO, File
from bot.simulator.github.graphql.context import Info, context
from bot.simulator.github.graphql.mutations.shared import (
    Input,
    Payload,
    node,
    repository,
    repository_named,
    resolver,
)
from bot.simulator.github.graphql.resolvers.objects import RefObject, commit_object, ref_object
from bot.simulator.github.model.pulls.merging import merging
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused, not_found, unprocessable


def _create_ref(info: Info, given: Input) -> Payload:
    where, name, oid = repository(info, given["repository_id"]), given["name"], given["oid"]
    by = rules.require(context(info).viewer, where, "contents")
    _check_name(where, name, oid)
    rules.check_push(where, name, before=ZERO, after=oid, by=by)
    where.move_ref(name, before=None, after=oid, by=by)
    return {"ref": ref_object(where, name)}


def _check_name(where: Repository, name: str, oid: str) -> None:
    if not name.startswith("refs/") or name.count("/") < 2 or not where.store.valid_ref_name(name):
        raise unprocessable(f"{name} is not a valid ref name.")
    if where.store.clashes(name):
        raise Refused(Reason.UNPROCESSABLE, "Ref cannot be created", rest_message="Reference update failed")
    _check_object(where, name, oid)


def _check_object(where: Repository, name: str, oid: str) -> None:
    """Raise Refused where a ref cannot point: at nothing, and a branch at anything but a commit."""
    kind = None if oid == ZERO else where.store.object_kind(oid)
    if kind is None:
        raise Refused(Reason.UNPROCESSABLE, f"Object does not exist: {oid}", rest_message="Object does not exist")
    if name.startswith("refs/heads/") and kind != "commit":
        raise Refused(Reason.UNPROCESSABLE, f"Object is not a commit: {oid}", rest_message="Object is not a commit")


def _update_ref(info: Info, given: Input) -> Payload:
    ref = node(info, given["ref_id"], RefObject)
    by = rules.require(context(info).viewer, ref.repository, "contents")
    _check_object(ref.repository, ref.name, given["oid"])
    _move(ref.repository, ref.name, before=ref.oid, after=given["oid"], force=bool(given.get("force")))
    rules.check_push(ref.repository, ref.name, before=ref.oid, after=given["oid"], by=by)
    ref.repository.move_ref(ref.name, before=ref.oid, after=given["oid"], by=by)
    return {"ref": ref_object(ref.repository, ref.name)}


def _move(where: Repository, name: str, *, before: str, after: str, force: bool) -> None:
    """Raise Refused for a move that is impossible, or that needs `force`."""
    if ZERO in {before, after}:
        return
    _check_object(where, name, after)
    if not force and not where.history.is_ancestor(before, of=after):
        raise unprocessable(f"Update is not a fast forward: {name}")


def _update_refs(info: Info, given: Input) -> Payload:
    """Move all refs or none. `beforeOid` is compared if given; the zero id means absent before, or deleted after."""
    where = repository(info, given["repository_id"])
    by = rules.require(context(info).viewer, where, "contents")
    moves = [(update["name"], *_ends(where, update), bool(update.get("force"))) for update in given["ref_updates"]]
    for name, before, after, force in moves:
        if before == ZERO:
            _check_name(where, name, after)
        elif after == ZERO:
            _check_deletion(where, name)
        _move(where, name, before=before, after=after, force=force)
        rules.check_push(where, name, before=before, after=after, by=by)
    for name, before, after, _ in moves:
        if before != after:
            where.move_ref(
                name, before=None if before == ZERO else before, after=None if after == ZERO else after, by=by
            )
    return {}


def _ends(where: Repository, update: Input) -> tuple[str, str]:
    actual = where.store.ref(update["name"]) or ZERO
    expected = update.get("before_oid")
    if expected is not None and expected != actual:
        raise Refused(
            Reason.STALE_DATA, f'Expected "{update["name"]}" to point to "{expected}" but it pointed to "{actual}".'
        )
    return actual, update["after_oid"]


def _delete_ref(info: Info, given: Input) -> Payload:
    ref = node(info, given["ref_id"], RefObject)
    by = rules.require(context(info).viewer, ref.repository, "contents")
    _check_deletion(ref.repository, ref.name)
    rules.check_push(ref.repository, ref.name, before=ref.oid, after=ZERO, by=by)
    ref.repository.move_ref(ref.name, before=ref.oid, after=None, by=by)
    return {}


def _check_deletion(where: Repository, name: str) -> None:
    if name == f"refs/heads/{where.default_branch}":
        raise unprocessable("Cannot delete the default branch.")


def _create_commit(info: Info, given: Input) -> Payload:
    where, name = _branch(info, given["branch"])
    by = rules.require(context(info).viewer, where, "contents")
    head = where.store.ref(name)
    if head is None:
        raise not_found(f'Branch "{name.removeprefix("refs/heads/")}" not found')
    if head != given["expected_head_oid"]:
        raise Refused(
            Reason.STALE_DATA,
            f'Expected branch to point to "{given["expected_head_oid"]}" but it did not.  Pull and try again.',
        )
    files = _files(given.get("file_changes") or {})
    tree = where.store.write_tree(where.store.commit(head).tree, files)
    github, message = context(info).github, given["message"]
    text = f"{message['headline']}\n\n{message['body']}" if message.get("body") else message["headline"]
    author, committer = github.person(by), merging.web_flow(github.now_person)
    oid = where.store.write_commit(tree=tree, parents=[head], message=text, author=author, committer=committer)
    rules.check_push(where, name, before=head, after=oid, by=by)
    where.signed.add(oid)
    where.move_ref(name, before=head, after=oid, by=by)
    return {"commit": commit_object(where, oid), "ref": ref_object(where, name)}


def _branch(info: Info, branch: Input) -> tuple[Repository, str]:
    """Return a branch by node id, or by repository and name."""
    if branch.get("id") is not None:
        ref = node(info, branch["id"], RefObject)
        return ref.repository, ref.name
    if branch.get("repository_name_with_owner") is None or branch.get("branch_name") is None:
        raise unprocessable("A branch needs either an id, or both a repositoryNameWithOwner and a branchName.")
    name = str(branch["branch_name"]).removeprefix("refs/heads/")
    return repository_named(info, branch["repository_name_with_owner"]), f"refs/heads/{name}"


def _files(changes: Input) -> dict[str, File | None]:
    """Return the files to write.

    As on GitHub, each becomes a regular file: executables and symlinks lose their mode.
    """
    additions, deletions = changes.get("additions") or (), changes.get("deletions") or ()
    _check_paths([entry["path"] for entry in (*additions, *deletions)])
    written: dict[str, File | None] = {entry["path"]: File(entry["contents"]) for entry in additions}
    return {**written, **{entry["path"]: None for entry in deletions}}


def _check_paths(paths: Iterable[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            raise unprocessable(f"A path was specified more than once: {path}")
        if not path or path.startswith("/") or {"", ".", "..", ".git"} & set(path.split("/")):
            raise unprocessable(f"A path was requested for change which is not valid: {path}")
        seen.add(path)


MUTATIONS = {
    "createRef": resolver(_create_ref),
    "updateRef": resolver(_update_ref),
    "updateRefs": resolver(_update_refs),
    "deleteRef": resolver(_delete_ref),
    "createCommitOnBranch": resolver(_create_commit),
}
