"""Commits and what was reported on them: check runs and commit statuses."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Outcome(Enum):
    """What a check run or a commit status has come to; neutral and skipped count as success, as on GitHub.

    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
    """

    SUCCESS = "success"
    PENDING = "pending"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Report:
    """One check run or commit status: the newest of its name on its commit.

    app_id: the database id of the App that made a check run; None for a commit status.
    node_id: of the check run, so that it can be updated; None for a commit status.
    at: when it was completed, else started, else created; None when GitHub names no time. says: on a check run of ours, what
    its page is known by, since the page itself is not read.
    """

    name: str
    outcome: Outcome
    title: str
    url: str | None = None
    at: datetime | None = None
    app_id: int | None = None
    node_id: str | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and its reports. reports_complete is False where GitHub had more than one page of them.

    at: when it was made, as its committer says.
    """

    oid: str
    reports: tuple[Report, ...] = ()
    reports_complete: bool = True
    at: datetime | None = None
