"""Resolvers of git objects: commits, trees, blobs, tags and refs."""

from datetime import datetime

from bot.simulator.github.git.store import EntryKind
from bot.simulator.github.graphql.context import Info, Resolvers, always, context, need
from bot.simulator.github.graphql.ordering import Order, ordered
from bot.simulator.github.graphql.paging import Page, paginate
from bot.simulator.github.graphql.resolvers.checks import Rollup, Status
from bot.simulator.github.graphql.resolvers.conversation import filtered_pulls
from bot.simulator.github.graphql.resolvers.objects import (
    BlobObject,
    CommitObject,
    CommitPerson,
    Comparison,
    RefObject,
    Signature,
    TagObject,
    TreeLine,
    TreeObject,
    blob_text,
    commit_object,
    entry_object,
    find_expression,
    git_object,
    object_node_id,
)
from bot.simulator.github.graphql.resolvers.protection import classic_rule, rules_of, update_rule
from bot.simulator.github.model.checks.checks import rollup
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.world.ids import Kind, node_id


def _path(commit: CommitObject) -> str:
    return f"/{commit.repository.full_name}/commit/{commit.oid}"


def _history(
    commit: CommitObject, info: Info, path: str | None = None, since: datetime | None = None,
    until: datetime | None = None, **bounds: object,
) -> Page:  # fmt: skip
    repository = commit.repository
    walk = repository.history.log(commit.oid, path.strip("/") if path else None)

    def show(oid: object) -> object:
        return commit_object(repository, str(oid))

    if since is None and until is None:
        return paginate(info, walk, bounds, show)
    dates = ((oid, repository.store.commit(oid).committer.at) for oid in walk)
    found = [oid for oid, at in dates if (since is None or at >= since) and (until is None or at <= until)]
    return paginate(info, found, bounds, show)


def _file(commit: CommitObject, _: Info, path: str) -> TreeLine | None:
    entry = commit.repository.store.entry(commit.commit.tree, path.strip("/"))
    return TreeLine(commit.repository, entry) if entry else None


def _rollup(commit: CommitObject, info: Info) -> Rollup | None:
    need(info, commit.repository, "checks")
    need(info, commit.repository, "statuses")
    contexts = commit.repository.checks.contexts(commit.oid)
    state = rollup(contexts)
    return Rollup(commit, contexts, state) if state else None


def _status(commit: CommitObject, info: Info) -> Status | None:
    need(info, commit.repository, "statuses")
    found = commit.repository.checks.latest_statuses(commit.oid)
    state = rollup(found)
    return Status(commit, found, state) if state else None


def _suites(commit: CommitObject, info: Info, filter_by: dict[str, object] | None = None, **bounds: object) -> Page:
    need(info, commit.repository, "checks")
    wanted = filter_by or {}
    found = [
        suite
        for suite in commit.repository.checks.suites.get(commit.oid, ())
        if wanted.get("app_id") in {None, suite.app.id}
        and (wanted.get("check_name") is None or any(run.name == wanted["check_name"] for run in suite.runs))
    ]
    return paginate(info, found, bounds)


def _pulls_with(commit: CommitObject, info: Info, order_by: Order | None = None, **bounds: object) -> Page:
    need(info, commit.repository, "pull_requests")
    return paginate(info, ordered(commit.repository.pull_requests.with_commit(commit.oid), order_by), bounds)


def _avatar(line: CommitPerson, info: Info, size: int | None = None) -> str:
    return f"{context(info).html}/avatars/u/e?email={line.person.email}" + (f"&s={size}" if size else "")


def _signature(commit: CommitObject, _: Info) -> Signature | None:
    state = commit.repository.signature_of(commit.oid)
    return None if state is None else Signature(commit, state)


def _changed(commit: CommitObject) -> tuple[int, int, int]:
    parents = commit.commit.parents
    changes = commit.repository.history.changes(parents[0] if parents else None, commit.oid)
    return len(changes), sum(change.additions for change in changes), sum(change.deletions for change in changes)


def _ref_pulls(ref: RefObject, info: Info, **arguments: object) -> Page:
    repository = ref.repository
    need(info, repository, "pull_requests")
    branch = ref.name.removeprefix("refs/heads/")
    found: list[PullRequest] = []
    for member in context(info).github.network(repository):
        if context(info).viewer.sees(member):
            found += member.pull_requests.from_branch(repository, branch)
    return filtered_pulls(info, found, arguments)


def _compare(ref: RefObject, _: Info, head_ref: str) -> Comparison | None:
    head = find_expression(ref.repository, head_ref)
    return Comparison(ref.repository, ref.oid, head.oid) if isinstance(head, CommitObject) else None


_OBJECT = {
    "id": lambda found, _: object_node_id(found),
    "abbreviatedOid": lambda found, _: found.oid[:7],
    "commitUrl": lambda found, info: f"{context(info).html}/{found.repository.full_name}/commit/{found.oid}",
    "commitResourcePath": lambda found, _: f"/{found.repository.full_name}/commit/{found.oid}",
}

