"""Which tags are versions, and in which order."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from bot.core.policy import Order, OrderKind, Versions, Write
from bot.core.values.build_times import BuildTime, NoBuildTime
from bot.core.versions.tags import Comparison, Ranking, RejectedTag, compare, fits, rank

NEWEST, MIDDLE, OLDEST = "c" * 40, "b" * 40, "a" * 40
TWIN = "a" * 39 + "0"
HISTORY = (NEWEST, MIDDLE, OLDEST)


def semver(argument: str = "*", *, tags: str | None = None, ignore: tuple[str, ...] = ()) -> Versions:
    return Versions(order=Order(kind=OrderKind.SEMVER, argument=argument), tags=tags, ignore=ignore)


def commit(argument: str, *, tags: str | None = None) -> Versions:
    return Versions(order=Order(kind=OrderKind.COMMIT, argument=argument), tags=tags)


def test_semver_best_first_and_a_reason_for_every_other_tag() -> None:
    versions = semver(">=1.0.0", tags="^v(?P<version>.+)$", ignore=("*-nightly*",))
    tags = [
        "v1.0.0",
        "v1.10.0",
        "v1.9.0",
        "v0.9.0",
        "v2.0.0-rc.1",
        "1.0.0",
        "latest",
        "v1",
        "v1.2.3-nightly.4",
        "v1.0.0",
    ]

    ranking = rank(versions, tags)

    assert ranking.candidates == ("v1.10.0", "v1.9.0", "v1.0.0")
    assert ranking.rejected == (
        RejectedTag("1.0.0", "does not match the group version of ^v(?P<version>.+)$"),
        RejectedTag("latest", "does not match the group version of ^v(?P<version>.+)$"),
        RejectedTag("v0.9.0", "is outside the range >=1.0.0"),
        RejectedTag("v1", "'1' is not a semantic version: three numbers, as in 1.4.0 or v1.4.0-rc.1"),
        RejectedTag("v1.2.3-nightly.4", "is ignored: *-nightly*"),
        RejectedTag("v2.0.0-rc.1", "is a prerelease, and the range >=1.0.0 names none"),
    )


def test_a_filter_without_a_group_compares_the_whole_tag() -> None:
    ranking = rank(semver(tags="^v"), ["v1.0.0", "1.1.0"])

    assert ranking.candidates == ("v1.0.0",)
    assert ranking.rejected == (RejectedTag("1.1.0", "does not match ^v"),)


def test_prereleases_count_only_if_the_range_names_one() -> None:
    ranking = rank(semver(">=1.0.0-0 <2.0.0"), ["1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "0.9.0-rc.1"])

    assert ranking.candidates == ("1.0.0", "1.0.0-rc.10", "1.0.0-rc.2")
    assert ranking.rejected == (RejectedTag("0.9.0-rc.1", "is outside the range >=1.0.0-0 <2.0.0"),)


def test_two_tags_of_one_version_are_in_alphabetical_order() -> None:
    tags = ["v1.0.0", "1.0.0", "1.0.0+b", "1.0.0+a", "1.0.1", "0.9.9"]

    assert rank(semver(), tags).candidates == ("1.0.1", "1.0.0", "1.0.0+a", "1.0.0+b", "v1.0.0", "0.9.9")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("1.1.0", "1.0.0", Comparison.NEWER),
        ("1.0.0", "1.1.0", Comparison.OLDER),
        ("v1.0.0", "1.0.0", Comparison.SAME),
        ("1.0.0+a", "1.0.0+b", Comparison.SAME),
        ("1.0.0", "1.0.0-rc.1", Comparison.NEWER),
        ("1.0.0", "latest", Comparison.UNKNOWN),
        ("latest", "1.0.0", Comparison.UNKNOWN),
        ("latest", "latest", Comparison.SAME),
        # Outside the range, and ignored: still older, so that the next version is one.
        ("3.0.0", "0.9.0", Comparison.NEWER),
        ("3.0.0", "2.0.0-dev", Comparison.NEWER),
    ],
)
def test_semver_tags_are_compared(left: str, right: str, expected: Comparison) -> None:
    assert compare(semver(">=1.0.0", ignore=("*-dev",)), left, right) is expected


def test_charts_write_a_plus_as_an_underscore() -> None:
    """`104.1.2_up57.0.3` (helm-controller#1099) is `104.1.2+up57.0.3`; of an image, such a tag is no version."""
    tags = ["104.1.2_up57.0.3", "104.1.10_up57.0.4", "105.0.0-rc.1_up58.0.0", "104.1.2_a_b", "103.0.0"]
    charts = rank(semver(">=104"), tags, charts=True)

    assert charts.candidates == ("104.1.10_up57.0.4", "104.1.2_up57.0.3")
    assert {each.tag for each in charts.rejected} == {"105.0.0-rc.1_up58.0.0", "104.1.2_a_b", "103.0.0"}
    assert compare(semver(), "104.1.2_up57.0.3", "104.1.2_up57.0.4", charts=True) is Comparison.SAME
    assert compare(semver(), "104.1.2_up57.0.3", "104.1.1", charts=True) is Comparison.NEWER
    assert rank(semver(">=104"), tags).candidates == ()
    assert compare(semver(), "104.1.2_up57.0.3", "104.1.1") is Comparison.UNKNOWN


def test_a_tag_outside_the_filter_cannot_be_compared() -> None:
    assert compare(semver(tags="^v(?P<version>.+)$"), "v1.0.0", "0.9.0") is Comparison.UNKNOWN


def test_commits_are_in_the_order_of_the_history() -> None:
    ranking = rank(commit("long"), [OLDEST, NEWEST, MIDDLE, "d" * 40, "b" * 7, "main"], history=HISTORY)

    assert ranking.candidates == (NEWEST, MIDDLE, OLDEST)
    assert ranking.rejected == (
        RejectedTag("bbbbbbb", "'bbbbbbb' is not a commit id: 40 of the digits 0-9 and a-f"),
        RejectedTag("d" * 40, f"{'d' * 40} is not among the newest 3 commits of the source branch"),
        RejectedTag("main", "'main' is not a commit id: 40 of the digits 0-9 and a-f"),
    )


def test_short_commits_are_recognised() -> None:
    tags = ["a" * 7, "a" * 39, "b" * 12, NEWEST, "b" * 6, "B" * 7, "d" * 7]

    ranking = rank(commit("short"), tags, history=(NEWEST, MIDDLE, OLDEST, TWIN))

    assert ranking.candidates == (NEWEST, "b" * 12)
    assert {rejected.tag: rejected.reason for rejected in ranking.rejected} == {
        "a" * 7: "aaaaaaa is the beginning of 2 commits of the source branch: use more digits",
        "a" * 39: f"{'a' * 39} is the beginning of 2 commits of the source branch: use more digits",
        "b" * 6: "'bbbbbb' is not a commit id: 7 to 40 of the digits 0-9 and a-f",
        "B" * 7: "'BBBBBBB' is not a commit id: 7 to 40 of the digits 0-9 and a-f",
        "d" * 7: "ddddddd is not among the newest 4 commits of the source branch",
    }


def test_a_commit_inside_a_tag_is_extracted() -> None:
    versions = commit("short", tags="^main-(?P<version>[0-9a-f]+)-[0-9]+$")
    tags = ["main-aaaaaaa-12", "main-ccccccc-9"]

    assert rank(versions, tags, history=HISTORY).candidates == ("main-ccccccc-9", "main-aaaaaaa-12")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (NEWEST, OLDEST, Comparison.NEWER),
        (OLDEST, NEWEST, Comparison.OLDER),
        ("b" * 7, MIDDLE, Comparison.SAME),
        (NEWEST, "d" * 40, Comparison.UNKNOWN),
    ],
)
def test_commit_tags_are_compared(left: str, right: str, expected: Comparison) -> None:
    assert compare(commit("short"), left, right, history=HISTORY) is expected


