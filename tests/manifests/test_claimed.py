"""Whether two ways to name a value lead to the same bytes."""

import pytest

from bot.core.values.places import Scalar
from bot.manifests import at_entries, found_at, overlap

WEB = "ghcr.io/acme/web"


def scalar(start: int, end: int) -> Scalar:
    return Scalar(0, (), 1, start, end)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (scalar(2, 4), scalar(2, 4), True),
        (scalar(2, 4), scalar(3, 9), True),
        (scalar(2, 9), scalar(3, 4), True),
        (scalar(2, 4), scalar(4, 6), False),
        (scalar(2, 2), scalar(2, 2), True),  # An empty value has a place as well.
        (scalar(2, 2), scalar(1, 2), False),
    ],
)
def test_two_values_overlap(one: Scalar, other: Scalar, *, expected: bool) -> None:
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected


def test_key_paths_lead_to_scalars() -> None:
    content = b"a: {tag: v1, digest: 'sha256:" + b"a" * 64 + b"'}\nb: v2\n"

    [both, one, none] = at_entries(content, [("a.tag", WEB), ("b", WEB), ("c", WEB)])

    assert [each.key_path for each in both] == [("a", "tag"), ("a", "digest")]
    assert [each.key_path for each in one] == [("b",)]
    assert none == ()


def test_what_cannot_be_parsed_has_no_keys() -> None:
    assert at_entries(b"a: {{ b }}: c\n", [("a", WEB)]) == [()]


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("x=v1\nTAG=v1\n", "TAG=(.*)", True),
        ("x=v1\nTAG=v1\n", "x=(.*)", False),
        ("x=v1\nTAG=v1\n", "(TAG)=", False),
        ("x=v1\r\nTAG=v1\r\n", "^TAG=(.*)$", True),
        ("x=v1\nTAG=v1", "^TAG=(.*)$", True),
        ("x=v1\nTAG=v1\n", "=v(.)", True),
        ("x=v1\nTAG=v1\n", "(?:TAG=|y=(v.*))", False),  # Its group takes no part.
        ("x=v1\nTAG=v1\n", "TAG=v1()", False),  # Behind it.
        ("x=v1\n" + "TAG=v1" + ";" * 50 + "\n", "(.)", True),
        (
            "x=v1\n" + "TAG=v1" + ";" * 20_000 + "\n",
            "(.)",
            False,
        ),  # Its own application is told that it is found too often.
    ],
)
def test_a_pattern_finds_a_value_in_its_line(text: str, pattern: str, *, expected: bool) -> None:
    start = text.index("TAG=v1") + 4
    ours = scalar(start, start + 2)

    assert list(found_at(text, [ours], pattern)) == ([ours] if expected else [])
