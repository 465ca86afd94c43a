"""Collections to which answers link and which cannot be changed here: served, so that no link is broken.

The simulator has no gists, stars, milestones and the like, so their lists are empty.
"""

from typing import Any

from bot.simulator.github.model.accounts.accounts import Account, Organisation
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.conversations.conversation import Closing, StateChange
from bot.simulator.github.model.protection.protection import ProtectionSource
from bot.simulator.github.model.world.errors import not_found
from bot.simulator.github.rest.call import Answer, Call, Credentials, Handler, Needs, Permission, Routes, ok
from bot.simulator.github.rest.resources.labels import conversation_of
from bot.simulator.github.views import accounts, protection
from bot.simulator.github.views.links import Links
from bot.simulator.github.views.repository import repository

routes = Routes()

METADATA = Permission("metadata", Access.READ)

CONTENTS = Permission("contents", Access.READ)

ISSUES = Permission("issues", Access.READ)

ADMINISTRATION = Permission("administration", Access.READ)

REPO, USER, ORG = "/repos/{owner}/{repo}", "/users/{username}", "/orgs/{org}"

EMPTY: dict[str, Needs] = {
    f"{REPO}/comments": CONTENTS,
    f"{REPO}/commits/{{commit_sha}}/comments": CONTENTS,
    f"{REPO}/contributors": METADATA,
    f"{REPO}/events": METADATA,
    f"{REPO}/hooks": ADMINISTRATION,
    f"{REPO}/keys": ADMINISTRATION,
    f"{REPO}/milestones": ISSUES,
    f"{REPO}/notifications": METADATA,
    f"{REPO}/releases": CONTENTS,
    f"{REPO}/stargazers": METADATA,
    f"{REPO}/subscribers": METADATA,
    f"{USER}/events": Credentials.NONE,
    f"{USER}/followers": Credentials.NONE,
    f"{USER}/following": Credentials.NONE,
    f"{USER}/gists": Credentials.NONE,
    f"{USER}/received_events": Credentials.NONE,
    f"{USER}/starred": Credentials.NONE,
    f"{USER}/subscriptions": Credentials.NONE,
    f"{ORG}/events": Credentials.NONE,
    f"{ORG}/hooks": Credentials.ANY,
    f"{ORG}/issues": Credentials.ANY,
    f"{ORG}/public_members": Credentials.NONE,
}


def _empty(call: Call) -> Answer:
    for name in ("username", "org"):
        if name in call.parameters:
            _account(call, name)
    return ok([])


for template, needs in EMPTY.items():
    routes.get(template, needs)(_empty)


# -- of a repository ---------------------------------------------------------------------------------------------------


@routes.get(f"{REPO}/forks", METADATA)
def list_forks(call: Call) -> Answer:
    found = [call.github.repository(one.full_name) for one in call.repository.forks if call.caller.sees(one)]
    return call.page(found, lambda one: repository(call.links, one))


@routes.get(f"{REPO}/languages", METADATA)
def list_languages(_: Call) -> Answer:
    return ok({})


@routes.get(f"{REPO}/assignees", METADATA)
def list_assignees(call: Call) -> Answer:
    return call.page(call.repository.people(), lambda one: accounts.account(call.links, one))


@routes.get(f"{REPO}/teams", METADATA)
def list_teams(call: Call) -> Answer:
    return call.page(list(call.repository.team_roles), lambda one: accounts.team(call.links, one))


@routes.get(f"{REPO}/tags", METADATA)
def list_tags(call: Call) -> Answer:
    one, prefix = call.repository, "refs/tags/"
    api = call.links.repository(one)

    def show(ref: tuple[str, str]) -> dict[str, Any]:
        name, commit = ref[0].removeprefix(prefix), one.store.commit(ref[1]).oid
        return {
            "name": name,
            "commit": {"sha": commit, "url": f"{api}/commits/{commit}"},
            "zipball_url": f"{api}/zipball/{ref[0]}",
            "tarball_url": f"{api}/tarball/{ref[0]}",
            "node_id": f"REF_{name}",
        }

    return call.page(one.store.refs(prefix), show)