def order(kind: OrderKind, argument: str, *, tags: str | None = None, ignore: tuple[str, ...] = ()) -> Versions:
    return Versions(order=Order(kind=kind, argument=argument), tags=tags, ignore=ignore)


def at(hour: int) -> datetime:
    return datetime(2026, 3, 3, hour, tzinfo=UTC)


def test_numbers_of_any_length_are_compared() -> None:
    tags = ["9", "10", "0010", "1" + "0" * 60, "v11", "1.10", "-1", "", "٣"]

    ranking = rank(order(OrderKind.NUMERIC, "highest"), tags)

    assert ranking.candidates == ("1" + "0" * 60, "0010", "10", "9")
    assert {each.tag: each.reason for each in ranking.rejected} == {
        "v11": "'v11' is not a whole number",
        "1.10": "'1.10' is not a whole number: is it a version, for the order semver?",
        "-1": "'-1' is not a whole number",
        "": "'' is not a whole number",
        "٣": "'٣' is not a whole number",
    }


def test_with_numeric_lowest_the_lowest_number_is_first() -> None:
    versions = order(OrderKind.NUMERIC, "lowest", tags="^build-(?P<version>[0-9]+)$")

    assert rank(versions, ["build-9", "build-10", "build-8"]).candidates == ("build-8", "build-9", "build-10")
    assert compare(versions, "build-9", "build-10") is Comparison.NEWER


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("last", ("z", "a", "Z", "RELEASE.2026-03-03", "RELEASE.2025-12-31", "9", "10")),
        ("first", ("10", "9", "RELEASE.2025-12-31", "RELEASE.2026-03-03", "Z", "a", "z")),
    ],
)
def test_alphabetical_uses_the_order_of_characters(argument: str, expected: tuple[str, ...]) -> None:
    assert rank(order(OrderKind.ALPHABETICAL, argument), expected).candidates == expected


