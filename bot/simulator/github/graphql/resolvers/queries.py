"""Resolvers of the query root and of repositories."""

from bot.simulator.github.access.rules import viewer_permission
from bot.simulator.github.graphql.context import Info, Resolver, Resolvers, always, context, need
from bot.simulator.github.graphql.ordering import Order, ordered
from bot.simulator.github.graphql.paging import MOST, Page, paginate
from bot.simulator.github.graphql.resolvers.accounts import first_of
from bot.simulator.github.graphql.resolvers.conversation import filtered_issues, filtered_pulls
from bot.simulator.github.graphql.resolvers.objects import (
    GitObject,
    RefObject,
    find_expression,
    git_node,
    git_object,
    ref_object,
)
from bot.simulator.github.graphql.resolvers.protection import branch_rules
from bot.simulator.github.model.accounts.accounts import Account, Organisation, Role, User
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.model.conversations.conversation import Conversation
from bot.simulator.github.model.conversations.issues import Issue
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.pulls.merging.merge_queue import MergeQueue
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused, not_found

# -- the root ----------------------------------------------------------------------------------------------------------


def _repository(_: object, info: Info, owner: str, name: str, **_renames: object) -> Repository:
    request = context(info)
    found = request.github.find_repository(f"{owner}/{name}")
    if found is None or not request.viewer.sees(found):
        raise not_found(f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    return found


def _account(info: Info, login: str, kind: type[Account], word: str) -> Account:
    found = context(info).github.find_account(login)
    if not isinstance(found, kind):
        raise not_found(f"Could not resolve to {word} with the login of '{login}'.")
    return found


def find_node(info: Info, identifier: str) -> object:
    """Return the object of a node id for this viewer; raise Refused if there is none."""
    github = context(info).github
    found = github.node(identifier) or git_node(github, identifier)
    repository = found if isinstance(found, Repository) else getattr(found, "repository", None)
    hidden = isinstance(repository, Repository) and not context(info).viewer.sees(repository)
    if found is None or hidden:
        raise not_found(f"Could not resolve to a node with the global id of '{identifier}'")
    return found


def _nodes(_: object, info: Info, ids: list[str]) -> list[object | None]:
    if len(ids) > MOST:
        message = f"You may not provide more than {MOST} node ids; you provided {len(ids)}."
        raise Refused(Reason.ARGUMENT_LIMIT, message)
    found: list[object | None] = []
    for identifier in ids:
        try:
            found.append(find_node(info, identifier))
        except Refused as refusal:
            found.append(refusal)  # graphql-core turns it into an error, and the item into null
    return found


# -- a repository ------------------------------------------------------------------------------------------------------


def _default_branch(repository: Repository, info: Info) -> RefObject | None:
    need(info, repository, "contents")
    return ref_object(repository, f"refs/heads/{repository.default_branch}")


def _ref(repository: Repository, info: Info, qualified_name: str) -> RefObject | None:
    need(info, repository, "contents")
    return ref_object(repository, qualified_name)


def _refs(
    repository: Repository, info: Info, ref_prefix: str, query: str | None = None,
    direction: str | None = None, order_by: Order | None = None, **bounds: object,
) -> Page:  # fmt: skip
    need(info, repository, "contents")
    pairs = [(name, oid) for name, oid in repository.store.refs(ref_prefix) if query is None or query in name]
    if (order_by or {}).get("direction", direction) == "DESC":
        pairs.reverse()
    asked = ref_prefix if ref_prefix.endswith("/") else ""
    return paginate(info, [RefObject(repository, name, oid, asked) for name, oid in pairs], bounds)


def _object(
    repository: Repository, info: Info, expression: str | None = None, oid: str | None = None
) -> GitObject | None:
    need(info, repository, "contents")
    if oid is not None:
        return git_object(repository, oid)
    return find_expression(repository, expression) if expression is not None else None


def _pull(repository: Repository, info: Info, number: int) -> PullRequest:
    need(info, repository, "pull_requests")
    return repository.pull(number)


def _pulls(repository: Repository, info: Info, **arguments: object) -> Page:
    need(info, repository, "pull_requests")
    head = arguments.get("head_ref_name")
    found = repository.pulls if head is None else repository.pull_requests.by_head(str(head))
    return filtered_pulls(info, found, arguments)


def _issue(repository: Repository, info: Info, number: int) -> Issue:
    need(info, repository, "issues")
    return repository.issue(number)


def _issues(repository: Repository, info: Info, **arguments: object) -> Page:
    need(info, repository, "issues")
    return filtered_issues(info, repository.issues, arguments)


def _either(repository: Repository, info: Info, number: int) -> Conversation:
    found = repository.conversations.get(number)
    if found is None:
        raise not_found(f"Could not resolve to an issue or pull request with the number of {number}.")
    need(info, repository, "pull_requests" if isinstance(found, PullRequest) else "issues")
    return found


def _labels(
    repository: Repository,
    info: Info,
    order_by: Order | None = None,
    query: str | None = None,
    **bounds: object,
) -> Page:
    found: list[Label] = [
        label for label in repository.labels.values() if query is None or query.lower() in label.name.lower()
    ]
    return paginate(info, ordered(found, order_by), bounds)


def _matches(user: User, query: str | None, login: str | None) -> bool:
    if login is not None and user.login.lower() != login.lower():
        return False
    return query is None or query.lower() in user.login.lower() or query.lower() in (user.name or "").lower()


def _collaborators(
    repository: Repository, info: Info, query: str | None = None, login: str | None = None,
    affiliation: str | None = None, **bounds: object,
) -> Page:  # fmt: skip
    people: list[User] = repository.people()
    if affiliation == "DIRECT":
        people = [user for user in people if user in repository.collaborators]
    elif affiliation == "OUTSIDE":
        members = repository.owner.members if isinstance(repository.owner, Organisation) else {}
        people = [user for user in people if user in repository.collaborators and user not in members]
    found = [(user, repository.role_of(user).name) for user in people if _matches(user, query, login)]
    return paginate(info, found, bounds, first_of)


def _assignable(repository: Repository, info: Info, query: str | None = None, **bounds: object) -> Page:
    return paginate(info, [user for user in repository.people() if _matches(user, query, None)], bounds)


def _viewer_permission(repository: Repository, info: Info) -> str | None:
    role = viewer_permission(context(info).viewer, repository)
    return role.name if role is not Role.NONE else None


def _queue(repository: Repository, _: Info, branch: str | None = None) -> MergeQueue | None:
    return repository.queue(branch or repository.default_branch)


def _forks(repository: Repository, info: Info, order_by: Order | None = None, **bounds: object) -> Page:
    return paginate(
        info, ordered((fork for fork in repository.forks if context(info).viewer.sees(fork)), order_by), bounds
    )


def _ssh(repository: Repository, info: Info) -> str:
    return f"git@{context(info).html.partition('://')[2]}:{repository.full_name}.git"


_SETTINGS = {
    "autoMergeAllowed": "auto_merge_allowed",
    "mergeCommitAllowed": "merge_commit_allowed",
    "squashMergeAllowed": "squash_merge_allowed",
    "rebaseMergeAllowed": "rebase_merge_allowed",
    "mergeCommitTitle": "merge_commit_title",
    "mergeCommitMessage": "merge_commit_message",
    "squashMergeCommitTitle": "squash_merge_commit_title",
    "squashMergeCommitMessage": "squash_merge_commit_message",
    "deleteBranchOnMerge": "delete_branch_on_merge",
    "allowUpdateBranch": "allow_update_branch",
    "hasIssuesEnabled": "has_issues",
}


def _setting(attribute: str) -> Resolver:
    return lambda repository, _: getattr(repository.settings, attribute)


RESOLVERS: Resolvers = {
    "Query": {
        "node": lambda _, info, identifier: find_node(info, identifier),
        "nodes": _nodes,
        "organization": lambda _, info, login: _account(info, login, Organisation, "an Organization"),
        "repository": _repository,
        "repositoryOwner": lambda _, info, login: context(info).github.find_account(login),
        "user": lambda _, info, login: _account(info, login, User, "a User"),
        "rateLimit": lambda _, info: context(info).rate_limit,
        "viewer": lambda _, info: context(info).actor,
    },
    "RateLimit": {
        "limit": lambda found, _: found.allowance.limit,
        "remaining": lambda found, _: found.allowance.remaining,
        "used": lambda found, _: found.allowance.used,
        "resetAt": lambda found, _: found.allowance.reset_at,
    },
    "Repository": {
        **{name: _setting(attribute) for name, attribute in _SETTINGS.items()},
        "id": lambda repository, _: repository.node_id,
        "databaseId": lambda repository, _: repository.id,
        "nameWithOwner": lambda repository, _: repository.full_name,
        "url": lambda repository, info: f"{context(info).html}/{repository.full_name}",
        "resourcePath": lambda repository, _: f"/{repository.full_name}",
        "sshUrl": _ssh,
        "isPrivate": lambda repository, _: repository.visibility is not Visibility.PUBLIC,
        "isFork": lambda repository, _: repository.parent is not None,
        "isEmpty": lambda repository, _: repository.find_branch(repository.default_branch) is None,
        "isDisabled": always(False),
        "hasProjectsEnabled": always(False),
        "hasWikiEnabled": always(False),
        "isInOrganization": lambda repository, _: isinstance(repository.owner, Organisation),
        "viewerPermission": _viewer_permission,
        "viewerCanAdminister": lambda repository, info: _viewer_permission(repository, info) == "ADMIN",
        "viewerDefaultMergeMethod": always("MERGE"),
        "forkCount": lambda repository, _: len(repository.forks),
        "forks": _forks,
        "defaultBranchRef": _default_branch,
        "ref": _ref,
        "refs": _refs,
        "object": _object,
        "pullRequest": _pull,
        "pullRequests": _pulls,
        "issue": _issue,
        "issues": _issues,
        "issueOrPullRequest": _either,
        "label": lambda repository, _, name: repository.labels.get(name.lower()),
        "labels": _labels,
        "collaborators": _collaborators,
        "assignableUsers": _assignable,
        "branchProtectionRules": branch_rules,
        "mergeQueue": _queue,
    },
    "RepositoryCollaboratorEdge": {"permission": lambda edge, _: edge.item[1]},
}

TYPES: dict[type, str] = {Repository: "Repository"}
