"""What led to a commit is asked for once, and shown to nobody who did not ask for it."""

from bot.core.needs.application import Needs
from bot.core.observation.observation import Observation
from bot.core.observation.source import SourceSeen
from bot.passes.memory.source_logs import SourceLogs
from tests.builders import logged, oid, repository, source
from tests.builders import sweep as looked

NEW, OLD = oid("new"), oid("old")
LOG = (logged("new"), logged("old"))


def needs(*commits: str, repository: str = "acme/deploy") -> Needs:
    return Needs(repository, "web", source="acme/web", logs=frozenset(commits))


def observation(seen: SourceSeen | None) -> Observation:
    return Observation(
        repository=repository(),
        policy_files={},
        policy_id="",
        state=looked().state,
        environments={},
        recent=(),
        commits={},
        source=seen,
        comments=(),
        people={},
        teams={},
        blobs={},
        unreadable={},
    )


def test_what_was_read_is_not_asked_for_again() -> None:
    logs = SourceLogs()
    assert logs.without_known(needs(NEW)) == needs(NEW)

    logs.join(observation(source(logs={NEW: LOG})), needs(NEW), ())

    assert logs.without_known(needs(NEW, OLD)) == needs(OLD)


def test_a_later_look_is_given_what_it_wants() -> None:
    logs = SourceLogs()
    logs.join(observation(source(logs={NEW: LOG})), needs(NEW), ())

    seen = logs.join(observation(source()), needs(), {NEW, OLD}).source

    assert seen is not None
    assert seen.logs == {NEW: LOG}


def test_what_was_read_moves_along_with_its_repository() -> None:
    logs = SourceLogs()
    logs.join(observation(source(logs={NEW: LOG})), needs(NEW), ())
    logs.move("acme/deploy", "acme/renamed")

    assert logs.without_known(needs(NEW, repository="acme/renamed")) == needs(repository="acme/renamed")
    assert logs.without_known(needs(NEW)) == needs(NEW)


def test_another_repository_has_to_be_let_in_itself() -> None:
    logs = SourceLogs()
    logs.join(observation(source(logs={NEW: LOG})), needs(NEW), ())

    other = needs(NEW, repository="globex/deploy")

    assert logs.without_known(other) == other
    joined = logs.join(observation(source(readable=False)), other, {NEW}).source
    assert joined is not None
    assert joined.logs == {}


def test_without_a_source_there_is_nothing_to_join() -> None:
    assert SourceLogs().join(observation(None), needs(), {NEW}).source is None
