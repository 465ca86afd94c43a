"""Addresses outside the API: diffs and patches, raw files, avatars. The demo serves pages for people."""

import re
from urllib.parse import unquote

from bot.simulator.github.access.auth import Caller
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Refused
from bot.simulator.github.rest.call import Answer
from bot.simulator.github.rest.resources.git import commit_of
from bot.simulator.github.views import diffs

NAME = r"/(?P<name>(?!repos/|users/|orgs/|app/)[^/]+/[^/]+)"
TEXT = "text/plain; charset=utf-8"
NOTHING = Answer(status=404, body=b"Not Found", media_type=TEXT)


def answer(github: GitHub, caller: Caller, path: str) -> Answer | None:
    """Answer a GET request; None for any other path."""
    if found := re.fullmatch(r"/avatars/u/(\w+)", path):
        return Answer(body=_avatar(found[1]).encode(), media_type="image/svg+xml; charset=utf-8")
    for pattern, serve in _PATHS.items():
        if found := re.fullmatch(NAME + pattern, path):
            repository = github.find_repository(found["name"])
            if repository is None or not caller.sees(repository):
                return NOTHING
            if not caller.allows(repository, "contents", Access.READ):
                return NOTHING
            try:
                content = serve(repository, {name: unquote(value) for name, value in found.groupdict().items()})
            except Refused:
                content = None
            return NOTHING if content is None else Answer(body=content, media_type=TEXT)
    return None


def _pull(repository: Repository, parts: dict[str, str]) -> bytes | None:
    found = repository.conversations.get(int(parts["number"]))
    if not isinstance(found, PullRequest):
        return None
    text = diffs.diff(found.changes()) if parts["kind"] == "diff" else diffs.patches(repository, found.commits())
    return text.encode()


def _commit(repository: Repository, parts: dict[str, str]) -> bytes:
    commit = commit_of(repository, parts["ref"])
    if parts["kind"] == "patch":
        return diffs.patches(repository, (commit.oid,)).encode()
    return diffs.diff(repository.history.changes(commit.parents[0] if commit.parents else None, commit.oid)).encode()


def _comparison(repository: Repository, parts: dict[str, str]) -> bytes | None:
    base, head = (commit_of(repository, parts[side]).oid for side in ("base", "head"))
    parted = repository.history.merge_base(base, head)
    if parted is None:
        return None
    if parts["kind"] == "patch":
        return diffs.patches(repository, repository.history.between(base, head)).encode()
    return diffs.diff(repository.history.changes(parted, head)).encode()


def _raw(repository: Repository, parts: dict[str, str]) -> bytes | None:
    """Return the file. A branch name may contain slashes: the longest existing one wins."""
    words = parts["rest"].split("/")
    for length in range(len(words) - 1, 0, -1):
        try:
            commit = commit_of(repository, "/".join(words[:length]))
        except Refused:
            continue
        return repository.store.file(commit.oid, "/".join(words[length:]))
    return None


_PATHS = {
    r"/pull/(?P<number>\d{1,9})\.(?P<kind>diff|patch)": _pull,
    r"/commit/(?P<ref>.+)\.(?P<kind>diff|patch)": _commit,
    r"/compare/(?P<base>.+)\.\.\.(?P<head>.+)\.(?P<kind>diff|patch)": _comparison,
    r"/raw/(?P<rest>.+)": _raw,
}


def _avatar(who: str) -> str:
    """Return a disc in a colour of the account's own, since no picture was uploaded."""
    hue = sum(who.encode()) * 47 % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
        f'<circle cx="20" cy="20" r="20" fill="hsl({hue} 45% 55%)"/></svg>'
    )
