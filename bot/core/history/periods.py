"""How long a version stood in an environment, and what was reported about it there.

A stay is one unbroken time as the current version. Reports count on the commit that brought the version and on every
later one at which the environment still holds it, because Argo CD and Flux report on the head that they synced.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.core.observation.commits import Commit, Outcome, Report
from bot.core.state import EnvironmentState, State
from bot.core.values.version import Version


@dataclass(frozen=True, slots=True)
class Stay:
    """One unbroken time of a version in an environment. until: None while it lasts.

    successor: the version it was left for: the next one that could be read, None where there is none.
    commits: those at which the environment held it, as far as they were observed, newest first.
    """

    version: Version
    since: datetime
    until: datetime | None
    successor: Version | None
    commits: tuple[Commit, ...]


def stays(state: State, environment: EnvironmentState, version: Version) -> tuple[Stay, ...]:
    """Every stay of the version, newest first. It is asked for by every gate and version: only these are put together."""
    return tuple(
        _stay(state, environment, position, arrival.version)
        for position, arrival in enumerate(environment.arrivals)
        if arrival.version is not None and arrival.version.is_same(version)
    )


def all_stays(state: State, environment: EnvironmentState) -> Iterator[Stay]:
    """Every stay of every version that could be read, newest first."""
    for position, arrival in enumerate(environment.arrivals):
        if arrival.version is not None:
            yield _stay(state, environment, position, arrival.version)


def _stay(state: State, environment: EnvironmentState, position: int, version: Version) -> Stay:
    """The one that began with the arrival at this position."""
    arrival, later = environment.arrivals[position], environment.arrivals[:position]
    left = later[-1] if later else None
    return Stay(
        version=version,
        since=arrival.since,
        until=left.at if left else None,
        successor=next((each.version for each in reversed(later) if each.version is not None), None),
        commits=_commits(state, since=arrival.commit, until=left.commit if left else None),
    )


def newest_report(stay: Stay, context: str) -> Report | None:
    """The newest report of this context during the stay: by its time, or by its commit where GitHub names no time."""
    reports = _reports(stay, context)
    timed = [(report.at, report) for report in reports if report.at is not None]
    if len(timed) < len(reports):
        return reports[0]
    return max(timed, key=lambda each: each[0])[1] if timed else None


def first_success(stay: Stay, context: str) -> datetime | None:
    """When the context first reported success during the stay."""
    times = [report.at or stay.since for report in _reports(stay, context) if report.outcome is Outcome.SUCCESS]
    return max(min(times), stay.since) if times else None


def _reports(stay: Stay, context: str) -> tuple[Report, ...]:
    """Those of the newest commit first."""
    return tuple(report for commit in stay.commits for report in commit.reports if report.name == context)


def _commits(state: State, *, since: str, until: str | None) -> tuple[Commit, ...]:
    """The observed commits from `since` (included) up to `until` (excluded), newest first."""
    oids = [commit.oid for commit in state.recent]
    start = oids.index(until) + 1 if until in oids else 0
    if until is not None and until not in oids:
        start = len(oids)
    end = oids.index(since) + 1 if since in oids else len(oids)
    own = state.commits.get(since)
    introduced = (own,) if own is not None and since not in oids else ()
    return (*state.recent[start:end], *introduced)
