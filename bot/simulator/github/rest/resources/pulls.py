"""Pull requests: open, change, merge, review."""

from collections.abc import Callable
from typing import Any

from bot.simulator.github.access.rules import check_push
from bot.simulator.github.model.accounts.accounts import Team, User
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.merging import merging
from bot.simulator.github.model.pulls.merging.merging import MergeOrder
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import Review, ReviewState
from bot.simulator.github.model.repository import Repository, complete
from bot.simulator.github.model.world.errors import Reason, Refused, not_found, unprocessable
from bot.simulator.github.rest.bodies import Invalid
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Permission, Routes, created, ok
from bot.simulator.github.views import accounts, git
from bot.simulator.github.views import pulls as views
from bot.simulator.github.views.issues import state

routes = Routes()

READ = Permission("pull_requests", Access.READ)

WRITE = Permission("pull_requests", Access.WRITE)

MERGE = Permission("contents", Access.WRITE)

ORDERS: dict[str, Callable[[PullRequest], object]] = {
    "created": lambda one: (one.created_at, one.number),
    "updated": lambda one: (one.updated_at, one.number),
    "popularity": lambda one: (len(one.comments), one.number),
    "long-running": lambda one: (one.created_at, one.number),
}

EVENTS = {
    "APPROVE": ReviewState.APPROVED,
    "REQUEST_CHANGES": ReviewState.CHANGES_REQUESTED,
    "COMMENT": ReviewState.COMMENTED,
}


@routes.get("/repos/{owner}/{repo}/pulls", READ)
def list_pulls(call: Call) -> Answer:
    """List pull requests, newest first; in any other order oldest first. `head` is `owner:branch`, else ignored."""
    wanted, head, base = call.query.get("state", "open"), call.query.get("head", ""), call.query.get("base")
    found = [
        one
        for one in call.repository.pulls
        if wanted in {"all", state(one)}
        and (":" not in head or one.head_label == head)
        and base in {None, one.base_ref}
    ]
    newest_first = call.query.get("sort", "created") == "created"
    found = call.ordered(found, ORDERS, default="desc" if newest_first else "asc")
    return call.page(found, lambda one: views.pull_request(call.links, one))


@routes.post("/repos/{owner}/{repo}/pulls", WRITE)
def create_pull(call: Call) -> Answer:
    body, (source, head) = call.body, _head(call)
    draft = PullDraft(
        title=body.text("title"),
        base=body.text("base"),
        head=head,
        body=body.optional_text("body") or "",
        head_repository=source,
        is_draft=body.flag("draft"),
        maintainer_can_modify=body.flag("maintainer_can_modify"),
    )
    return created(_shown(call, call.repository.open_pull(draft, by=call.actor)))


def _shown(call: Call, one: PullRequest) -> dict[str, Any]:
    return views.full_pull_request(call.links, one, viewer=call.caller.actor or call.github.ghost)


def _head(call: Call) -> tuple[Repository | None, str]:
    """Return the head of `branch`, `owner:branch`, or a branch of `head_repo`."""
    owner, colon, branch = call.body.text("head").rpartition(":")
    named = call.body.optional_text("head_repo")
    if not colon and named is None:
        return None, branch
    wanted = owner.lower() or (named or "").partition("/")[0].lower()
    for one in call.github.network(call.repository):
        if one.owner.login.lower() == wanted:
            return one, branch
    raise Refused(Reason.UNPROCESSABLE, "Validation Failed", resource="PullRequest", field="head", code="invalid")


@routes.get("/repos/{owner}/{repo}/pulls/{pull_number}", READ)
def get_pull(call: Call) -> Answer:
    one = _pull(call)
    if call.wants("diff"):
        return call.diff(one.changes())
    if call.wants("patch"):
        return call.patches(one.commits())
    return ok(_shown(call, one))


