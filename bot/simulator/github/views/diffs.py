"""Differences as text: in the form of `git diff`, and as mails for `git am`."""

from collections.abc import Iterable, Sequence
from email.utils import format_datetime

from bot.simulator.github.git.history import Change
from bot.simulator.github.model.code.repository import CodeRepository

MAILBOX = "Mon Sep 17 00:00:00 2001"
"""The constant date that git writes into every patch: https://git-scm.com/docs/git-format-patch#_description"""


def diff(changes: Iterable[Change]) -> str:
    """Return the difference of all files."""
    return "".join(change.text for change in changes)


def patches(repository: CodeRepository, commits: Sequence[str]) -> str:
    """Return one mail per commit, oldest first."""
    written = []
    for position, oid in enumerate(commits, 1):
        commit = repository.store.commit(oid)
        count = f" {position}/{len(commits)}" if len(commits) > 1 else ""
        changes = repository.history.changes(commit.parents[0] if commit.parents else None, oid)
        body = f"{commit.body}\n" if commit.body else ""
        written.append(
            f"From {oid} {MAILBOX}\nFrom: {commit.author.name} <{commit.author.email}>\n"
            f"Date: {format_datetime(commit.author.at)}\nSubject: [PATCH{count}] {commit.headline}\n\n{body}---\n"
            f"{diff(changes)}--\n2.39.5\n\n"
        )
    return "".join(written)
