"""What people did against a version is written down when it is first seen: a revert, a closed promotion.

GitHub shows only the latest of the past: a hundred later commits to a shared file hide a revert, and pull requests of forks
push a closed one out of sight. A deed becomes a rejection on `gitops-state`, once, in its environment; `/rollback` itself
records what it rejects elsewhere. Bringing the version back becomes an acceptance there, for that is forgotten as well.

What is written: deeds against versions that could still come, those that the order does not place below the present one.
What is kept: the newest rejections, and of the older ones those that could still come. So a rejection is forgotten only
where fifty newer ones stand beside it and the environment has gone past its version; and there are never more than 500,
about 100 KB.

Race accepted: what was done and hidden while the bot was away is not seen.
"""

from collections.abc import Iterator

from bot.core.history.rejections import brought, done_against, said_against
from bot.core.plan import LONGEST_HEADLINE, Message, WriteState
from bot.core.policy import Application, Mode, Policy
from bot.core.records.entries import Acceptance, Rejection
from bot.core.records.environment import REMEMBERED, EnvironmentRecords, file_name
from bot.core.state import EnvironmentState, State
from bot.core.values.text import plain
from bot.core.values.version import Version
from bot.core.versions.newer import relation
from bot.core.versions.tags import Comparison

MOST = 500


def write_down(policy: Policy, state: State) -> tuple[WriteState, ...]:
    """Record what was done since the last look; nothing where all of it is on record."""
    application = policy.applications[state.application]
    files: dict[str, str] = {}
    told: list[str] = []
    for environment in policy.environments.values():
        name = environment.name
        if state.records.closed(name) or policy.mode_of(application, environment) is Mode.OBSERVE:
            continue
        done, back = tuple(_done(application, state, name)), tuple(_brought_back(application, state, name))
        if done or back:
            files[file_name(name)] = _changed(application, state, name, done, back).text()
            told += [f"{each.version.name} is not wanted in {name}: {each.how}" for each in done]
            told += [
                f"{each.version.name} is wanted again in {name}: {each.by or 'somebody'} brought it" for each in back
            ]
    return (WriteState(state.state_oid, files, _message(application, told)),) if files else ()


def _done(application: Application, state: State, environment: str) -> Iterator[Rejection]:
    here = state.environments[environment]
    for version in _concerned(here):
        if not _could_come(application, state, here, version):
            continue
        if said_against(application, state, environment, version):
            continue
        found = done_against(application, state, environment, version)
        if found:
            yield Rejection(tag=version.tag, digests=version.told_by, by=found.by, deed=found.how, at=found.at)


def _brought_back(application: Application, state: State, environment: str) -> Iterator[Acceptance]:
    """The versions that came since they were rejected."""
    for rejection in state.records.of(environment).rejected.get(application.name, ()):
        came = brought(state.environments[environment], rejection.version)
        if came is not None and came.at > rejection.at:
            yield Acceptance(tag=rejection.tag, digests=rejection.digests, by=came.by.login, at=came.at)


def _concerned(here: EnvironmentState) -> tuple[Version, ...]:
    """The versions that something may have been done against: those that left, and those of closed promotions."""
    left = [arrival.version for arrival in here.arrivals[1:]]
    closed = [past.version for past in here.past if past.by_person]
    return tuple(
        dict.fromkeys(version for version in (*left, *closed) if version and not version.is_same(here.version))
    )


def _could_come(application: Application, state: State, here: EnvironmentState, version: Version) -> bool:
    return here.version is None or relation(application, state, version=version, to=here.version) in (
        Comparison.NEWER,
        Comparison.UNKNOWN,
    )


def _changed(
    application: Application,
    state: State,
    environment: str,
    done: tuple[Rejection, ...],
    back: tuple[Acceptance, ...],
) -> EnvironmentRecords:
    records, name = state.records.of(environment), application.name
    for acceptance in back:
        records = records.with_acceptance(name, acceptance)
    for rejection in done:
        records = records.with_rejection(name, rejection)
    here = state.environments[environment]
    oldest_first = sorted(records.rejected.get(name, ()), key=lambda each: each.at)
    passed = [each for each in oldest_first[:-REMEMBERED] if not _could_come(application, state, here, each.version)]
    kept = tuple(each for each in oldest_first if each not in passed)[-MOST:]
    return records.model_copy(update={"rejected": {**records.rejected, name: kept}})


def _message(application: Application, told: list[str]) -> Message:
    first = plain(f"{application.name} {told[0].partition(':')[0]}")[:LONGEST_HEADLINE]
    return Message(first, "\n".join(f"- {plain(each)}" for each in told))
