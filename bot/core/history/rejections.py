"""Rejected versions of an environment: rejected by a command, or by an action of a person.

Commands: `/rollback` and `/reject`, recorded on `gitops-state`. Actions: setting the environment back to an older
version, by revert or by hand, and closing a promotion. Bringing the version back afterwards lifts either, and so does
`/unreject`: its record outlives the action that it lifts. GitHub shows only the recent past, so `reverts.py` records
actions as well.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.core.observation.actors import Actor
from bot.core.policy import Application
from bot.core.records.entries import author_of
from bot.core.state import Arrival, EnvironmentState, State
from bot.core.values.version import Version
from bot.core.versions.newer import is_newer


@dataclass(frozen=True, slots=True)
class RejectionReason:
    """Why a version is rejected. how: a phrase such as `rejected by alice`; reason: the person's words, or ''.

    by: who rejected it; None if unknown.
    """

    how: str
    reason: str
    at: datetime
    by: Actor | None = None


def rejection_of(application: Application, state: State, environment: str, version: Version) -> RejectionReason | None:
    """Return why this version is rejected in this environment, None if it is not."""
    return recorded_rejection(application, state, environment, version) or observed_rejection(
        application, state, environment, version
    )


def recorded_rejection(
    application: Application, state: State, environment: str, version: Version
) -> RejectionReason | None:
    """Return the recorded rejection, unless the version was brought back after it."""
    for rejection in state.records.of(environment).rejected.get(application.name, ()):
        if rejection.version.is_same(version):
            came = latest_arrival(state.environments[environment], version)
            if came is None or came.at <= rejection.at:
                return RejectionReason(rejection.how, rejection.reason, rejection.at, author_of(rejection))
    return None


def observed_rejection(
    application: Application, state: State, environment: str, version: Version
) -> RejectionReason | None:
    """Return the action that rejected it, unless the version was accepted after it."""
    here = state.environments[environment]
    actions = (_left_for_older(application, state, here, version), _closed_by_person(here, version))
    acceptances = state.records.of(environment).accepted.get(application.name, ())
    accepted = max((each.at for each in acceptances if each.version.is_same(version)), default=None)
    return next((each for each in actions if each and (accepted is None or each.at > accepted)), None)


def latest_arrival(here: EnvironmentState, version: Version) -> Arrival | None:
    """Return how the version last arrived here; None if the history does not show it, such as for the oldest entry."""
    known = here.arrivals if here.arrivals_complete else here.arrivals[:-1]
    return next((arrival for arrival in known if version.is_same(arrival.version)), None)


def _left_for_older(
    application: Application, state: State, here: EnvironmentState, version: Version
) -> RejectionReason | None:
    """Return the rejection if an older version followed its latest period. Unreadable moments between are skipped."""
    readable = [(arrival, arrival.version) for arrival in here.arrivals if arrival.version is not None]
    latest = next((position for position, (_, held) in enumerate(readable) if version.is_same(held)), 0)
    if latest == 0:
        return None
    (after, instead), (before, _) = readable[latest - 1], readable[latest]
    if not is_newer(application, state, version=version, than=instead):
        return None
    by = after.by.login or "somebody"
    where = f"#{after.pull}" if after.pull else after.commit[:7]
    # The pusher chooses a commit's time: https://git-scm.com/docs/git-commit-tree#_commit_information
    at = max(after.at, before.at)
    return RejectionReason(f"replaced by the older {instead} by {by} in {where}", "", at, after.by)


def _closed_by_person(here: EnvironmentState, version: Version) -> RejectionReason | None:
    closed = [past for past in here.past if past.by_person and version.is_same(past.version)]
    if not closed:
        return None
    arrived = max((arrival.at for arrival in here.arrivals if version.is_same(arrival.version)), default=None)
    for past in closed:
        if (arrived is None or arrived < past.closed_at) and not _ran(here, version, past.closed_at):
            return RejectionReason(
                f"pull request #{past.number} was closed by a person", "", past.closed_at, past.ended_by
            )
    return None


def _ran(here: EnvironmentState, version: Version, at: datetime) -> bool:
    """Return whether the version ran there already. A promotion to it offered nothing: somebody took the bot's commits off."""
    running = next((arrival.version for arrival in here.arrivals if arrival.at <= at), None)
    return running is not None and version.is_same(running)
