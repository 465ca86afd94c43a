"""People, bots, organisations, teams, Apps and installations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.simulator.github.model.accounts.accounts import Account, AccountKind, Organisation, Team
from bot.simulator.github.model.accounts.apps import Access, App, Installation, RepositorySelection
from bot.simulator.github.views.links import Links, escaped

Json = dict[str, Any]


def moment(at: datetime) -> str:
    """Format a time as GitHub does: UTC, whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def optional_moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def account(links: Links, who: Account) -> Json:
    """Return the "simple user" form of any account, including an organisation as an owner."""
    url = links.account(who)
    return {
        "login": who.login,
        "id": who.id,
        "node_id": who.node_id,
        "avatar_url": links.avatar(who.id),
        "gravatar_id": "",
        "url": url,
        "html_url": links.account_page(who),
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": who.kind.value,
        "user_view_type": "public",
        "site_admin": False,
    }


def optional_account(links: Links, who: Account | None) -> Json | None:
    return None if who is None else account(links, who)


def public_user(links: Links, who: Account) -> Json:
    """Return the form of `GET /users/{username}` and `GET /user`."""
    profile = dict.fromkeys(("company", "location", "email", "hireable", "bio"))
    return (
        account(links, who)
        | profile
        | {
            "name": who.name,
            "blog": "",
            "twitter_username": None,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": moment(who.created_at),
            "updated_at": moment(who.created_at),
        }
    )


def simple_organisation(links: Links, organisation: Organisation) -> Json:
    """Return the form of an organisation in webhooks and lists."""
    url = links.organisation(organisation)
    return {
        "login": organisation.login,
        "id": organisation.id,
        "node_id": organisation.node_id,
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": links.avatar(organisation.id),
        "description": "",
    }


def organisation(links: Links, one: Organisation) -> Json:
    """Return the form of `GET /orgs/{org}`."""
    return simple_organisation(links, one) | {
        "name": one.name or one.login,
        "html_url": links.account_page(one),
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": moment(one.created_at),
        "updated_at": moment(one.created_at),
        "archived_at": None,
        "type": AccountKind.ORGANISATION.value,
    }


def simple_team(links: Links, team: Team) -> Json:
    """Return the form of a team inside other objects."""
    url = links.team(team)
    return {
        "id": team.id,
        "node_id": team.node_id,
        "name": team.name,
        "slug": team.slug,
        "description": team.description,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "url": url,
        "html_url": f"{links.html}/orgs/{team.organisation.login}/teams/{team.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": team.organisation.id,
        "permission": "pull",
    }


def team(links: Links, one: Team) -> Json:
    """Return the form of a team in lists."""
    return simple_team(links, one) | {"parent": simple_team(links, one.parent) if one.parent else None}


def full_team(links: Links, one: Team) -> Json:
    """Return the form of `GET /orgs/{org}/teams/{team_slug}`."""
    return team(links, one) | {
        "members_count": len(one.members),
        "repos_count": 0,
        "created_at": moment(one.organisation.created_at),
        "updated_at": moment(one.organisation.created_at),
        "organization": organisation(links, one.organisation),
    }


def permissions(granted: Mapping[str, Access]) -> dict[str, str]:
    """Return permissions as `{"contents": "write"}`."""
    return {name: access.name.lower() for name, access in granted.items() if access is not Access.NONE}


def app(links: Links, one: App) -> Json:
    """Return the form of an App in check runs and in `performed_via_github_app`."""
    return {
        "id": one.id,
        "slug": one.slug,
        "client_id": one.client_id,
        "node_id": one.node_id,
        "owner": account(links, one.owner),
        "name": one.name,
        "description": one.description,
        "external_url": one.external_url or links.app_page(one),
        "html_url": links.app_page(one),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.created_at),
        "permissions": permissions(one.permissions),
        "events": list(one.events),
    }


def installation(links: Links, one: Installation) -> Json:
    """Return the form of an installation in the API and in its webhooks."""
    return {
        "id": one.id,
        "client_id": one.app.client_id,
        "account": account(links, one.account),
        "repository_selection": one.selection.value,
        "access_tokens_url": f"{links.api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{links.api}/installation/repositories",
        "html_url": f"{links.html}/{_settings_of(one.account)}/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.kind.value,
        "permissions": permissions(one.permissions),
        "events": list(one.events),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": optional_account(links, one.suspended_by),
        "suspended_at": optional_moment(one.suspended_at),
    }


def covers_all(one: Installation) -> bool:
    return one.selection is RepositorySelection.ALL


def _settings_of(owner: Account) -> str:
    if owner.kind is AccountKind.ORGANISATION:
        return f"organizations/{escaped(owner.login)}/settings"
    return "settings"
