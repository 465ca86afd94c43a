"""How long a version stood in an environment, and what was reported about it there.

A stay is one unbroken time as the current version. Reports count on the commit that brought the version and on every
later one at which the environment still holds it, because Argo CD and Flux report on the head that they synced.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.core.observation import Commit, Outcome, Report
from bot.core.state import EnvironmentState, State
from bot.core.version import Version


@dataclass(frozen=True, slots=True)
class Stay:
    """One unbroken time of a version in an environment. until: None while it lasts. successor: what it was left for.

    commits: those at which the environment held it, as far as they were observed, newest first.
    """

    version: Version
    since: datetime
    until: datetime | None
    successor: Version | None
    commits: tuple[Commit, ...]


def stays(state: State, environment: EnvironmentState, version: Version) -> tuple[Stay, ...]:
    """Every stay of the version, newest first."""
    return tuple(stay for stay in all_stays(state, environment) if stay.version.is_same(version))


def all_stays(state: State, environment: EnvironmentState) -> Iterator[Stay]:
    """Every stay of every version that could be read, newest first."""
    arrivals = environment.arrivals
    for position, arrival in enumerate(arrivals):
        if arrival.version is not None:
            left = arrivals[position - 1] if position else None
            yield Stay(
                version=arrival.version,
                since=arrival.at,
                until=left.at if left else None,
                successor=left.version if left else None,
                commits=_commits(state, since=arrival.commit, until=left.commit if left else None),
            )


def newest_reports(stay: Stay, context: str) -> tuple[Report, ...]:
    """The newest report of this context during the stay, and all before it, newest first."""
    found = (report for commit in stay.commits for report in commit.reports if report.name == context)
    return tuple(found)


def first_success(stay: Stay, context: str) -> datetime | None:
    """When the context first reported success during the stay."""
    times = [report.at or stay.since for report in newest_reports(stay, context) if report.outcome is Outcome.SUCCESS]
    return max(min(times), stay.since) if times else None


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