# -- who closed and opened what ----------------------------------------------------------------------------------------


@routes.get(f"{REPO}/issues/events", ISSUES)
def list_all_events(call: Call) -> Answer:
    """List the events, newest first."""
    every = [change for one in call.repository.conversations.values() for change in one.state_changes]
    every.sort(key=lambda change: (change.created_at, change.id), reverse=True)
    return call.page(every, lambda change: _event(call.links, change))


@routes.get(f"{REPO}/issues/{{issue_number}}/events", ISSUES)
def list_events(call: Call) -> Answer:
    return call.page(conversation_of(call).state_changes, lambda change: _event(call.links, change))


@routes.get(f"{REPO}/issues/{{issue_number}}/timeline", ISSUES)
def list_timeline(call: Call) -> Answer:
    return call.page(conversation_of(call).state_changes, lambda change: _event(call.links, change))


def _event(links: Links, change: StateChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "node_id": change.node_id,
        "url": f"{links.repository(change.conversation.repository)}/issues/events/{change.id}",
        "actor": accounts.account(links, change.actor),
        "event": "closed" if isinstance(change, Closing) else "reopened",
        "commit_id": None,
        "commit_url": None,
        "created_at": accounts.moment(change.created_at),
        "performed_via_github_app": None,
    }


@routes.get(f"{REPO}/issues/events/{{event_id}}", ISSUES)
def get_event(call: Call) -> Answer:
    for one in call.repository.conversations.values():
        for change in one.state_changes:
            if change.id == call.number("event_id"):
                return ok(_event(call.links, change))
    raise not_found("Not Found")


# -- parts of a branch's protection ------------------------------------------------------------------------------------


def _part(*keys: str) -> Handler:
    """Return a handler for one part of `GET …/protection`."""

    def answer(call: Call) -> Answer:
        name = call.parameters["branch"]
        for found in call.repository.protections_of(name):
            if found.protection.source is ProtectionSource.CLASSIC:
                shown: Any = protection.full_protection(call.links, call.repository, name, found.protection)
                for key in keys:
                    shown = shown.get(key) if isinstance(shown, dict) else None
                if shown is not None:
                    return ok(shown)
        raise not_found("Branch not protected")

    return answer


for path in (
    "enforce_admins",
    "required_signatures",
    "required_status_checks",
    "required_pull_request_reviews",
    "required_status_checks/contexts",
):
    routes.get(f"{REPO}/branches/{{branch}}/protection/{path}", ADMINISTRATION)(_part(*path.split("/")))


# -- of people, organisations and teams --------------------------------------------------------------------------------


def _account(call: Call, name: str) -> Account:
    found = call.github.find_account(call.parameters[name])
    if found is None:
        raise not_found("Not Found")
    return found


@routes.get(f"{USER}/orgs", Credentials.NONE)
def list_organisations(call: Call) -> Answer:
    user = _account(call, "username")
    found = [one for one in call.github.accounts.values() if isinstance(one, Organisation) and user in one.members]
    return call.page(found, lambda one: accounts.simple_organisation(call.links, one))


@routes.get(f"{USER}/repos", Credentials.NONE)
def list_repositories(call: Call) -> Answer:
    owner = _account(call, "username")
    found = [one for one in call.github.repositories.values() if one.owner is owner and call.caller.sees(one)]
    return call.page(found, lambda one: repository(call.links, one))


@routes.get(f"{ORG}/teams/{{team_slug}}/repos", Credentials.ANY)
def list_team_repositories(call: Call) -> Answer:
    team = call.github.find_team(call.parameters["org"], call.parameters["team_slug"])
    if team is None:
        raise not_found("Not Found")
    found = [one for one in call.github.repositories.values() if team in one.team_roles and call.caller.sees(one)]
    return call.page(found, lambda one: repository(call.links, one))
