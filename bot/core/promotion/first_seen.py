"""What is recorded when a version is seen for the first time: its digests, so that a moved tag is noticed."""

from dataclasses import replace

from bot.core.gates.question import Question
from bot.core.pages import commit_messages
from bot.core.plan import WriteState
from bot.core.records.entries import Sighting
from bot.core.records.environment import file_name
from bot.core.values.artifacts import Artifact
from bot.core.values.version import Version


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


def _confirmed(question: Question) -> Version:
    """Return the version with only those digests that the registry shows as well."""
    version, artifacts = question.version, question.state.artifacts
    seen = [(image, digest, artifacts.get((image, version.tag))) for image, digest in version.digests]
    shown = ((image, digest) for image, digest, found in seen if isinstance(found, Artifact) and found.digest == digest)
    return replace(version, digests=tuple(shown))


def _remember_sighting(question: Question) -> tuple[WriteState, ...]:
    """Record when a followed tag came to point here, and what it pointed at before, so that their order is known."""
    application, name, records = question.application.name, question.environment.name, question.state.records
    known = [sighting.version for sighting in records.sightings(application)]
    if records.closed(name) or any(question.version.is_same(each) for each in known):
        return ()
    present, came = question.here.version, question.here.arrivals
    before = [Sighting.of(present, came[0].at)] if present is not None and present.digests and came else []
    new = [*before, Sighting.of(question.version, question.now)]
    text = records.of(name).with_sightings(application, *new).text()
    return (WriteState(question.state.state_oid, {file_name(name): text}, commit_messages.remembered(question)),)
