"""People, organisations and teams; and the remaining rate limits."""

from typing import Any

from bot.simulator.github.model.accounts.accounts import Organisation, Team, User
from bot.simulator.github.model.world.errors import not_found
from bot.simulator.github.rest.call import NO_CONTENT, Answer, Call, Credentials, Routes, ok
from bot.simulator.github.views import accounts

routes = Routes()


@routes.get("/user", Credentials.USER)
def get_viewer(call: Call) -> Answer:
    return ok(accounts.public_user(call.links, call.actor))


@routes.get("/users/{username}", Credentials.NONE)
def get_user(call: Call) -> Answer:
    found = call.github.accounts.get(call.parameters["username"].lower())
    if found is None:
        raise not_found("Not Found")
    return ok(accounts.public_user(call.links, found))


@routes.get("/orgs/{org}", Credentials.NONE)
def get_organisation(call: Call) -> Answer:
    return ok(accounts.organisation(call.links, _organisation(call)))


@routes.get("/user/orgs", Credentials.USER)
def list_own_organisations(call: Call) -> Answer:
    found = [
        one for one in call.github.accounts.values() if isinstance(one, Organisation) and call.actor in one.members
    ]
    return call.page(found, lambda one: accounts.simple_organisation(call.links, one))


@routes.get("/orgs/{org}/members", Credentials.ANY)
def list_members(call: Call) -> Answer:
    return call.page(list(_organisation(call).members), lambda one: accounts.account(call.links, one))


@routes.get("/orgs/{org}/members/{username}", Credentials.ANY)
def is_member(call: Call) -> Answer:
    if _user(call) in _organisation(call).members:
        return NO_CONTENT
    raise not_found("Not Found")


@routes.get("/orgs/{org}/teams", Credentials.ANY)
def list_teams(call: Call) -> Answer:
    return call.page(list(_organisation(call).teams.values()), lambda one: accounts.team(call.links, one))


@routes.get("/orgs/{org}/teams/{team_slug}", Credentials.ANY)
def get_team(call: Call) -> Answer:
    return ok(accounts.full_team(call.links, _team(call)))


@routes.get("/orgs/{org}/teams/{team_slug}/members", Credentials.ANY)
def list_team_members(call: Call) -> Answer:
    return call.page(_team(call).all_members(), lambda one: accounts.account(call.links, one))


@routes.get("/orgs/{org}/teams/{team_slug}/memberships/{username}", Credentials.ANY)
def get_membership(call: Call) -> Answer:
    team, user = _team(call), _user(call)
    if user not in team.all_members():
        raise not_found("Not Found")
    role = "maintainer" if user in team.maintainers else "member"
    url = f"{call.links.team(team)}/memberships/{user.login}"
    return ok({"url": url, "role": role, "state": "active"})


@routes.get("/rate_limit", Credentials.NONE)
def get_rate_limit(call: Call) -> Answer:
    """Return the remaining limits; the request itself is free."""
    resources: dict[str, Any] = {name: limit.json() for name, limit in call.limits.all_limits(call.caller).items()}
    return ok({"resources": resources, "rate": resources["core"]})


def _organisation(call: Call) -> Organisation:
    found = call.github.accounts.get(call.parameters["org"].lower())
    if not isinstance(found, Organisation):
        raise not_found("Not Found")
    return found


def _team(call: Call) -> Team:
    found = _organisation(call).teams.get(call.parameters["team_slug"])
    if found is None:
        raise not_found("Not Found")
    return found


def _user(call: Call) -> User:
    found = call.github.find_account(call.parameters["username"])
    if not isinstance(found, User):
        raise not_found("Not Found")
    return found
