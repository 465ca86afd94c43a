"""From a webhook to the keys that become due. Pure: it asks nothing and decides nothing.

A webhook is a hint: one too many costs a look, one too few waits for the sweep. So a payload of an unexpected shape is
ignored, and nothing here ever raises. What the bot caused itself and already knows is ignored as well: its own comments,
check runs, edits of a pull request's page, and pushes to promotion branches.
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.needs.subscriptions import Due, image_topic, manifests_topic, source_topic
from bot.core.observation.promotion_branches import BRANCHES, STAGES, place_on
from bot.core.values.images import ImageError, Reference
from bot.core.values.permit import Priority
from bot.github.parsing.state_branch import STATE_BRANCH

Payload = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One payload, not trusted. Missing text is '', missing objects are empty."""

    payload: Payload
    app_id: int
    bot_id: int | None

    @property
    def action(self) -> str:
        return text(self.payload, "action")

    @property
    def repository(self) -> str:
        """`owner/name`."""
        return text(self.payload, "repository", "full_name")

    @property
    def by_us(self) -> bool:
        """Whether the bot caused this."""
        return self.bot_id is not None and _at(self.payload, "sender", "id") == self.bot_id

    def whole(self) -> Iterator[str]:
        """Yield what makes the repository's own key due, if it is a manifests repository."""
        if self.repository:
            yield manifests_topic(self.repository)

    def source(self) -> Iterator[str]:
        """Yield what makes the applications due that are built from this repository."""
        if self.repository:
            yield source_topic(self.repository)

    def branches(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the keys that branches concern: a promotion's its application, the default branch the repository."""
        for name in names:
            promotion = place_on(name)
            if promotion is not None and self.repository:
                yield f"{self.repository}#{promotion[1]}"
            elif name in (text(self.payload, "repository", "default_branch"), STATE_BRANCH):
                yield from self.whole()


def due_for(event: str, payload: Payload, *, app_id: int, bot_id: int | None = None) -> Due:
    """Return what becomes due.

    event: the `X-GitHub-Event` header. app_id: the App's. bot_id: of its bot; while that is not known, what the bot
    caused itself costs a look.
    """
    route = _ROUTES.get(event)
    if route is None:
        return Due()
    delivery = Delivery(payload, app_id, bot_id)
    return Due.of(route(delivery), _priority(event, delivery))


_FROM_PEOPLE = frozenset({"issue_comment", "pull_request_review", "pull_request_review_thread"})
_PEOPLE_STEER = frozenset({"labeled", "unlabeled", "closed", "reopened"})


def _priority(event: str, delivery: Delivery) -> Priority:
    """Return who waits: people steer by comments, reviews and labels, and by closing a pull request. Bots do not wait."""
    steers = event in _FROM_PEOPLE or (event in {"issues", "pull_request"} and delivery.action in _PEOPLE_STEER)
    by_machine = text(delivery.payload, "sender", "type") == "Bot"
    return Priority.PEOPLE if steers and not by_machine else Priority.EVENT


def text(payload: object, *path: str) -> str:
    """Return the string at this path; '' where there is none."""
    found = _at(payload, *path)
    return found if isinstance(found, str) else ""


def _at(payload: object, *path: str) -> object:
    for step in path:
        if not isinstance(payload, Mapping):
            return None
        payload = payload.get(step)
    return payload


def _list(payload: object, *path: str) -> Iterator[object]:
    found = _at(payload, *path)
    yield from found if isinstance(found, list) else ()


def _push(delivery: Delivery) -> Iterator[str]:
    """A push to the default branch may turn any repository into a manifests repository."""
    kind, _, branch = text(delivery.payload, "ref").removeprefix("refs/").partition("/")
    if kind != "heads":
        return
    yield from delivery.source()
    # The pass that wrote a record continues on its own, and itself makes due whatever the record concerns.
    ours = branch.startswith((BRANCHES, STAGES)) or branch == STATE_BRANCH
    if delivery.by_us and ours:
        return
    if branch == text(delivery.payload, "repository", "default_branch") and _touches_policy(delivery):
        yield delivery.repository
    yield from delivery.branches([branch])


def _touches_policy(delivery: Delivery) -> bool:
    """GitHub lists the files of up to 2,048 commits of a push. A forced push may have removed any file."""
    if _at(delivery.payload, "forced"):
        return bool(delivery.repository)
    paths = (
        path
        for commit in _list(delivery.payload, "commits")
        for kind in ("added", "modified", "removed")
        for path in _list(commit, kind)
    )
    return bool(delivery.repository) and any(isinstance(path, str) and path.startswith(".gitops") for path in paths)


def _delete(delivery: Delivery) -> Iterator[str]:
    if text(delivery.payload, "ref_type") == "branch" and not delivery.by_us:
        yield from delivery.branches([text(delivery.payload, "ref")])


_PAGE_ONLY = frozenset(
    {"edited", "labeled", "unlabeled", "assigned", "unassigned", "review_requested", "locked", "unlocked"}
)


def _pull_request(delivery: Delivery) -> Iterator[str]:
    """Every pull request needs our check run; a promotion's concerns its application. Our own edits of its page are ignored."""
    if delivery.by_us and delivery.action in _PAGE_ONLY:
        return
    head = _at(delivery.payload, "pull_request", "head")
    if _from_here(delivery, head) and place_on(text(head, "ref")):
        yield from delivery.branches([text(head, "ref")])
    elif delivery.action not in _PAGE_ONLY - {"edited"}:
        yield from delivery.whole()


def _from_here(delivery: Delivery, head: object) -> bool:
    """Return whether the branch is this repository's own, not a fork's of the same name."""
    identity = _at(head, "repo", "id")
    return identity is not None and identity == _at(delivery.payload, "repository", "id")


def _review(delivery: Delivery) -> Iterator[str]:
    head = _at(delivery.payload, "pull_request", "head")
    if _from_here(delivery, head):
        yield from delivery.branches([text(head, "ref")])


def _check(delivery: Delivery, kind: str) -> Iterator[str]:
    """Check runs and suites. Our own are ignored, unless a person asks for something there."""
    own = _at(delivery.payload, kind, "app", "id") == delivery.app_id
    if own and delivery.action not in ("rerequested", "requested_action"):
        return
    yield from delivery.source()
    pulls = list(_list(delivery.payload, kind, "pull_requests"))
    heads = [_at(pull, "head") for pull in pulls]
    suite = _at(delivery.payload, kind, "check_suite") if kind == "check_run" else _at(delivery.payload, kind)
    names = {text(head, "ref") for head in heads if _from_here(delivery, head)} | {text(suite, "head_branch")}
    yield from delivery.branches(names)
    if own and not any(map(place_on, names)):  # "Re-run", on a pull request that is no promotion
        yield from delivery.whole()
    if names == {""}:  # GitHub did not say which branch the commit is on
        yield from delivery.whole()


def _check_run(delivery: Delivery) -> Iterator[str]:
    return _check(delivery, "check_run")


def _check_suite(delivery: Delivery) -> Iterator[str]:
    """Only a suite's end matters; its runs announce its start."""
    return iter(()) if delivery.action == "requested" else _check(delivery, "check_suite")


def _status(delivery: Delivery) -> Iterator[str]:
    """`branches` lists at most ten branches with the commit."""
    yield from delivery.source()
    names = {text(branch, "name") for branch in _list(delivery.payload, "branches")}
    yield from delivery.branches(names) if names else delivery.whole()


def _workflow_run(delivery: Delivery) -> Iterator[str]:
    if delivery.action == "completed":
        yield from delivery.source()
        yield from delivery.branches([text(delivery.payload, "workflow_run", "head_branch")])


def _issue_comment(delivery: Delivery) -> Iterator[str]:
    """It can be a command, and an edit can make it one. GitHub does not say whose branch a pull request's comment is about."""
    if delivery.action in {"created", "edited"} and not delivery.by_us:
        yield from delivery.whole()


def _issues(delivery: Delivery) -> Iterator[str]:
    """The label `gitops/hold` on any open issue holds everything."""
    news = {"opened", "closed", "reopened", "labeled", "unlabeled", "deleted", "transferred"}
    if delivery.action in news and not delivery.by_us:
        yield from delivery.whole()


def _settings(delivery: Delivery) -> Iterator[str]:
    return delivery.whole()


def _merge_group(delivery: Delivery) -> Iterator[str]:
    """Its branch names a pull request but no application; a look at the whole repository finds out which it concerns.

    When a group disappears, a push to its base or the pull requests that left it say so.
    """
    if delivery.action == "checks_requested":
        yield from delivery.whole()


def _repository(delivery: Delivery) -> Iterator[str]:
    """A new, renamed or unarchived repository may be a manifests repository.

    What depends on its former name finds out where it is now.
    """
    if delivery.action in {"created", "renamed", "transferred", "unarchived", "edited"} and delivery.repository:
        yield delivery.repository
        former = _former_name(delivery)
        if former:
            yield source_topic(former)
            yield manifests_topic(former)
    elif delivery.action == "archived":
        yield from delivery.whole()


def _former_name(delivery: Delivery) -> str:
    """Return what a repository was called before it was renamed or transferred; '' for one that was not.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=renamed#repository
    """
    owner, _, name = delivery.repository.partition("/")
    before = _at(delivery.payload, "changes", "owner", "from")
    owners = (text(before, kind, "login") for kind in ("organization", "user"))
    former = text(delivery.payload, "changes", "repository", "name", "from")
    found = f"{next(filter(None, owners), owner)}/{former or name}"
    return "" if found == delivery.repository else found


def _installation(delivery: Delivery) -> Iterator[str]:
    """Repositories that the App can see now and could not before."""
    if delivery.action in ("deleted", "suspend"):
        return
    for field in ("repositories", "repositories_added"):
        yield from filter(None, (text(repository, "full_name") for repository in _list(delivery.payload, field)))


def _package(delivery: Delivery) -> Iterator[str]:
    """An image was pushed to GitHub's own registry. Each manifest is one event; those of single platforms have no tag."""
    package = _at(delivery.payload, "registry_package") or _at(delivery.payload, "package")
    if (text(package, "package_type") or text(package, "ecosystem")).casefold() not in ("container", "docker"):
        return
    url = text(package, "package_version", "package_url").partition("@")[0].rstrip(":")
    if "/" not in url or "://" in url:
        url = f"ghcr.io/{text(package, 'owner', 'login') or text(package, 'namespace')}/{text(package, 'name')}"
    try:
        yield image_topic(str(Reference.parse(url.casefold()).name))
    except ImageError:
        return


_ROUTES: Mapping[str, Callable[[Delivery], Iterator[str]]] = {
    "branch_protection_rule": _settings,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "delete": _delete,
    "installation": _installation,
    "installation_repositories": _installation,
    "issue_comment": _issue_comment,
    "issues": _issues,
    "merge_group": _merge_group,
    "package": _package,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_thread": _review,
    "push": _push,
    "registry_package": _package,
    "repository": _repository,
    "repository_ruleset": _settings,
    "status": _status,
    "workflow_run": _workflow_run,
}
INSTALLATION_EVENTS = frozenset({"installation", "installation_repositories"})
"""After these, what is known about installations must be asked for again: https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation"""
EVENTS = frozenset(_ROUTES)
"""The events that can make something due; `app.yml` subscribes to these."""
