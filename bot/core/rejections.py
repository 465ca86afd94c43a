"""Which versions are not wanted where, and since when: what people said, and what they did.

Said: `/rollback` and `/reject`, recorded on `gitops-state`. Done: setting the environment back to an older version by
revert or by hand, and closing a promotion. What is brought back afterwards is wanted again.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.core.ordering import is_newer
from bot.core.policy import Application
from bot.core.state import Arrival, EnvironmentState, State
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
    for rejection in state.records.of(environment).rejected.get(application.name, ()):
        if rejection.tag == version.tag:
            return Unwanted(f"rejected by {rejection.by}", rejection.reason, rejection.at)
    return _left_for_older(application, state, here, version) or _closed_by_person(here, version)


def _left_for_older(
    application: Application, state: State, here: EnvironmentState, version: Version
) -> Unwanted | None:
    for position, arrival in enumerate(here.arrivals):
        if arrival.version is None or not version.is_same(arrival.version):
            continue
        if position == 0:
            return None
        after = here.arrivals[position - 1]
        if after.version is not None and is_newer(application, state, version=version, than=after.version):
            return Unwanted(f"replaced by the older {after.version} by {_who(after)}", "", after.at)
        return None
    return None


def _closed_by_person(here: EnvironmentState, version: Version) -> Unwanted | None:
    arrived = max((arrival.at for arrival in here.arrivals if version.is_same(arrival.version)), default=None)
    for past in here.past:
        if past.by_person and version.is_same(past.version) and (arrived is None or arrived < past.closed_at):
            return Unwanted(f"pull request #{past.number} was closed by a person", "", past.closed_at)
    return None


def _who(arrival: Arrival) -> str:
    return arrival.by.login or "somebody"
