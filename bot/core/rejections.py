"""Which versions are not wanted where, and since when: what people said, and what they did.

Said: `/rollback` and `/reject`, recorded on `gitops-state`. Done: setting the environment back to an older version by
revert or by hand, and closing a promotion. What is brought back afterwards is wanted again, and so is what `/unreject`
accepts: its record outlives the deed that it lifts.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.core.ordering import is_newer
from bot.core.policy import Application
from bot.core.state import EnvironmentState, State
from bot.core.version import Version


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Why a version is not wanted. how: a phrase such as `rejected by alice`; reason: what they said, or ''."""

    how: str
    reason: str
    at: datetime


def unwanted(application: Application, state: State, environment: str, version: Version) -> Unwanted | None:
    """Why this version is not wanted in this environment, None where nothing speaks against it."""
    here = state.environments[environment]
    arrived = max((arrival.at for arrival in here.arrivals if version.is_same(arrival.version)), default=None)
    said = _recorded(application, state, here, version, arrived)
    if said is not None:
        return said
    done = (_left_for_older(application, state, here, version), _closed_by_person(here, version, arrived))
    acceptances = state.records.of(environment).accepted.get(application.name, ())
    accepted = max((each.at for each in acceptances if each.version.is_same(version)), default=None)
    return next((deed for deed in done if deed and (accepted is None or deed.at > accepted)), None)


def _recorded(
    application: Application, state: State, here: EnvironmentState, version: Version, arrived: datetime | None
) -> Unwanted | None:
    for rejection in state.records.of(here.name).rejected.get(application.name, ()):
        if rejection.version.is_same(version) and (arrived is None or arrived <= rejection.at):
            return Unwanted(f"rejected by {rejection.by}", rejection.reason, rejection.at)
    return None


def _left_for_older(
    application: Application, state: State, here: EnvironmentState, version: Version
) -> Unwanted | None:
    """What came after its latest stay is older; a moment in which no single version could be read is passed over."""
    readable = [(arrival, arrival.version) for arrival in here.arrivals if arrival.version is not None]
    latest = next((position for position, (_, held) in enumerate(readable) if version.is_same(held)), 0)
    if latest == 0:
        return None
    after, instead = readable[latest - 1]
    if not is_newer(application, state, version=version, than=instead):
        return None
    return Unwanted(f"replaced by the older {instead} by {after.by.login or 'somebody'}", "", after.at)


def _closed_by_person(here: EnvironmentState, version: Version, arrived: datetime | None) -> Unwanted | None:
    for past in here.past:
        if past.by_person and version.is_same(past.version) and (arrived is None or arrived < past.closed_at):
            return Unwanted(f"pull request #{past.number} was closed by a person", "", past.closed_at)
    return None
