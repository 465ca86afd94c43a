"""From an event of the model to its webhooks and the Apps that receive them.

An App receives an event if it is installed on the repository, subscribed to the event, and has the required permission.
Events about an installation need no subscription. https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.simulator.github.git.store import ZERO
from bot.simulator.github.model.accounts.accounts import AccountKind, Organisation, Team, User
from bot.simulator.github.model.accounts.apps import Access, App, Installation
from bot.simulator.github.model.events import (
    CheckRunEvent,
    CheckSuiteEvent,
    CreateEvent,
    DeleteEvent,
    DeploymentEvent,
    DeploymentStatusEvent,
    Event,
    InstallationEvent,
    InstallationRepositoriesEvent,
    IssueCommentEvent,
    IssueEvent,
    LabelEvent,
    MergeGroupEvent,
    PullRequestEvent,
    PushEvent,
    RepositoryEvent,
    ReviewEvent,
    StatusEvent,
    TargetRenamedEvent,
    TransferEvent,
)
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.views import accounts, checks, deployments, git, issues, pulls
from bot.simulator.github.views.links import Links
from bot.simulator.github.views.repository import merge_settings, repository
from bot.simulator.github.webhooks.installations import Payload, of_installation, of_target

Json = dict[str, Any]
Some = TypeVar("Some", bound=RepositoryEvent)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of webhook: its name, its permission, and its fields beyond the common ones."""

    name: str
    permissions: tuple[str, ...]  # any of them
    details: Callable[[Links, Any], Json | None]


def payloads_of(links: Links, github: GitHub, event: Event) -> Iterator[tuple[App, Installation, Payload]]:
    """Yield every webhook of an event with its receiver."""
    if isinstance(event, TargetRenamedEvent):
        yield event.installation.app, event.installation, of_target(links, event)
        return
    if isinstance(event, InstallationEvent | InstallationRepositoriesEvent):
        yield event.installation.app, event.installation, of_installation(links, github, event)
        return
    kind = _KINDS.get(type(event))
    if kind is None or not isinstance(event, RepositoryEvent):
        return
    receivers = [found for found in github.installations.values() if _receives(found, kind, event)]
    details = kind.details(links, event) if receivers else None
    if details is None:
        return
    for installation in receivers:
        yield installation.app, installation, Payload(kind.name, _body(links, event, installation, details))


def ping(app: App) -> Payload:
    """Return the first webhook of an App."""
    hook = {
        "type": "App",
        "id": app.id,
        "name": "web",
        "active": True,
        "events": list(app.events),
        "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": app.webhook_url},
        "updated_at": accounts.moment(app.created_at),
        "created_at": accounts.moment(app.created_at),
        "app_id": app.id,
    }
    return Payload("ping", {"zen": "Keep it logically awesome.", "hook_id": app.id, "hook": hook})


def _receives(installation: Installation, kind: _Kind, event: RepositoryEvent) -> bool:
    if installation.suspended_at is not None or not installation.covers(event.repository):
        return False
    if isinstance(event, CheckRunEvent) and event.action in {"rerequested", "requested_action"}:
        # Sent only to the App of the check run, subscribed or not.
        return event.run.suite.app is installation.app
    if isinstance(event, CheckSuiteEvent) and event.action in {"requested", "rerequested"}:
        return event.suite.app is installation.app
    held = {name for name, access in installation.permissions.items() if access >= Access.READ} | {"metadata"}
    return kind.name in installation.events and not held.isdisjoint(kind.permissions)


def _body(links: Links, event: RepositoryEvent, installation: Installation, details: Json) -> Json:
    owner = event.repository.owner
    body: Json = {"action": event.action} if event.action else {}
    body |= details
    body.setdefault("repository", repository(links, event.repository))
    if isinstance(owner, Organisation):
        body["organization"] = accounts.simple_organisation(links, owner)
    body["sender"] = accounts.account(links, event.actor)
    body["installation"] = {"id": installation.id, "node_id": node_id(Kind.INSTALLATION, installation.id)}
    return body


# -- one function per kind ---------------------------------------------------------------------------------------------


