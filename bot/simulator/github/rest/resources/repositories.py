"""Repositories: settings, commits, comparisons, branches, protection, merges, people."""

from typing import Any

from bot.simulator.github.access.rules import check_push
from bot.simulator.github.git.store import Commit
from bot.simulator.github.model.accounts.accounts import Organisation, Role, User
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.protection.protection import ProtectionSource
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Credentials, Permission, Routes, created, ok
from bot.simulator.github.rest.resources.git import commit_of
from bot.simulator.github.views import accounts, git, protection
from bot.simulator.github.views.links import escaped
from bot.simulator.github.views.repository import full_repository, permissions, repository, role_of

routes = Routes()

METADATA = Permission("metadata", Access.READ)

READ = Permission("contents", Access.READ)

WRITE = Permission("contents", Access.WRITE)

ADMINISTRATION = Permission("administration", Access.READ)

ADMINISTER = Permission("administration", Access.WRITE)

MOST_FILES, FILES_PER_PAGE = 3000, 300


@routes.get("/repos/{owner}/{repo}", METADATA)
def get_repository(call: Call) -> Answer:
    return ok(full_repository(call.links, call.repository, role=role_of(call.repository, call.caller.actor)))


@routes.patch("/repos/{owner}/{repo}", ADMINISTER)
def change_repository(call: Call) -> Answer:
    """Change name, description and archiving; tests set other settings directly."""
    one, name = call.repository, call.body.optional_text("name")
    if name is not None and name != one.name:
        if call.github.repositories.get(f"{one.owner.login}/{name}".lower()) not in {None, one}:
            raise Refused(
                Reason.UNPROCESSABLE, "name already exists on this account", resource="Repository", field="name"
            )
        call.github.rename_repository(one, name, by=call.actor)
    one.description = call.body.optional_text("description") or one.description
    return ok(full_repository(call.links, one, role=role_of(one, call.actor)))


@routes.post("/repos/{owner}/{repo}/transfer", ADMINISTER)
def transfer(call: Call) -> Answer:
    """https://docs.github.com/en/rest/repos/repos#transfer-a-repository"""
    one, owner = call.repository, call.github.find_account(call.body.text("new_owner"))
    if owner is None or owner is one.owner:
        raise Refused(
            Reason.UNPROCESSABLE, "Invalid new_owner", resource="Repository", field="new_owner", code="invalid"
        )
    shown = repository(call.links, one)
    call.github.transfer_repository(one, owner, by=call.actor, name=call.body.optional_text("new_name"))
    return Answer(status=202, body=shown)


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


# -- commits -----------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/commits", READ)
def list_commits(call: Call) -> Answer:
    one = call.repository
    call.moment("since"), call.moment("until")
    try:
        head = commit_of(one, call.query.get("sha", one.default_branch)).oid
    except Refused:
        raise not_found("Not Found") from None
    found = [oid for oid in one.history.log(head, call.query.get("path")) if _wanted(call, one.store.commit(oid))]
    return call.page(found, lambda oid: git.commit_summary(call.links, one, one.store.commit(oid)))


def _wanted(call: Call, commit: Commit) -> bool:
    """Report whether a commit matches `author` (a login or an address), `since` and `until`."""
    author, since, until = call.query.get("author"), call.moment("since"), call.moment("until")
    user = git.user_of(call.repository, commit.author)
    return (
        author in {None, commit.author.email, user.login if user else ""}
        and (since is None or commit.committer.at >= since)
        and (until is None or commit.committer.at <= until)
    )


@routes.get("/repos/{owner}/{repo}/commits/{ref}", READ)
def get_commit(call: Call) -> Answer:
    """Return a commit with one page of its files: https://docs.github.com/en/rest/commits/commits#get-a-commit"""
    found = commit_of(call.repository, call.parameters["ref"])
    if call.wants("sha"):
        return Answer(body=found.oid.encode(), media_type="application/vnd.github.v3.sha; charset=utf-8")
    if call.wants("patch"):
        return call.patches((found.oid,))
    changes = git.changes_of(call.repository, found)[:MOST_FILES]
    if call.wants("diff"):
        return call.diff(changes)
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
    if call.wants("diff"):
        return call.diff(one.history.changes(parted, head.oid))
    if call.wants("patch"):
        return call.patches(one.history.between(base.oid, head.oid))
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
            "status": _comparison_status(len(ahead), len(behind)),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [git.commit_summary(call.links, one, one.store.commit(oid)) for oid in ahead],
            "files": [git.change(call.links, one, head.oid, found) for found in one.history.changes(parted, head.oid)],
        }
    )


def _comparison_status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


@routes.post("/repos/{owner}/{repo}/merges", WRITE)
def merge(call: Call) -> Answer:
    """Merge a branch or commit into a branch, without a pull request."""
    one, base, named = call.repository, call.body.text("base"), call.body.text("head")
    message = call.body.optional_text("commit_message") or f"Merge {named} into {base}"
    before = one.find_branch(base)
    if before is None:
        raise not_found("Base does not exist")
    try:
        head = commit_of(one, named).oid
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
        message=message,
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
    """List the rules for a branch, even one that does not exist yet."""
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
    """Return a person's role.

    `permission` has four values: triage counts as read, maintain as write; `role_name` is exact.
    """
    found = call.github.find_account(call.parameters["username"])
    if found is None or isinstance(found, Organisation) or not isinstance(found, User):
        raise not_found(f"{call.parameters['username']} is not a user")
    role = call.repository.role_of(found)
    coarse = {Role.TRIAGE: Role.READ, Role.MAINTAIN: Role.WRITE}.get(role, role)
    name = role.name.lower()
    shown = accounts.account(call.links, found) | {"permissions": permissions(role), "role_name": name}
    return ok({"permission": coarse.name.lower(), "role_name": name, "user": shown})