RESOLVERS: Resolvers = {
    "Commit": {
        **_OBJECT,
        "url": lambda commit, info: context(info).html + _path(commit),
        "resourcePath": lambda commit, _: _path(commit),
        "treeUrl": lambda commit, info: f"{context(info).html}/{commit.repository.full_name}/tree/{commit.oid}",
        "treeResourcePath": lambda commit, _: f"/{commit.repository.full_name}/tree/{commit.oid}",
        "authoredDate": lambda commit, _: commit.commit.author.at,
        "committedDate": lambda commit, _: commit.commit.committer.at,
        "author": lambda commit, _: CommitPerson(commit.repository, commit.commit.author),
        "committer": lambda commit, _: CommitPerson(commit.repository, commit.commit.committer),
        "message": lambda commit, _: commit.commit.message,
        "messageHeadline": lambda commit, _: commit.commit.headline,
        "messageBody": lambda commit, _: commit.commit.body,
        "authoredByCommitter": lambda commit, _: commit.commit.author.email == commit.commit.committer.email,
        "committedViaWeb": lambda commit, _: commit.commit.committer.email == "noreply@github.com",
        "parents": lambda commit, info, **bounds: paginate(
            info, commit.commit.parents, bounds, lambda oid: commit_object(commit.repository, str(oid))
        ),
        "tree": lambda commit, _: TreeObject(commit.repository, commit.commit.tree),
        "file": _file,
        "history": _history,
        "signature": _signature,
        "status": _status,
        "statusCheckRollup": _rollup,
        "checkSuites": _suites,
        "associatedPullRequests": _pulls_with,
        "additions": lambda commit, _: _changed(commit)[1],
        "deletions": lambda commit, _: _changed(commit)[2],
        "changedFilesIfAvailable": lambda commit, _: _changed(commit)[0],
    },
    "GitActor": {
        "name": lambda line, _: line.person.name,
        "email": lambda line, _: line.person.email,
        "date": lambda line, _: line.person.at,
        "user": lambda line, info: context(info).github.account_by_email(line.person.email),
        "avatarUrl": _avatar,
    },
    "GpgSignature": {
        "email": always("noreply@github.com"),
        "wasSignedByGitHub": lambda found, _: found.is_valid,
        "payload": lambda found, _: f"tree {found.commit.commit.tree}",
        "signature": always("-----BEGIN PGP SIGNATURE-----\n\nsimulated\n-----END PGP SIGNATURE-----\n"),
        "signer": lambda found, info: context(info).github.web_flow if found.is_valid else None,
        "keyId": always("B5690EEEBB952194"),
    },
    "Tree": {
        **_OBJECT,
        "entries": lambda tree, _: [
            TreeLine(tree.repository, entry) for entry in tree.repository.store.entries(tree.oid, tree.path)
        ],
    },
    "TreeEntry": {
        "name": lambda line, _: line.entry.name,
        "path": lambda line, _: line.entry.path,
        "extension": lambda line, _: ("." + line.entry.name.rpartition(".")[2]) if "." in line.entry.name else "",
        "mode": lambda line, _: line.entry.mode,
        "type": lambda line, _: line.entry.kind.value,
        "size": lambda line, _: (
            line.repository.store.blob_size(line.entry.oid) if line.entry.kind is EntryKind.BLOB else 0
        ),
        "oid": lambda line, _: line.entry.oid,
        "object": lambda line, _: entry_object(line),
    },
    "Blob": {
        **_OBJECT,
        "byteSize": lambda blob, _: blob_text(blob.repository, blob.oid).byte_size,
        "isBinary": lambda blob, _: blob_text(blob.repository, blob.oid).is_binary,
        "isTruncated": lambda blob, _: blob_text(blob.repository, blob.oid).is_truncated,
        "text": lambda blob, _: blob_text(blob.repository, blob.oid).text,
    },
    "Tag": {
        **_OBJECT,
        "name": lambda tag, _: tag.repository.store.handle[tag.oid].name,
        "message": lambda tag, _: tag.repository.store.handle[tag.oid].message,
        "tagger": always(None),
        "target": lambda tag, _: git_object(tag.repository, str(tag.repository.store.handle[tag.oid].target)),
    },
    "Ref": {
        "id": lambda ref, _: object_node_id(ref),
        "name": lambda ref, _: ref.shown_name,
        "target": lambda ref, _: git_object(ref.repository, ref.oid),
        "associatedPullRequests": _ref_pulls,
        "branchProtectionRule": lambda ref, _: classic_rule(ref.repository, ref.branch),
        "refUpdateRule": update_rule,
        "rules": rules_of,
        "compare": _compare,
    },
    "Comparison": {
        "id": lambda found, _: node_id(Kind.COMMIT, found.repository.id, f"{found.base}...{found.head}"),
        "aheadBy": lambda found, _: len(found.ahead),
        "behindBy": lambda found, _: len(found.behind),
        "baseTarget": lambda found, _: commit_object(found.repository, found.base),
        "headTarget": lambda found, _: commit_object(found.repository, found.head),
        "commits": lambda found, info, **bounds: paginate(
            info, found.ahead, bounds, lambda oid: commit_object(found.repository, str(oid))
        ),
    },
    "ComparisonCommitConnection": {
        "authorCount": lambda page, _: len({commit.commit.author.email for commit in page.nodes})
    },
}

TYPES: dict[type, str] = {
    CommitObject: "Commit",
    TreeObject: "Tree",
    Signature: "GpgSignature",
    BlobObject: "Blob",
    TagObject: "Tag",
    RefObject: "Ref",
}
