"""Repositories in full and in lists."""

from typing import Any

from bot.simulator.github.model.accounts.accounts import AccountKind, Role, User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.views.accounts import account, moment
from bot.simulator.github.views.links import Links

Json = dict[str, Any]

COLLECTIONS = {
    "forks": "forks",
    "keys": "keys{/key_id}",
    "collaborators": "collaborators{/collaborator}",
    "teams": "teams",
    "hooks": "hooks",
    "issue_events": "issues/events{/number}",
    "events": "events",
    "assignees": "assignees{/user}",
    "branches": "branches{/branch}",
    "tags": "tags",
    "blobs": "git/blobs{/sha}",
    "git_tags": "git/tags{/sha}",
    "git_refs": "git/refs{/sha}",
    "trees": "git/trees{/sha}",
    "statuses": "statuses/{sha}",
    "languages": "languages",
    "stargazers": "stargazers",
    "contributors": "contributors",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "commits": "commits{/sha}",
    "git_commits": "git/commits{/sha}",
    "comments": "comments{/number}",
    "issue_comment": "issues/comments{/number}",
    "contents": "contents/{+path}",
    "compare": "compare/{base}...{head}",
    "merges": "merges",
    "archive": "{archive_format}{/ref}",
    "downloads": "downloads",
    "issues": "issues{/number}",
    "pulls": "pulls{/number}",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "labels": "labels{/name}",
    "releases": "releases{/id}",
    "deployments": "deployments",
}
"""A repository's collections: field → URI template below the repository's address."""


def repository(links: Links, one: CodeRepository) -> Json:
    """Return the form of a repository inside other objects, in lists and in webhooks."""
    url, page = links.repository(one), links.repository_page(one)
    host = links.html.partition("://")[2]
    open_issues = one.count_open()
    return {
        "id": one.id,
        "node_id": one.node_id,
        "name": one.name,
        "full_name": one.full_name,
        "private": one.visibility is not Visibility.PUBLIC,
        "owner": account(links, one.owner),
        "html_url": page,
        "description": one.description,
        "fork": one.parent is not None,
        "url": url,
        **{f"{name}_url": f"{url}/{path}" for name, path in COLLECTIONS.items()},
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "pushed_at": moment(one.pushed_at),
        "git_url": f"git://{host}/{one.full_name}.git",
        "ssh_url": f"git@{host}:{one.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": one.settings.has_issues,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": len(one.forks),
        "mirror_url": None,
        "archived": one.is_archived,
        "disabled": False,
        "open_issues_count": open_issues,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": one.visibility.value.lower(),
        "forks": len(one.forks),
        "open_issues": open_issues,
        "watchers": 0,
        "default_branch": one.default_branch,
    }


def permissions(role: Role) -> Json:
    """Return what a role allows, as REST lists it."""
    return {
        "admin": role >= Role.ADMIN,
        "maintain": role >= Role.MAINTAIN,
        "push": role >= Role.WRITE,
        "triage": role >= Role.TRIAGE,
        "pull": role >= Role.READ,
    }


def role_of(one: CodeRepository, viewer: User | None) -> Role:
    return Role.NONE if viewer is None else one.role_of(viewer)


def merge_settings(one: CodeRepository) -> Json:
    """Return how pull requests may be merged."""
    settings = one.settings
    return {
        "allow_squash_merge": settings.squash_merge_allowed,
        "allow_merge_commit": settings.merge_commit_allowed,
        "allow_rebase_merge": settings.rebase_merge_allowed,
        "allow_auto_merge": settings.auto_merge_allowed,
        "delete_branch_on_merge": settings.delete_branch_on_merge,
        "allow_update_branch": settings.allow_update_branch,
        "use_squash_pr_title_as_default": settings.squash_merge_commit_title == "PR_TITLE",
        "squash_merge_commit_title": settings.squash_merge_commit_title,
        "squash_merge_commit_message": settings.squash_merge_commit_message,
        "merge_commit_title": settings.merge_commit_title,
        "merge_commit_message": settings.merge_commit_message,
    }


def full_repository(links: Links, one: CodeRepository, *, role: Role) -> Json:
    """Return the form of `GET /repos/{owner}/{repo}` for a viewer with `role`."""
    shown = (
        repository(links, one)
        | merge_settings(one)
        | {
            "permissions": permissions(role),
            "network_count": len(one.forks),
            "subscribers_count": 0,
        }
    )
    if one.owner.kind is AccountKind.ORGANISATION:
        shown["organization"] = account(links, one.owner)
    if one.parent is not None:
        shown["parent"] = shown["source"] = repository(links, one.parent)
    return shown
