"""Periods: how long an environment held a version without interruption, and what was reported during that time.

A report counts if it is on the commit that introduced the version, or on a later commit at which the environment still
holds it: Argo CD and Flux report on the head that they synced.

GitHub sorts the history by the dates of the commits, which their authors chose, so an older commit may stand before the one
that introduced the version. Or that one is missing: it is older than those that were read, or a force push removed it. So a
report from before the version came counts only on the commit that introduced it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.observation.commits import Commit, Outcome, Report
from bot.core.state import Arrival, EnvironmentState, State
from bot.core.values.version import Version


@dataclass(frozen=True, slots=True)
class Period:
    """An uninterrupted time of one version in an environment. until: None while it lasts.

    successor: the next readable version after it, None if there is none. commits: the observed commits at which the
    environment held the version, newest first.
    """

    version: Version
    since: datetime
    until: datetime | None
    successor: Version | None
    commits: tuple[Commit, ...]


def periods_of(state: State, environment: EnvironmentState, version: Version) -> tuple[Period, ...]:
    """Return every period of this version, newest first.

    Gates call this for each version, so no other period is built.
    """
    return tuple(
        _period(state, environment, position, arrival.version)
        for position, arrival in enumerate(environment.arrivals)
        if arrival.version is not None and arrival.version.is_same(version)
    )


def all_periods(state: State, environment: EnvironmentState) -> Iterator[Period]:
    """Yield the periods of all readable versions, newest first."""
    for position, arrival in enumerate(environment.arrivals):
        if arrival.version is not None:
            yield _period(state, environment, position, arrival.version)


def _period(state: State, environment: EnvironmentState, position: int, version: Version) -> Period:
    """Build the period that began with the arrival at this position."""
    arrival, later = environment.arrivals[position], environment.arrivals[:position]
    left = later[-1] if later else None
    return Period(
        version=version,
        since=arrival.since,
        until=left.at if left else None,
        successor=next((each.version for each in reversed(later) if each.version is not None), None),
        commits=_commits(state, environment.arrivals[position:], until=left.commit if left else None),
    )


def newest_report(period: Period, context: str) -> Report | None:
    """Return the newest report of this context in the period: by time, or by commit if GitHub returns no times."""
    reports = _reports(period, context)
    timed = [(report.at, report) for report in reports if report.at is not None]
    if len(timed) < len(reports):
        return reports[0]
    return max(timed, key=lambda each: each[0])[1] if timed else None


def first_success(period: Period, context: str) -> datetime | None:
    """Return when the context first reported success in the period, None if it did not."""
    times = [report.at or period.since for report in _reports(period, context) if report.outcome is Outcome.SUCCESS]
    return max(min(times), period.since) if times else None


def _reports(period: Period, context: str) -> tuple[Report, ...]:
    """Return the reports of this context, those of the newest commit first."""
    return tuple(report for commit in period.commits for report in commit.reports if report.name == context)


def _commits(state: State, arrivals: Sequence[Arrival], *, until: str | None) -> tuple[Commit, ...]:
    """Return the observed commits from the first arrival (inclusive) to `until` (exclusive), newest first.

    arrivals: that one, and those before it, newest first.
    """
    oids, since = [commit.oid for commit in state.recent], arrivals[0].commit
    own = state.commits.get(since)
    start = oids.index(until) + 1 if until in oids else 0
    if until is not None and until not in oids:
        start = len(oids)
    if since in oids:
        end, own = oids.index(since), state.recent[oids.index(since)]
    else:
        end = next((oids.index(before.commit) for before in arrivals[1:2] if before.commit in oids), len(oids))
    later = (_without_older(commit, arrivals[0].at) for commit in state.recent[start:end])
    return (*later, *([own] if own is not None else []))


def _without_older(commit: Commit, since: datetime) -> Commit:
    """Return the commit without the reports from before a time."""
    reports = tuple(report for report in commit.reports if report.at is None or report.at >= since)
    return commit if reports == commit.reports else replace(commit, reports=reports)