def _push(links: Links, event: PushEvent) -> Json:
    one = event.repository
    commits = [git.pushed_commit(links, one, oid) for oid in event.commits]
    created, deleted = event.before == ZERO, event.after == ZERO
    tip = None if deleted else git.pushed_commit(links, one, one.store.commit(event.after).oid)
    compared = f"{event.before[:12]}...{event.after[:12]}"
    moments = {"created_at": int(one.created_at.timestamp()), "pushed_at": int(one.pushed_at.timestamp())}
    owner = accounts.account(links, one.owner) | {"name": one.owner.login, "email": None}
    return {
        "ref": event.ref,
        "before": event.before,
        "after": event.after,
        # Only here are these times numbers, and the owner has a `name`.
        "repository": repository(links, one)
        | moments
        | {"owner": owner, "stargazers": 0, "master_branch": one.default_branch}
        | ({"organization": one.owner.login} if one.owner.kind is AccountKind.ORGANISATION else {}),
        "pusher": {"name": event.actor.login, "email": event.actor.email},
        "created": created,
        "deleted": deleted,
        "forced": event.forced,
        "base_ref": None,
        "compare": f"{links.repository_page(one)}/compare/{compared}",
        "commits": commits,
        "head_commit": tip,
    }


def _create(_: Links, event: CreateEvent) -> Json:
    return _ref(event) | {"master_branch": event.repository.default_branch, "description": event.repository.description}


def _delete(_: Links, event: DeleteEvent) -> Json:
    return _ref(event)


def _ref(event: CreateEvent | DeleteEvent) -> Json:
    kind = "branch" if event.ref.startswith("refs/heads/") else "tag"
    return {"ref": event.name, "ref_type": kind, "pusher_type": "user"}


def _pull_request(links: Links, event: PullRequestEvent) -> Json:
    one = event.pull
    shown = pulls.full_pull_request(links, one, viewer=None)
    for side in ("head", "base"):
        where = one.head_repository if side == "head" else one.repository
        if where is not None:
            shown[side] = shown[side] | {"repo": shown[side]["repo"] | merge_settings(where)}
    details: Json = {"number": one.number, "pull_request": shown}
    if event.label is not None:
        details["label"] = issues.label(links, event.label)
    if isinstance(event.requested, Team):
        details["requested_team"] = accounts.team(links, event.requested)
    elif isinstance(event.requested, User):
        details["requested_reviewer"] = accounts.account(links, event.requested)
    if event.before is not None and event.after is not None:
        details |= {"before": event.before, "after": event.after}
    if event.action == "edited":
        details["changes"] = _changes(event.changes)
    if event.reason is not None or event.action == "auto_merge_disabled":
        details["reason"] = event.reason or "Pull request was updated"
    return details


def _review(links: Links, event: ReviewEvent) -> Json:
    # Unlike in the API, the state is in lower case here, and there is `updated_at`.
    review = pulls.review(links, event.review) | {
        "state": event.review.state.value.lower(),
        "body": event.review.body or None,
        "submitted_at": accounts.optional_moment(event.review.submitted_at),
        "updated_at": accounts.moment(event.review.updated_at),
    }
    details: Json = {"review": review, "pull_request": pulls.pull_request(links, event.pull)}
    return details | ({"changes": {}} if event.action == "edited" else {})


def _issues(links: Links, event: IssueEvent) -> Json:
    details: Json = {"issue": issues.issue(links, event.issue)}
    if event.label is not None:
        details["label"] = issues.label(links, event.label)
    return details | ({"changes": _changes(event.changes)} if event.action == "edited" else {})


def _issue_comment(links: Links, event: IssueCommentEvent) -> Json:
    details: Json = {
        "issue": issues.issue(links, event.issue),
        "comment": issues.comment(links, event.comment),
    }
    return details | ({"changes": _changes(event.changes)} if event.action == "edited" else {})


def _label(links: Links, event: LabelEvent) -> Json:
    details: Json = {"label": issues.label(links, event.label)}
    return details | ({"changes": _changes(event.changes)} if event.action == "edited" else {})


def _check_run(links: Links, event: CheckRunEvent) -> Json:
    details: Json = {"check_run": checks.check_run_in_webhook(links, event.run)}
    if event.requested_action is not None:
        details["requested_action"] = {"identifier": event.requested_action}
    return details


