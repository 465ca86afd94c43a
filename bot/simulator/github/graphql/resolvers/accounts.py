"""Resolvers of people, organisations, teams and Apps."""

from bot.simulator.github.graphql.context import Info, Resolvers, always, context
from bot.simulator.github.graphql.ordering import Order, ordered
from bot.simulator.github.graphql.paging import Page, paginate
from bot.simulator.github.model.accounts.accounts import Account, Organisation, OrganisationRole, Team, User
from bot.simulator.github.model.accounts.apps import App, Bot
from bot.simulator.github.model.repository import Repository


def path_of(account: Account) -> str:
    """Return the path of an account's page."""
    return f"/apps/{account.app.slug}" if isinstance(account, Bot) else f"/{account.login}"


def _page_of(account: Account, info: Info) -> str:
    return context(info).html + path_of(account)


def _avatar(account: Account, info: Info, size: int | None = None) -> str:
    return f"{context(info).html}/avatars/u/{account.id}?v=4" + (f"&s={size}" if size else "")


def visible_repositories(info: Info, owner: Account) -> list[Repository]:
    """Return the account's repositories that the viewer can see."""
    request = context(info)
    return [
        found for found in request.github.repositories.values() if found.owner is owner and request.viewer.sees(found)
    ]


def _repositories(owner: Account, info: Info, order_by: Order | None = None, **bounds: object) -> Page:
    return paginate(info, ordered(visible_repositories(info, owner), order_by), bounds)


def _repository(owner: Account, info: Info, name: str) -> Repository | None:
    request = context(info)
    found = request.github.find_repository(f"{owner.login}/{name}")
    return found if found is not None and request.viewer.sees(found) else None


def _teams(organisation: Organisation, info: Info, query: str | None = None, **bounds: object) -> Page:
    found = [team for team in organisation.teams.values() if query is None or query.lower() in team.name.lower()]
    return paginate(info, found, bounds)


def _team(organisation: Organisation, info: Info, slug: str) -> Team | None:
    if not _may_see_teams(organisation, info):
        return None
    return organisation.teams.get(slug.lower())


def _may_see_teams(organisation: Organisation, info: Info) -> bool:
    viewer = context(info).viewer
    if viewer.installation is not None:
        return viewer.installation.account is organisation and "members" in viewer.permissions
    return viewer.actor in organisation.members


def _members(
    team: Team, info: Info, membership: str = "ALL", query: str | None = None, role: str | None = None,
    **bounds: object,
) -> Page:  # fmt: skip
    chosen = {"ALL": team.all_members(), "IMMEDIATE": team.members}.get(membership)
    found = chosen if chosen is not None else [user for user in team.all_members() if user not in team.members]
    found = [user for user in found if query is None or query.lower() in user.login.lower()]
    found = [user for user in found if role is None or (user in team.maintainers) == (role == "MAINTAINER")]
    pairs = [(user, "MAINTAINER" if user in team.maintainers else "MEMBER") for user in found]
    return paginate(info, pairs, bounds, first_of)


def first_of(pair: object) -> object:
    """Return the node of an item that is a pair of a node and an edge's field."""
    return pair[0]  # type: ignore[index] # only given to lists of pairs


def _organisation_members(organisation: Organisation, info: Info, **bounds: object) -> Page:
    pairs = [(user, role.name) for user, role in organisation.members.items()]
    return paginate(info, pairs, bounds, first_of)


_ACCOUNT = {
    "id": lambda account, _: account.node_id,
    "databaseId": lambda account, _: account.id,
    "url": _page_of,
    "resourcePath": lambda account, _: path_of(account),
    "avatarUrl": _avatar,
    "updatedAt": lambda account, _: account.created_at,
}

RESOLVERS: Resolvers = {
    "User": {
        **_ACCOUNT,
        "isViewer": lambda user, info: context(info).viewer.actor is user,
        "email": always(""),  # no membership is public
        "repository": _repository,
        "repositories": _repositories,
    },
    "Bot": {**_ACCOUNT, "login": lambda bot, _: bot.graphql_login},
    "Organization": {
        **_ACCOUNT,
        "description": always(None),
        "team": _team,
        "teams": _teams,
        "membersWithRole": _organisation_members,
        "repository": _repository,
        "repositories": _repositories,
        "viewerIsAMember": lambda organisation, info: context(info).viewer.actor in organisation.members,
        "viewerCanAdminister": lambda organisation, info: (
            organisation.members.get(context(info).viewer.actor) is OrganisationRole.ADMIN
        ),
    },
    "Team": {
        "id": lambda team, _: team.node_id,
        "databaseId": lambda team, _: team.id,
        "url": lambda team, info: f"{context(info).html}/orgs/{team.organisation.login}/teams/{team.slug}",
        "resourcePath": lambda team, _: f"/orgs/{team.organisation.login}/teams/{team.slug}",
        "organization": lambda team, _: team.organisation,
        "parentTeam": lambda team, _: team.parent,
        "childTeams": lambda team, info, **bounds: paginate(info, team.children, bounds),
        "members": _members,
        "privacy": always("VISIBLE"),
    },
    "TeamMemberEdge": {"role": lambda edge, _: edge.item[1]},
    "OrganizationMemberEdge": {"role": lambda edge, _: edge.item[1]},
    "App": {
        "id": lambda app, _: app.node_id,
        "databaseId": lambda app, _: app.id,
        "description": always(None),
        "updatedAt": lambda app, _: app.created_at,
        "url": lambda app, info: f"{context(info).html}/apps/{app.slug}",
    },
}

TYPES: dict[type, str] = {User: "User", Bot: "Bot", Organisation: "Organization", Team: "Team", App: "App"}
