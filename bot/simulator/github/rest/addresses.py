"""Addresses with ids and former names, and their redirects after a rename or transfer."""

import re
from collections.abc import Callable

from bot.simulator.github.model.accounts.accounts import Organisation
from bot.simulator.github.model.github import GitHub


def canonical(github: GitHub, method: str, path: str) -> str:
    """Return the documented path for an undocumented one that GitHub also serves; other paths are unchanged."""
    for pattern, rewrite in _ALIASES:
        found = re.fullmatch(pattern, path)
        if found is not None and (rewritten := rewrite(github, method, found)) is not None:
            return rewritten
    return path


def moved(github: GitHub, path: str) -> str | None:
    """Return the new path (by the repository's id) for one with a former name; None if nothing moved.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    found = re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)?", path)
    target = github.moved(found[1]) if found else None
    return f"/repositories/{target.id}{found[2] or ''}" if found and target else None


def _repository(github: GitHub, _: str, found: re.Match[str]) -> str | None:
    names = [one.full_name for one in github.repositories.values() if str(one.id) == found[1]]
    return f"/repos/{names[0]}{found[2] or ''}" if names else None


def _team(github: GitHub, _: str, found: re.Match[str]) -> str | None:
    for one in github.accounts.values():
        if isinstance(one, Organisation) and str(one.id) == found[1]:
            for team in one.teams.values():
                if str(team.id) == found[2]:
                    return f"/orgs/{one.login}/teams/{team.slug}{found[3] or ''}"
    return None


def _statuses(_: GitHub, method: str, found: re.Match[str]) -> str | None:
    return f"{found[1]}/commits/{found[2]}/statuses" if method == "GET" else None


def _ref(_: GitHub, method: str, found: re.Match[str]) -> str | None:
    return f"{found[1]}/git/ref/{found[2]}" if method == "GET" else None


_ALIASES: tuple[tuple[str, Callable[[GitHub, str, re.Match[str]], str | None]], ...] = (
    (r"/repositories/(\d+)(/.*)?", _repository),
    (r"/organizations/(\d+)/team/(\d+)(/.*)?", _team),
    (r"(/repos/[^/]+/[^/]+)/statuses/([^/]+)", _statuses),
    (r"(/repos/[^/]+/[^/]+)/git/refs/(.+)", _ref),
)