@routes.patch("/repos/{owner}/{repo}/pulls/{pull_number}", WRITE)
def change_pull(call: Call) -> Answer:
    one, body = _pull(call), call.body
    wanted = body.optional_text("state")
    if wanted not in {None, "open", "closed"}:
        raise Invalid(f'"{wanted}" is not a member of ["open", "closed"].')
    one.edit(by=call.actor, title=body.optional_text("title"), body=body.optional_text("body"))
    base = body.optional_text("base")
    if base is not None and base != one.base_ref:
        one.retarget(base, by=call.actor)
    if wanted == "closed" and one.state is State.OPEN:
        one.close(by=call.actor)
    elif wanted == "open" and one.state is State.CLOSED:
        one.reopen(by=call.actor)
    return ok(_shown(call, one))


@routes.get("/repos/{owner}/{repo}/pulls/{pull_number}/files", READ)
def list_files(call: Call) -> Answer:
    one = _pull(call)
    return call.page(one.changes(), lambda change: git.change(call.links, call.repository, one.head_oid, change))


@routes.get("/repos/{owner}/{repo}/pulls/{pull_number}/commits", READ)
def list_commits(call: Call) -> Answer:
    one = call.repository
    return call.page(_pull(call).commits(), lambda oid: git.commit_summary(call.links, one, one.store.commit(oid)))


# -- merging -----------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/pulls/{pull_number}/merge", READ)
def is_merged(call: Call) -> Answer:
    if _pull(call).state is State.MERGED:
        return NO_CONTENT
    raise not_found("Not Found")


@routes.put("/repos/{owner}/{repo}/pulls/{pull_number}/merge", MERGE)
def merge(call: Call) -> Answer:
    """Merge; 405 if it is blocked, 409 if the head is not the given one."""
    order = MergeOrder(
        method=call.body.choice("merge_method", MergeMethod) or MergeMethod.MERGE,
        expected_head=call.body.optional_text("sha"),
        headline=call.body.optional_text("commit_title"),
        body=call.body.optional_text("commit_message"),
    )
    oid = merging.merge(_pull(call), order, by=call.actor)
    return ok({"sha": oid, "merged": True, "message": "Pull Request successfully merged"})


@routes.put("/repos/{owner}/{repo}/pulls/{pull_number}/update-branch", WRITE)
def update_branch(call: Call) -> Answer:
    """Merge the base into the head."""
    one = _pull(call)
    expected = call.body.optional_text("expected_head_sha")
    if expected is not None and expected != one.head_oid:
        raise unprocessable("expected head sha didn’t match current head ref.")
    source = one.head_repository
    if source is None or one.state is not State.OPEN:
        raise unprocessable("The pull request is closed or its head repository is gone.")
    if not one.is_behind:
        raise unprocessable("There are no new commits on the base branch.")
    _merge_base_into_head(call, one, source)
    return Answer(
        status=202,
        body={
            "message": "Updating pull request branch.",
            "url": f"{call.links.repository_page(call.repository)}/pull/{one.number}",
        },
    )


def _merge_base_into_head(call: Call, one: PullRequest, source: CodeRepository) -> None:
    base, head = one.base_tip(), one.head_oid
    tree = call.repository.history.merged_tree(head, base)
    if tree is None:
        raise unprocessable("merge conflict between base and head")
    source.store.fetch(call.repository.store, f"refs/heads/{one.base_ref}") if source is not call.repository else None
    oid = source.store.write_commit(
        tree=tree,
        parents=[head, base],
        message=f"Merge branch '{one.base_ref}' into {one.head_ref}",
        author=call.github.person(call.actor),
        committer=merging.web_flow(call.github.now_person),
    )
    source.signed.add(oid)
    ref = f"refs/heads/{one.head_ref}"
    check_push(complete(source), ref, before=head, after=oid, by=call.actor)
    source.move_ref(ref, before=head, after=oid, by=call.actor)


# -- reviews -----------------------------------------------------------------------------------------------------------


