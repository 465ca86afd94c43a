"""Record what people did against a version when the bot first sees it: a revert, or a closed promotion.

GitHub shows only the recent past: a hundred later commits to a shared file hide a revert, and pull requests of forks
push a closed one out of the list. Such an action becomes a rejection on `gitops-state`, once, in its environment;
`/rollback` records what it rejects itself. Bringing the version back is recorded as an acceptance for the same reason.

Recorded are rejections of versions that could still become a candidate: the order does not place them below the present
version. Kept are the newest rejections, and older ones of versions that could still become a candidate. A rejection is
dropped only if fifty newer ones exist and the environment has passed its version. There are never more than 500, about
100 KB.

Race accepted: an action that happened and left GitHub's lists while the bot was down is not seen.
"""

from collections.abc import Iterator

from bot.core.history.rejections import latest_arrival, observed_rejection, recorded_rejection
from bot.core.plan import LONGEST_HEADLINE, WriteState
from bot.core.policy import Application, Mode, Policy
from bot.core.records.entries import Acceptance, Rejection
from bot.core.records.environment import REMEMBERED, EnvironmentRecords, file_name
from bot.core.state import EnvironmentState, State
from bot.core.values.message import Message
from bot.core.values.text import plain
from bot.core.values.version import Version
from bot.core.versions.newer import relation
from bot.core.versions.tags import Comparison

MOST_REJECTIONS = 500


def record_reverts(policy: Policy, state: State) -> tuple[WriteState, ...]:
    """Return the write that records actions since the last look; empty if all are recorded."""
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
            told += [f"{each.version.name} is rejected in {name}: {each.how}" for each in done]
            told += [
                f"{each.version.name} is allowed again in {name}: {each.by or 'somebody'} brought it back"
                for each in back
            ]
    return (WriteState(state.state_oid, files, _message(application, told)),) if files else ()


def _done(application: Application, state: State, environment: str) -> Iterator[Rejection]:
    here = state.environments[environment]
    for version in _concerned(here):
        if not _could_come(application, state, here, version):
            continue
        if recorded_rejection(application, state, environment, version):
            continue
        found = observed_rejection(application, state, environment, version)
        if found:
            yield Rejection(
                tag=version.tag,
                digests=version.told_by,
                by=found.by.login if found.by else "",
                by_id=found.by.id if found.by else None,
                deed=found.how,
                at=found.at,
            )


def _brought_back(application: Application, state: State, environment: str) -> Iterator[Acceptance]:
    """Yield an acceptance for each rejected version that arrived after its rejection."""
    for rejection in state.records.of(environment).rejected.get(application.name, ()):
        came = latest_arrival(state.environments[environment], rejection.version)
        if came is not None and came.at > rejection.at:
            yield Acceptance(
                tag=rejection.tag, digests=rejection.digests, by=came.by.login, by_id=came.by.id, at=came.at
            )


def _concerned(here: EnvironmentState) -> tuple[Version, ...]:
    """Return the versions to examine: those that the environment left, and those of promotions closed by a person."""
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
    kept = tuple(each for each in oldest_first if each not in passed)[-MOST_REJECTIONS:]
    return records.model_copy(update={"rejected": {**records.rejected, name: kept}})


def _message(application: Application, told: list[str]) -> Message:
    first = plain(f"{application.name} {told[0].partition(':')[0]}")[:LONGEST_HEADLINE]
    return Message(first, "\n".join(f"- {plain(each)}" for each in told))
