"""Reports on proposed policies, kept until GitHub accepts them, so that no policy is judged twice."""

from collections.abc import Iterable

from cachetools import LRUCache

from bot.core.plan import ReportCheck
from bot.core.repository.other_pull_requests import POLICY_CHECK

REMEMBERED = 1_000
"""Heads of pull requests."""


class Verdicts:
    """The reports of one repository."""

    def __init__(self) -> None:
        self._kept: LRUCache[str, ReportCheck | None] = LRUCache(REMEMBERED)

    def learn(self, heads: Iterable[str], reports: Iterable[ReportCheck]) -> None:
        """Add judged heads. A head without a report needs none."""
        found = {report.head_oid: report for report in reports if report.name == POLICY_CHECK}
        self._kept.update({head: found.get(head) for head in heads})

    def heads(self) -> frozenset[str]:
        """Return the judged heads."""
        return frozenset(self._kept)

    def reports(self, heads: Iterable[str]) -> tuple[ReportCheck, ...]:
        """Return the reports on these heads, if they were judged."""
        found = (self._kept.get(head) for head in heads)
        return tuple(report for report in found if report is not None)