def _check_suite(links: Links, event: CheckSuiteEvent) -> Json:
    return {"check_suite": checks.check_suite_in_webhook(links, event.suite)}


def _status(links: Links, event: StatusEvent) -> Json:
    one, where = event.status, event.repository
    return {
        "id": one.id,
        "sha": one.sha,
        "name": where.full_name,
        "avatar_url": links.avatar(one.creator.id),
        "target_url": one.target_url,
        "context": one.context,
        "description": one.description,
        "state": one.state.value.lower(),
        "commit": git.commit_summary(links, where, where.store.commit(one.sha)),
        "branches": [
            {
                "name": name.removeprefix("refs/heads/"),
                "commit": {"sha": oid, "url": f"{links.repository(where)}/commits/{oid}"},
                "protected": where.is_protected(name.removeprefix("refs/heads/")),
            }
            for name, oid in where.store.refs("refs/heads/")
            if where.history.is_ancestor(one.sha, of=oid)
        ],
        "created_at": accounts.moment(one.created_at),
        "updated_at": accounts.moment(one.created_at),
    }


def _deployment(links: Links, event: DeploymentEvent) -> Json:
    return {"deployment": deployments.deployment(links, event.deployment), "workflow": None, "workflow_run": None}


def _deployment_status(links: Links, event: DeploymentStatusEvent) -> Json:
    details = {"deployment_status": deployments.status(links, event.deployment, event.status), "check_run": None}
    return (
        _deployment(
            links,
            DeploymentEvent(repository=event.repository, deployment=event.deployment, actor=event.actor, at=event.at),
        )
        | details
    )


def _merge_group(_: Links, event: MergeGroupEvent) -> Json:
    group = event.group
    details: Json = {
        "merge_group": {
            "head_sha": group.head_oid,
            "head_ref": group.head_ref,
            "base_sha": group.base_oid,
            "base_ref": group.base_ref,
            "head_commit": git.simple_commit(event.repository.store.commit(group.head_oid)),
        }
    }
    return details if event.reason is None else details | {"reason": event.reason}


def _repository(_: Links, event: RepositoryEvent) -> Json:
    if event.action == "renamed":
        return {"changes": {"repository": {"name": {"from": event.changes[0][1]}}}}
    return {"changes": _changes(event.changes)} if event.action == "edited" else {}


def _transfer(links: Links, event: TransferEvent) -> Json:
    former = event.former_owner
    if isinstance(former, Organisation):
        return {"changes": {"owner": {"from": {"organization": accounts.simple_organisation(links, former)}}}}
    return {"changes": {"owner": {"from": {"user": accounts.account(links, former)}}}}


def _changes(changes: tuple[tuple[str, str], ...]) -> Json:
    """Return the former values; a changed base appears as a change of ref."""
    told: Json = {}
    for field, former in changes:
        told[field] = {"ref": {"from": former}, "sha": {"from": ZERO}} if field == "base" else {"from": former}
    return told


_KINDS: Mapping[type[Event], _Kind] = {
    PushEvent: _Kind("push", ("contents",), _push),
    CreateEvent: _Kind("create", ("contents",), _create),
    DeleteEvent: _Kind("delete", ("contents",), _delete),
    PullRequestEvent: _Kind("pull_request", ("pull_requests",), _pull_request),
    ReviewEvent: _Kind("pull_request_review", ("pull_requests",), _review),
    IssueEvent: _Kind("issues", ("issues",), _issues),
    IssueCommentEvent: _Kind("issue_comment", ("issues", "pull_requests"), _issue_comment),
    LabelEvent: _Kind("label", ("metadata",), _label),
    CheckRunEvent: _Kind("check_run", ("checks",), _check_run),
    CheckSuiteEvent: _Kind("check_suite", ("checks",), _check_suite),
    StatusEvent: _Kind("status", ("statuses",), _status),
    MergeGroupEvent: _Kind("merge_group", ("merge_queues",), _merge_group),
    DeploymentEvent: _Kind("deployment", ("deployments",), _deployment),
    DeploymentStatusEvent: _Kind("deployment_status", ("deployments",), _deployment_status),
    RepositoryEvent: _Kind("repository", ("metadata",), _repository),
    TransferEvent: _Kind("repository", ("metadata",), _transfer),
}