def test_only_the_named_group_is_compared() -> None:
    versions = order(OrderKind.ALPHABETICAL, "last", tags="^[a-z]+-(?P<version>[0-9-]+)$")

    assert rank(versions, ["b-2026-01-01", "a-2026-02-01"]).candidates == ("a-2026-02-01", "b-2026-01-01")
    assert compare(versions, "b-2026-01-01", "a-2026-01-01") is Comparison.SAME


def test_with_newest_created_the_newest_build_is_first() -> None:
    versions = order(OrderKind.NEWEST, "created", tags="^(?P<version>main)-", ignore=("*-dirty",))
    created = {"main-a": at(3), "main-b": at(5), "main-c": at(5), "main-d": at(4), "main-e-dirty": at(9), "dev": at(9)}

    ranking = rank(versions, [*created, "main-f"], created=created)

    assert ranking.candidates == ("main-b", "main-c", "main-d", "main-a")
    assert ranking.rejected == (
        RejectedTag("dev", "does not match the group version of ^(?P<version>main)-"),
        RejectedTag("main-e-dirty", "is ignored: *-dirty"),
        RejectedTag("main-f", "has a build time that was not read"),
    )
    assert compare(versions, "main-a", "main-b", created=created) is Comparison.OLDER
    assert compare(versions, "main-b", "main-c", created=created) is Comparison.SAME
    assert compare(versions, "main-b", "main-f", created=created) is Comparison.UNKNOWN


def test_an_unusable_build_time_is_a_reason() -> None:
    versions = order(OrderKind.NEWEST, "created")
    silent = NoBuildTime("says that it was built on 1980-01-01, as reproducible builds do")
    created: dict[str, BuildTime] = {"a": at(3), "b": silent}

    assert rank(versions, created, created=created) == Ranking(("a",), (RejectedTag("b", silent.reason),))


def test_a_followed_tag_is_the_only_version() -> None:
    versions = order(OrderKind.DIGEST, "latest")

    assert rank(versions, ["latest", "v1.0.0"]) == Ranking(
        ("latest",), (RejectedTag("v1.0.0", "is not latest, the tag that is followed"),)
    )
    assert compare(versions, "latest", "latest") is Comparison.SAME
    assert compare(versions, "latest", "v1.0.0") is Comparison.UNKNOWN
    assert versions.write is Write.TAG_AND_DIGEST


def test_tags_and_ignore_filter_these_tags() -> None:
    versions = order(OrderKind.NEWEST, "created", tags="^main-", ignore=("*-dirty",))

    assert [fits(versions, tag) for tag in ("main-1", "main-1-dirty", "dev-1")] == [True, False, False]


@given(st.lists(st.integers(0, 2**70), unique=True))
def test_numbers_rank_as_numbers(numbers: list[int]) -> None:
    tags = list(map(str, numbers))

    assert rank(order(OrderKind.NUMERIC, "highest"), tags).candidates == tuple(map(str, sorted(numbers, reverse=True)))
    assert rank(order(OrderKind.NUMERIC, "lowest"), tags).candidates == tuple(map(str, sorted(numbers)))


