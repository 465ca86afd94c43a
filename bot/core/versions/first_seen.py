"""When the bot first saw a version: its own record on `gitops-state`, and never a time that a publisher wrote."""

from datetime import datetime, timedelta

from bot.core.policy import Application, Environment, Policy
from bot.core.state import State
from bot.core.values.version import Version


def first_seen(application: Application, state: State, version: Version) -> datetime | None:
    """Return when the bot recorded that the tag stood for all of these digests; None if it has not."""
    digests = dict(version.digests)
    if not all(image in digests for image in application.images):
        return None
    seen = (each for each in state.records.sightings(application.name, version.tag) if each.digests == digests)
    return min((each.at for each in seen), default=None)


def may_be_old_enough(application: Application, state: State, tag: str, *, until: datetime) -> bool:
    """Return whether the tag was recorded by then, whatever it stood for."""
    return any(each.at <= until for each in state.records.sightings(application.name, tag))


def grown_up(environment: Environment, now: datetime) -> datetime | None:
    """Return by when a version must have been seen to come to this environment now; None if any may come."""
    return now - environment.gates.min_age if environment.gates.min_age else None


def longest_age(policy: Policy) -> timedelta:
    """Return the longest age that an environment asks for; zero if none does."""
    return max((each.gates.min_age or timedelta() for each in policy.environments.values()), default=timedelta())
