"""Which versions are not wanted where, and since when: what people said, and what they did.

Said: `/rollback` and `/reject`, recorded on `gitops-state`. Done: setting the environment back to an older version by
revert or by hand, and closing a promotion. What is brought back afterwards is wanted again, and so is what `/unreject`
accepts: its record outlives the deed that it lifts. `deeds` records what was done as well, for GitHub shows only so much
of the past.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.core.policy import Application
from bot.core.state import Arrival, EnvironmentState, State
from bot.core.values.version import Version
from bot.core.versions.newer import is_newer


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Why a version is not wanted. how: a phrase such as `rejected by alice`; reason: what they said, or ''.

    by: whose doing it was, '' where nobody knows.
    """

    how: str
    reason: str
    at: datetime
    by: str = ""


def unwanted(application: Application, state: State, environment: str, version: Version) -> Unwanted | None:
    """Why this version is not wanted in this environment, None where nothing speaks against it."""
    return said_against(application, state, environment, version) or done_against(
        application, state, environment, version
    )


def said_against(application: Application, state: State, environment: str, version: Version) -> Unwanted | None:
    """What stands on record against it, unless it was brought back since."""
    for rejection in state.records.of(environment).rejected.get(application.name, ()):
        if rejection.version.is_same(version):
            came = brought(state.environments[environment], version)
            if came is None or came.at <= rejection.at:
                return Unwanted(rejection.how, rejection.reason, rejection.at, rejection.by)
    return None


def done_against(application: Application, state: State, environment: str, version: Version) -> Unwanted | None:
    """What was seen to be done against it, unless it was accepted since."""
    here = state.environments[environment]
    deeds = (_left_for_older(application, state, here, version), _closed_by_person(here, version))
    acceptances = state.records.of(environment).accepted.get(application.name, ())
    accepted = max((each.at for each in acceptances if each.version.is_same(version)), default=None)
    return next((deed for deed in deeds if deed and (accepted is None or deed.at > accepted)), None)


def brought(here: EnvironmentState, version: Version) -> Arrival | None:
    """How the version last came here; None where that is not known, for what was there before is not."""
    known = here.arrivals if here.arrivals_complete else here.arrivals[:-1]
    return next((arrival for arrival in known if version.is_same(arrival.version)), None)


def _left_for_older(
    application: Application, state: State, here: EnvironmentState, version: Version
) -> Unwanted | None:
    """What came after its latest stay is older; a moment in which no single version could be read is passed over."""
    readable = [(arrival, arrival.version) for arrival in here.arrivals if arrival.version is not None]
    latest = next((position for position, (_, held) in enumerate(readable) if version.is_same(held)), 0)
    if latest == 0:
        return None
    (after, instead), (before, _) = readable[latest - 1], readable[latest]
    if not is_newer(application, state, version=version, than=instead):
        return None
    by = after.by.login or "somebody"
    where = f"#{after.pull}" if after.pull else after.commit[:7]
    # Who pushes a commit chooses its time: https://git-scm.com/docs/git-commit-tree#_commit_information
    at = max(after.at, before.at)
    return Unwanted(f"replaced by the older {instead} by {by} in {where}", "", at, after.by.login)


def _closed_by_person(here: EnvironmentState, version: Version) -> Unwanted | None:
    arrived = max((arrival.at for arrival in here.arrivals if version.is_same(arrival.version)), default=None)
    for past in here.past:
        if past.by_person and version.is_same(past.version) and (arrived is None or arrived < past.closed_at):
            return Unwanted(f"pull request #{past.number} was closed by a person", "", past.closed_at)
    return None
