"""Which version an environment held when, read from the bytes at each commit."""

from collections.abc import Mapping
from typing import Any

from bot.assembly.common_version import common_version
from bot.assembly.timeline import timeline
from bot.core.observation.files import History
from bot.core.values.places import Place
from bot.manifests import blob_id, locate
from tests.assembly.looks import CRON_JOB, DEPLOYMENT, history, manifest, revision
from tests.builders import actor, ago, digest, oid

V1, V2, V3 = manifest("v1"), manifest("v2"), manifest("v3")


def look(*contents: bytes) -> Any:
    known = {blob_id(content): content for content in contents}

    def places(path: str, blob: str) -> tuple[Place, ...]:
        content = known.get(blob)
        return locate(content, path=path, images=frozenset({"ghcr.io/acme/web"})).places if content else ()

    return lambda held: common_version(place for path, blob in held.items() for place in places(path, blob))


def held(histories: Mapping[str, History], *contents: bytes) -> list[tuple[str | None, str]]:
    """(version, commit), newest first."""
    found = timeline(histories, look(*(contents or (V1, V2, V3))))
    names = {oid(word): word for word in ("a", "b", "c", "d", "e")}
    return [(each.version.tag if each.version else None, names[each.commit]) for each in found.arrivals]


def test_each_change_of_the_version_is_an_arrival() -> None:
    changes = history(revision(V2, "b", ago(hours=1)), revision(V1, "a", ago(hours=2)))

    assert held({DEPLOYMENT: changes}) == [("v2", "b"), ("v1", "a")]


def test_an_arrival_is_what_its_commit_was() -> None:
    by_hand = revision(V1, "a", ago(hours=2), by=actor("bob"))
    merged = revision(V2, "b", ago(hours=1), by=actor("alice"), pull=7, promotion=True)
    newest, oldest = timeline({DEPLOYMENT: history(merged, by_hand)}, look(V1, V2)).arrivals

    assert (newest.at, newest.by, newest.pull, newest.promotion) == (ago(hours=1), actor("alice"), 7, True)
    assert (oldest.at, oldest.by, oldest.pull, oldest.promotion) == (ago(hours=2), actor("bob"), None, False)


def test_a_commit_that_changed_something_else_is_none() -> None:
    """The version came with the first commit that had it."""
    replicas = manifest("v2", more="  replicas: 3\n")
    changes = history(
        revision(replicas, "c", ago(hours=1)), revision(V2, "b", ago(hours=2)), revision(V1, "a", ago(hours=3))
    )

    assert held({DEPLOYMENT: changes}, V1, V2, replicas) == [("v2", "b"), ("v1", "a")]


def test_going_back_is_an_arrival_of_its_own() -> None:
    changes = history(revision(V1, "c", ago(hours=1)), revision(V2, "b", ago(hours=2)), revision(V1, "a", ago(hours=3)))

    assert held({DEPLOYMENT: changes}) == [("v1", "c"), ("v2", "b"), ("v1", "a")]


def test_another_digest_is_another_version() -> None:
    first, second = manifest("v1", digest=digest("first")), manifest("v1", digest=digest("second"))
    changes = history(revision(second, "b", ago(hours=1)), revision(first, "a", ago(hours=2)))

    assert held({DEPLOYMENT: changes}, first, second) == [("v1", "b"), ("v1", "a")]


def test_a_deleted_file_holds_nothing() -> None:
    changes = history(
        revision(V2, "c", ago(hours=1)), revision(None, "b", ago(hours=2)), revision(V1, "a", ago(hours=3))
    )

    assert held({DEPLOYMENT: changes}) == [("v2", "c"), (None, "b"), ("v1", "a")]


def test_several_files_changed_at_once() -> None:
    one = history(revision(V2, "b", ago(hours=1)), revision(V1, "a", ago(hours=2)))

    assert held({DEPLOYMENT: one, CRON_JOB: one}) == [("v2", "b"), ("v1", "a")]


def test_several_files_changed_one_after_the_other_hold_no_one_version_in_between() -> None:
    one = history(revision(V2, "c", ago(hours=1)), revision(V1, "a", ago(hours=3)))
    other = history(revision(V2, "b", ago(hours=2)), revision(V1, "a", ago(hours=3)))

    assert held({DEPLOYMENT: one, CRON_JOB: other}) == [("v2", "c"), (None, "b"), ("v1", "a")]


def test_a_file_that_came_later_held_nothing_before() -> None:
    one = history(revision(V2, "c", ago(hours=1)), revision(V1, "a", ago(hours=3)))
    other = history(revision(V2, "c", ago(hours=1)))

    assert held({DEPLOYMENT: one, CRON_JOB: other}) == [("v2", "c"), ("v1", "a")]


def test_where_one_history_ends_nothing_more_is_known_of_all() -> None:
    """Before `c`, the cron job held something that was not read: no guess is made."""
    one = history(revision(V3, "d", ago(hours=1)), revision(V2, "b", ago(hours=3)), revision(V1, "a", ago(hours=4)))
    other = history(revision(V3, "d", ago(hours=1)), revision(V2, "c", ago(hours=2)), complete=False)
    found = timeline({DEPLOYMENT: one, CRON_JOB: other}, look(V1, V2, V3))

    assert held({DEPLOYMENT: one, CRON_JOB: other}) == [("v3", "d"), ("v2", "c")]
    assert not found.complete


def test_complete_when_every_history_is() -> None:
    assert timeline({DEPLOYMENT: history(revision(V1, "a", ago(hours=1)))}, look(V1)).complete
    assert timeline({}, look()).complete
    assert timeline({DEPLOYMENT: history()}, look()).arrivals == ()


def test_bytes_that_nobody_has_read_are_no_version() -> None:
    changes = history(revision(V2, "b", ago(hours=1)), revision(V1, "a", ago(hours=2)))

    assert held({DEPLOYMENT: changes}, V2) == [("v2", "b"), (None, "a")]


def test_an_arrival_says_where_its_time_is_not_githubs() -> None:
    """A commit says of itself when it was made; for certain, it was only there when it was first seen."""
    made, seen = ago(hours=5), ago(minutes=1)
    changes = history(revision(V2, "b", made, latest=seen), revision(V1, "a", ago(hours=6)))

    newest, oldest = timeline({DEPLOYMENT: changes}, look(V1, V2)).arrivals

    assert (newest.at, newest.latest, newest.since) == (made, seen, seen)
    assert (oldest.at, oldest.latest, oldest.since) == (ago(hours=6), None, ago(hours=6))