@routes.get("/repos/{owner}/{repo}/pulls/{pull_number}/reviews", READ)
def list_reviews(call: Call) -> Answer:
    return call.page(_pull(call).reviews, lambda one: views.review(call.links, one))


@routes.post("/repos/{owner}/{repo}/pulls/{pull_number}/reviews", WRITE)
def create_review(call: Call) -> Answer:
    """Submit a review. Without an event GitHub would create a draft that only its author sees."""
    event = call.body.text("event")
    if event not in EVENTS:
        raise Invalid(f'"{event}" is not a member of [{", ".join(EVENTS)}].')
    remarks = [(one.text("path"), one.text("body")) for one in call.body.objects("comments")]
    if not {path for path, _ in remarks} <= {change.path for change in _pull(call).changes()}:
        raise unprocessable("Path could not be resolved")
    made = _pull(call).review(
        by=call.actor,
        state=EVENTS[event],
        body=call.body.optional_text("body") or "",
        commit=call.body.optional_text("commit_id"),
    )
    for path, body in remarks:
        _pull(call).start_thread(path, by=call.actor, body=body, review=made)
    return ok(views.review(call.links, made))


@routes.get("/repos/{owner}/{repo}/pulls/{pull_number}/comments", READ)
def list_review_comments(call: Call) -> Answer:
    return call.page(_pull(call).threads, lambda one: views.review_comment(call.links, one))


@routes.get("/repos/{owner}/{repo}/pulls/comments", READ)
def list_all_review_comments(call: Call) -> Answer:
    found = [one for pull in call.repository.pulls for one in pull.threads]
    return call.page(found, lambda one: views.review_comment(call.links, one))


@routes.get("/repos/{owner}/{repo}/pulls/comments/{comment_id}", READ)
def get_review_comment(call: Call) -> Answer:
    for pull in call.repository.pulls:
        for one in pull.threads:
            if one.id == call.number("comment_id"):
                return ok(views.review_comment(call.links, one))
    raise not_found("Not Found")


@routes.get("/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", READ)
def get_review(call: Call) -> Answer:
    return ok(views.review(call.links, _review(call)))


@routes.put("/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals", WRITE)
def dismiss_review(call: Call) -> Answer:
    call.body.text("message")
    found = _review(call)
    _pull(call).dismiss(found, by=call.actor)
    return ok(views.review(call.links, found))


@routes.get("/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", READ)
def list_requested(call: Call) -> Answer:
    requested = _pull(call).requested
    return ok(
        {
            "users": [accounts.account(call.links, one) for one in requested if isinstance(one, User)],
            "teams": [accounts.team(call.links, one) for one in requested if isinstance(one, Team)],
        }
    )


@routes.post("/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", WRITE)
def request_reviewers(call: Call) -> Answer:
    one = _pull(call)
    one.request_reviews(*_reviewers(call), by=call.actor)
    return created(views.pull_request(call.links, one))


def _reviewers(call: Call) -> list[User | Team]:
    """Return the named reviewers, who must be able to read the repository."""
    refusal = (
        "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a "
        "collaborator of the {} repository."
    )
    found: list[User | Team] = []
    for login in call.body.texts("reviewers"):
        user = call.github.find_account(login)
        if not isinstance(user, User) or user not in call.repository.people():
            raise unprocessable(refusal.format(call.repository.full_name))
        found.append(user)
    for slug in call.body.texts("team_reviewers"):
        team = call.github.find_team(call.repository.owner.login, slug)
        if team is None:
            raise unprocessable(refusal.format(call.repository.full_name))
        found.append(team)
    return found


def _pull(call: Call) -> PullRequest:
    found = call.repository.conversations.get(call.number("pull_number"))
    if not isinstance(found, PullRequest):
        raise not_found("Not Found")
    return found


def _review(call: Call) -> Review:
    identifier = call.number("review_id")
    for one in _pull(call).reviews:
        if one.id == identifier:
            return one
    raise not_found("Not Found")