@given(st.lists(st.text(min_size=1, max_size=8), unique=True))
def test_characters_rank_as_python_sorts(tags: list[str]) -> None:
    assert rank(order(OrderKind.ALPHABETICAL, "last"), tags).candidates == tuple(sorted(tags, reverse=True))
    assert rank(order(OrderKind.ALPHABETICAL, "first"), tags).candidates == tuple(sorted(tags))


PARTS = st.sampled_from(["0", "1", "10", "2", "alpha", "beta", "-", "rc"])
VERSION_TEXTS = st.builds(
    lambda numbers, parts: ".".join(map(str, numbers)) + ("-" + ".".join(parts) if parts else ""),
    st.tuples(*[st.integers(0, 2)] * 3),
    st.lists(PARTS, max_size=3),
)


@given(VERSION_TEXTS, VERSION_TEXTS)
def test_semver_compares_as_the_library_does(left: str, right: str) -> None:
    expected = {1: Comparison.NEWER, 0: Comparison.SAME, -1: Comparison.OLDER}

    assert compare(semver(), left, right) is expected[Version.parse(left).compare(right)]


def test_a_hostile_pattern_runs_in_linear_time() -> None:
    """In a backtracking engine this would outlast us all."""
    versions = semver(tags="^(a+)+(?P<version>b)$", ignore=("*a" * 50 + "b",))

    assert rank(versions, ["a" * 128]).candidates == ()


NUMBERS = st.integers(0, 3).map(str)
PRERELEASES = st.sampled_from(["", "-rc.1", "-rc.10", "-rc.2", "-0", "+b"])
SEMVER_TAGS = st.builds("{}{}.{}.{}{}".format, st.sampled_from(["", "v"]), NUMBERS, NUMBERS, NUMBERS, PRERELEASES)
COMMIT_TAGS = st.sampled_from([NEWEST, MIDDLE, OLDEST, "a" * 7, "b" * 8, "d" * 40])
TAGS = SEMVER_TAGS | COMMIT_TAGS | NUMBERS | st.text(max_size=8)
CREATED = {"0": at(1), "1": at(2), "v0.0.1": at(2), "1.0.0": at(3)}
VERSIONS = st.sampled_from(
    [
        semver(),
        semver(">=1.0.0-0", ignore=("*1",)),
        semver(tags="^v(?P<version>.+)$"),
        commit("short"),
        order(OrderKind.NUMERIC, "highest"),
        order(OrderKind.NUMERIC, "lowest", tags="(?P<version>[0-9]+)"),
        order(OrderKind.ALPHABETICAL, "last"),
        order(OrderKind.ALPHABETICAL, "first", tags="^(?P<version>.)"),
        order(OrderKind.NEWEST, "created"),
        order(OrderKind.DIGEST, "1"),
    ]
)


@given(VERSIONS, st.lists(TAGS), st.data())
def test_every_tag_is_a_candidate_or_rejected_whatever_their_order(
    versions: Versions,
    tags: list[str],
    data: st.DataObject,
) -> None:
    ranking = rank(versions, tags, history=HISTORY, created=CREATED)
    rejected = [each.tag for each in ranking.rejected]

    assert sorted([*ranking.candidates, *rejected]) == sorted(set(tags))
    assert all(each.reason for each in ranking.rejected)
    assert rank(versions, data.draw(st.permutations(tags)), history=HISTORY, created=CREATED) == ranking


@given(VERSIONS, st.lists(TAGS))
def test_the_ranking_agrees_with_the_comparison(versions: Versions, tags: list[str]) -> None:
    candidates = rank(versions, tags, history=HISTORY, created=CREATED).candidates

    for better, worse in pairwise(candidates):
        assert compare(versions, better, worse, history=HISTORY, created=CREATED) in {Comparison.NEWER, Comparison.SAME}


MIRRORED = {Comparison.NEWER: Comparison.OLDER, Comparison.OLDER: Comparison.NEWER}


@given(VERSIONS, TAGS, TAGS, TAGS)
def test_the_order_is_total_where_there_is_one(versions: Versions, one: str, two: str, three: str) -> None:
    def relation(left: str, right: str) -> Comparison:
        return compare(versions, left, right, history=HISTORY, created=CREATED)

    forward = relation(one, two)

    assert relation(two, one) is MIRRORED.get(forward, forward)
    assert relation(one, one) is Comparison.SAME
    if forward in {Comparison.NEWER, Comparison.SAME} and relation(two, three) is forward:
        assert relation(one, three) is forward
