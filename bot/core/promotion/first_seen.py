"""What is recorded when a version is seen for the first time: its digests, so that a moved tag is noticed, and when that was.

The time is recorded as soon as a version could come, where `min-age` asks for it. It then grows old while it waits.
"""

from dataclasses import replace
from datetime import datetime

from bot.core.gates.question import Question
from bot.core.pages import commit_messages
from bot.core.plan import Action, WriteState
from bot.core.policy import Application, Environment, Policy
from bot.core.records.entries import Sighting
from bot.core.records.environment import YOUNG_REMEMBERED, file_name
from bot.core.selection.candidates import live_request
from bot.core.selection.possible import complete, possible
from bot.core.state import EnvironmentState, State
from bot.core.values.artifacts import Artifact
from bot.core.values.version import Version
from bot.core.versions.first_seen import first_seen, longest_age
from bot.core.versions.moving_tag import follows


def remember_first_seen(question: Question) -> tuple[WriteState, ...]:
    """Record the digests of a version that is seen for the first time.

    Only digests that the registry shows: one in a manifest alone may be anybody's, and would rule out the real one.
    """
    if question.version.followed:
        return _remember_sighting(question)
    application, version, name = question.application.name, _confirmed(question), question.environment.name
    known = question.state.records.first_digests(application, version.tag)
    if question.state.records.closed(name) or all(image in known for image, _ in version.digests):
        return ()
    text = question.state.records.of(name).with_digests(application, version).text()
    message = commit_messages.remembered(question)
    return (WriteState(question.state.state_oid, {file_name(name): text}, message),)


def with_first_sightings(policy: Policy, state: State, environment: Environment, now: datetime) -> State:
    """Return the state with a record of every version that could come here and is seen for the first time.

    The same state, where `min-age` asks for none, or nothing is new. What the registry does not show is not recorded.
    """
    name, application = environment.name, policy.applications[state.application]
    if not environment.gates.min_age:
        return state
    request = live_request(state, environment, state.environments[name])
    coming = [
        *possible(policy, state, environment, now),
        *([complete(application, state, request.version)] if request else []),
    ]
    new = [
        sighting
        for version in coming
        if _is_shown(application, state, version) and first_seen(application, state, version) is None
        for sighting in _sightings(state.environments[name], version, now)
    ]
    if not new:
        return state
    since = None if follows(application) else now - longest_age(policy)
    records = state.records.of(name).with_sightings(application.name, *new, most=YOUNG_REMEMBERED, young_since=since)
    everywhere = {**state.records.environments, name: records}
    return replace(state, records=state.records.model_copy(update={"environments": everywhere}))


def recorded(state: State, environment: Environment, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Return the actions with one that writes this state's records, unless one of them does."""
    file, records = file_name(environment.name), state.records.of(environment.name)
    if any(isinstance(action, WriteState) and file in action.files for action in actions):
        return actions
    message = commit_messages.first_sightings(state.application, records.seen[state.application])
    return (WriteState(state.state_oid, {file: records.text()}, message), *actions)


def _is_shown(application: Application, state: State, version: Version) -> bool:
    """Return whether the registry shows all digests of the version."""
    shown = dict(_shown(state, version).digests)
    return shown == dict(version.digests) and shown.keys() >= set(application.images)


def _sightings(here: EnvironmentState, version: Version, now: datetime) -> list[Sighting]:
    """Return the sighting of a version; of a followed tag also what it pointed at before, so that their order is known."""
    present, came = here.version, here.arrivals
    orders = version.followed and present is not None and present.digests and came
    before = [Sighting.of(present, came[0].at)] if orders and present is not None else []
    return [*before, Sighting.of(version, now)]


def _confirmed(question: Question) -> Version:
    return _shown(question.state, question.version)


def _shown(state: State, version: Version) -> Version:
    """Return the version with only those digests that the registry shows as well."""
    artifacts = state.artifacts
    seen = [(image, digest, artifacts.get((image, version.tag))) for image, digest in version.digests]
    shown = ((image, digest) for image, digest, found in seen if isinstance(found, Artifact) and found.digest == digest)
    return replace(version, digests=tuple(shown))


def _remember_sighting(question: Question) -> tuple[WriteState, ...]:
    """Record when a followed tag came to point here, and what it pointed at before, so that their order is known."""
    application, name, records = question.application.name, question.environment.name, question.state.records
    known = [sighting.version for sighting in records.sightings(application, question.version.tag)]
    if records.closed(name) or any(question.version.is_same(each) for each in known):
        return ()
    new = _sightings(question.here, question.version, question.now)
    text = records.of(name).with_sightings(application, *new).text()
    return (WriteState(question.state.state_oid, {file_name(name): text}, commit_messages.remembered(question)),)
