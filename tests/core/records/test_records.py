"""The files on gitops-state: a written file is read back, and an unreadable one blocks everything."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from bot.core.observation.actors import Actor
from bot.core.records.branch import Records, read_records
from bot.core.records.entries import Hold, Rejection, Request, RequestKind, author_of
from bot.core.records.environment import HEADER, REMEMBERED, EnvironmentRecords, file_name
from bot.core.values.version import Version
from tests.builders import NOW, WEB, ago, digest, hold, records, rejection, request, version

WORDS = some.text(some.characters(codec="utf-8"), max_size=12)
TIMES = some.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001
NUMBERS = some.integers(0, 2**53)
HOLDS = some.builds(
    Hold,
    application=some.none() | WORDS,
    by=WORDS,
    by_id=some.none() | NUMBERS,
    reason=WORDS,
    at=TIMES,
    until=some.none() | TIMES,
    comment=NUMBERS,
)
REQUESTS = some.builds(
    Request,
    kind=some.sampled_from(RequestKind),
    tag=WORDS,
    digests=some.dictionaries(WORDS, WORDS, max_size=2),
    source_commit=some.none() | WORDS,
    named=some.booleans(),
    by=WORDS,
    at=TIMES,
    comment=NUMBERS,
)
REJECTIONS = some.builds(Rejection, tag=WORDS, by=WORDS, reason=WORDS, at=TIMES, comment=NUMBERS)
RECORDS = some.builds(
    EnvironmentRecords,
    holds=some.lists(HOLDS, max_size=2).map(tuple),
    requests=some.dictionaries(WORDS, REQUESTS, max_size=2),
    rejected=some.dictionaries(WORDS, some.lists(REJECTIONS, max_size=2).map(tuple), max_size=2),
    digests=some.dictionaries(WORDS, some.dictionaries(WORDS, some.dictionaries(WORDS, WORDS, max_size=2), max_size=2)),
)


@given(RECORDS)
def test_written_records_are_read_back(kept: EnvironmentRecords) -> None:
    found = read_records({"dev.yaml": kept.text()})

    assert found == Records(environments={"dev": kept})


def test_a_record_without_a_number_is_read() -> None:
    """Records were written without it before."""
    files = {"dev.yaml": "holds: [{by: dana, at: 2026-03-03T12:00:00Z, comment: 1}]"}
    (kept,) = read_records(files).of("dev").holds

    assert author_of(kept) == Actor("dana")
    assert author_of(hold(by="dana", by_id=7)) == Actor("dana", id=7)
    assert "by_id" not in EnvironmentRecords().with_hold(kept).text()
    assert "by_id: 7\n" in EnvironmentRecords().with_hold(hold(by_id=7)).text()


def test_a_hold_takes_the_place_of_the_same_persons() -> None:
    """By number; without one, by login. In doubt both stay."""
    old, renamed, taken, unknown = (
        hold(by="dana", by_id=1),
        hold(by="dana-smith", by_id=1),
        hold(by="dana", by_id=2),
        hold(by="dana"),
    )
    kept = EnvironmentRecords().with_hold(old)

    assert kept.with_hold(renamed).holds == (renamed,)
    assert kept.with_hold(taken).holds == (old, taken)
    assert kept.with_hold(unknown).holds == (old, unknown)
    assert EnvironmentRecords().with_hold(unknown).with_hold(hold(by="Dana", reason="again")).holds == (
        hold(by="Dana", reason="again"),
    )


def test_a_file_is_readable_for_people() -> None:
    kept = (
        EnvironmentRecords()
        .with_hold(hold(application="web", until=NOW, reason="load test"))
        .with_request("web", request("v1.5.0", digests={WEB: "sha256:1"}))
        .with_rejection("web", rejection("v1.4.9"))
        .with_digests("web", version("v1.5.0", digest="sha256:1"))
    )

    assert kept.text() == HEADER + (
        "holds:\n"
        "- application: web\n"
        "  by: alice\n"
        "  reason: load test\n"
        "  at: '2026-03-03T11:00:00Z'\n"
        "  until: '2026-03-03T12:00:00Z'\n"
        "  comment: 90\n"
        "requests:\n"
        "  web:\n"
        "    kind: promote\n"
        "    tag: v1.5.0\n"
        "    digests:\n"
        "      ghcr.io/acme/web: sha256:1\n"
        "    by: alice\n"
        "    at: '2026-03-03T11:58:00Z'\n"
        "    comment: 91\n"
        "rejected:\n"
        "  web:\n"
        "  - tag: v1.4.9\n"
        "    by: alice\n"
        "    reason: it is broken\n"
        "    at: '2026-03-03T11:00:00Z'\n"
        "    comment: 92\n"
        "digests:\n"
        "  web:\n"
        "    v1.5.0:\n"
        "      ghcr.io/acme/web: sha256:1\n"
    )


def test_an_empty_file_has_no_records() -> None:
    assert EnvironmentRecords().text() == HEADER + "{}\n"
    assert EnvironmentRecords().with_hold(hold()).without_holds([hold()]).text() == HEADER + "{}\n"
    assert read_records({"dev.yaml": ""}) == Records(environments={"dev": EnvironmentRecords()})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("holds: [", "while parsing a flow node"),
        ("holds: 3", "holds: Input should be a valid tuple"),
        ("held: []", "held: Extra inputs are not permitted"),
        ("holds: [{by: alice, at: 2026-03-03T12:00:00, comment: 1}]", "holds.0.at: Input should have timezone info"),
        ("holds: [{by: alice, at: 2026-13-45, comment: 1}]", "month must be in 1..12"),
        ("rejected: {web: [{tag: 1.10, by: alice, at: 2026-03-03T12:00:00Z, comment: 1}]}", "rejected.web.0.tag"),
        ("- a list", "Input should be a valid dictionary"),
        ("[" * 200_000, "nested deeper than 20 levels"),
        ("[" * 200_000 + "]" * 200_000, "nested deeper than 20 levels"),
        ("at: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
    ],
)
def test_an_unreadable_file_blocks_everything_and_is_named(text: str, said: str) -> None:
    found = read_records({"dev.yaml": text, "prod.yaml": EnvironmentRecords(holds=(hold(),)).text()})

    assert found.problem.startswith("dev.yaml on gitops-state cannot be read: ")
    assert said in found.problem
    assert found.unreadable == {"dev"}
    assert found.of("dev") == EnvironmentRecords()
    assert found.of("prod").holds == (hold(),)


def test_aliases_are_not_followed() -> None:
    """A few kilobytes of aliases can expand to gigabytes. A reason may still contain an asterisk."""
    bomb = "digests:\n  a: &a {t: &t {i: x}}\n  b: *a\n"
    reason = EnvironmentRecords(holds=(hold(reason="*a, says *everybody*"),))

    assert read_records({"dev.yaml": bomb}).problem == (
        "dev.yaml on gitops-state cannot be read: it has a YAML alias: write the value out"
    )
    assert read_records({"dev.yaml": reason.text()}).of("dev") == reason


def test_every_unreadable_file_is_named() -> None:
    found = read_records({"b.yaml": "- x", "a.yaml": "- y"})

    assert found.problem.split("; ")[0].startswith("a.yaml on")
    assert found.problem.split("; ")[1].startswith("b.yaml on")
    assert found.unreadable == {"a", "b"}


def test_other_files_are_ignored() -> None:
    assert read_records({"README.md": "# State", "notes.txt": "["}) == Records()


@pytest.mark.parametrize(
    ("holds", "count"),
    [
        ({"dev": [hold()]}, 1),
        ({"dev": [hold(application="web")]}, 1),
        ({"dev": [hold(application="api")]}, 0),
        ({"all": [hold()]}, 1),
        ({"all": [hold()], "dev": [hold(by="bob")]}, 2),
        ({"prod": [hold()]}, 0),
        ({"dev": [hold(until=ago(seconds=1))]}, 0),
        ({"dev": [hold(until=NOW)]}, 0),
        ({"dev": [hold(until=NOW + timedelta(seconds=1))]}, 1),
    ],
)
def test_holds_cover_these_applications(holds: dict[str, list[Hold]], count: int) -> None:
    kept = records(**{name: EnvironmentRecords(holds=tuple(each)) for name, each in holds.items()})

    assert len(kept.holds_on("dev", "web", NOW)) == count


def test_a_second_hold_of_one_person_replaces_the_first() -> None:
    kept = EnvironmentRecords().with_hold(hold()).with_hold(hold(by="bob")).with_hold(hold(application="web"))

    assert kept.with_hold(hold(reason="longer")).holds == (
        hold(by="bob"),
        hold(application="web"),
        hold(reason="longer"),
    )


def test_a_request_replaces_the_one_before_and_can_be_dropped() -> None:
    kept = EnvironmentRecords().with_request("web", request("v1")).with_request("api", request("v9"))

    later = kept.with_request("web", request("v2", comment=92))
    assert later.requests == {"api": request("v9"), "web": request("v2", comment=92, before=(91,))}
    assert Records(environments={"dev": later}).handled(91)
    assert kept.with_request("web", None).requests == {"api": request("v9")}


def test_a_rejection_replaces_that_of_the_same_version_and_can_be_lifted() -> None:
    kept = EnvironmentRecords().with_rejection("web", rejection("v1")).with_rejection("web", rejection("v2"))
    again = kept.with_rejection("web", rejection("v1", by="bob"))

    assert again.rejected["web"] == (rejection("v2"), rejection("v1", by="bob"))
    assert kept.without_rejection("web", Version("v1")).rejected["web"] == (rejection("v2"),)
    assert kept.without_rejection("api", Version("v1")).rejected["web"] == (rejection("v1"), rejection("v2"))


def test_the_first_digest_stays() -> None:
    first = EnvironmentRecords().with_digests("web", version("v1", digest=digest("first")))
    moved = first.with_digests("web", version("v1", digest=digest("second")))

    assert moved.digests["web"]["v1"] == {WEB: digest("first")}


def test_a_second_image_of_a_version_is_added() -> None:
    kept = EnvironmentRecords().with_digests("web", version("v1", digest="sha256:1"))
    more = kept.with_digests("web", version("v1", image="ghcr.io/acme/worker", digest="sha256:2"))

    assert more.digests["web"]["v1"] == {WEB: "sha256:1", "ghcr.io/acme/worker": "sha256:2"}


def test_the_oldest_digests_are_forgotten() -> None:
    kept = EnvironmentRecords()
    for number in range(REMEMBERED + 1):
        kept = kept.with_digests("web", version(f"v{number}", digest=digest(str(number))))

    assert list(kept.digests["web"]) == [f"v{number}" for number in range(1, REMEMBERED + 1)]


def test_first_digests_come_from_every_environment() -> None:
    dev = EnvironmentRecords(digests={"web": {"v1": {"a": "1"}}})
    prod = EnvironmentRecords(digests={"web": {"v1": {"a": "2", "b": "3"}}})

    assert records(dev=dev, prod=prod).first_digests("web", "v1") == {"a": "1", "b": "3"}
    assert records(dev=dev).first_digests("web", "v2") == {}


@pytest.mark.parametrize(
    "kept",
    [
        EnvironmentRecords(holds=(hold(comment=7),)),
        EnvironmentRecords(requests={"web": request(comment=7)}),
        EnvironmentRecords(rejected={"web": (rejection(comment=7),)}),
    ],
)
def test_a_comment_is_handled_where_a_record_names_it(kept: EnvironmentRecords) -> None:
    assert records(dev=kept).handled(7)
    assert not records(dev=kept).handled(8)


def test_files_are_named_after_environments() -> None:
    assert file_name("prod") == "prod.yaml"


def test_a_person_may_write_times_without_quotes() -> None:
    text = yaml.safe_dump({"holds": [{"by": "bob", "at": NOW, "comment": 1}]})
    kept: Any = read_records({"dev.yaml": text}).of("dev").holds[0]

    assert kept.at == NOW
