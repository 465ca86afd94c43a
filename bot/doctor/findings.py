"""What a check says: one sentence on what was seen, one on what to do, and the page where to do it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """good: nothing to do. problem: something to do. unchecked: unknown, because the check failed."""

    GOOD = "good"
    PROBLEM = "problem"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one check.

    name: what is wrong, in a few words with hyphens; it never changes, so that scripts can look for it. subject: what it is
    about, such as a repository or a registry; '' for this server. seen: without secrets. remedy: '' if there is nothing to
    do. link: a page of GitHub or of the documentation, '' for none.
    """

    name: str
    status: Status
    seen: str
    remedy: str = ""
    link: str = ""
    subject: str = ""

    def as_json(self) -> Mapping[str, str]:
        """Return the finding for `--json`."""
        return {
            "name": self.name,
            "status": self.status.value,
            "subject": self.subject,
            "seen": self.seen,
            "remedy": self.remedy,
            "link": self.link,
        }


def good(name: str, seen: str, *, subject: str = "") -> Finding:
    """Return that there is nothing to do."""
    return Finding(name, Status.GOOD, seen, subject=subject)


def problem(name: str, seen: str, remedy: str, *, link: str = "", subject: str = "") -> Finding:
    """Return that there is something to do."""
    return Finding(name, Status.PROBLEM, seen, remedy, link, subject)


def unchecked(name: str, seen: str, remedy: str = "", *, link: str = "", subject: str = "") -> Finding:
    """Return a finding that this could not be checked."""
    return Finding(name, Status.UNCHECKED, seen, remedy, link, subject)


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 1 if there is something to do, else 2 if something could not be checked, else 0."""
    statuses = {finding.status for finding in findings}
    if Status.PROBLEM in statuses:
        return 1
    return 2 if Status.UNCHECKED in statuses else 0
