"""Commits, and their check runs and commit statuses."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Outcome(Enum):
    """The result of a check run or commit status. As on GitHub, neutral and skipped count as success.

    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
    """

    SUCCESS = "success"
    PENDING = "pending"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Report:
    """A check run or commit status: the newest of its name on its commit.

    app_id: the database id of the App that created a check run; a commit status has one only if a rule asks for its App.
    node_id: the check run's, to update it; None for a commit status. at: when it completed, else started, else was
    created; None if GitHub returns no time. says: for the bot's own check runs, the fingerprint of their page, because
    the page itself is not read. since: when a check run started. asked_again: somebody pressed "Re-run" on a completed
    check run, or on its suite.
    """

    name: str
    outcome: Outcome
    title: str
    url: str | None = None
    at: datetime | None = None
    app_id: int | None = None
    node_id: str | None = None
    says: str = ""
    since: datetime | None = None
    asked_again: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and its reports. reports_complete: False if GitHub has more of them than were read.

    at: the committer date, which the committer chose.
    """

    oid: str
    reports: tuple[Report, ...] = ()
    reports_complete: bool = True
    at: datetime | None = None
