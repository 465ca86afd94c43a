"""Ranges of semantic versions: the dialect of https://github.com/Masterminds/semver#checking-version-constraints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from bot.core.values.semver_ranges import parse_range, parse_version


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.2.3", "1.2.3 v1.2.3 1.2.3+build", "1.2.4 1.2.2 1.2.3-rc.1"),
        ("=1.2.3", "1.2.3", "1.2.4"),
        ("1.2", "1.2.0 1.2.9", "1.3.0 1.1.9 1.2.1-rc.1"),
        ("1.2.x", "1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("1.X", "1.0.0 1.9.9", "2.0.0 0.9.9"),
        ("1.*.3", "1.0.0 1.9.9", "2.0.0"),
        ("v1", "1.0.0 1.9.9", "2.0.0"),
        ("*", "0.0.0 9.9.9", "1.0.0-rc.1"),
        ("!=1.2.3", "1.2.4 1.2.2", "1.2.3 1.2.4-rc.1"),
        ("!=1.2", "1.3.0 1.1.9", "1.2.0 1.2.9"),
        (">1.2.3", "1.2.4 2.0.0", "1.2.3 1.2.2"),
        (">1.2", "1.3.0", "1.2.0 1.2.9"),
        (">1", "2.0.0", "1.0.0 1.9.9"),
        (">*", "", "0.0.0 9.9.9"),
        (">= 1.2.3", "1.2.3 2.0.0", "1.2.2"),
        ("=>1.2", "1.2.0 2.0.0", "1.1.9"),
        ("<1.2.3", "1.2.2 0.0.0", "1.2.3"),
        ("<1.2", "1.1.9", "1.2.0 1.2.9"),
        ("<=1.2.3", "1.2.3 0.1.0", "1.2.4"),
        ("=<1.2", "1.2.9 0.1.0", "1.3.0"),
        ("<=2.x", "2.9.9", "3.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0"),
        ("~>1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("~1", "1.0.0 1.9.9", "2.0.0 0.9.9"),
        ("~*", "0.0.0 9.9.9", "1.0.0-rc.1"),
        ("^1.2.3", "1.2.3 1.9.9", "1.2.2 2.0.0"),
        ("^1.2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
        ("^1", "1.0.0 1.9.9", "2.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0 1.0.0"),
        ("^0.2", "0.2.0 0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4 0.0.2"),
        ("^0.0", "0.0.0 0.0.9", "0.1.0"),
        ("^0", "0.0.0 0.9.9", "1.0.0"),
        ("^*", "0.0.0 9.9.9", ""),
        (">=1.0 <2.0", "1.0.0 1.9.9", "2.0.0 0.9.9"),
        (">=1.0, <2.0,!=1.5.0", "1.0.0 1.9.9", "1.5.0 2.0.0"),
        ("1.x || >=3.1 <4", "1.2.0 3.1.0", "2.0.0 3.0.9 4.0.0"),
        ("1.2 - 1.4.5", "1.2.0 1.4.5", "1.4.6 1.1.9"),
        ("2.3.4 - 4.5", "2.3.4 4.5.9", "2.3.3 4.6.0"),
        ("1 - 2, 1.5 - 3", "1.5.0 2.9.9", "1.4.9 3.0.0"),
        # Without spaces it is version 1.2.0 with the prerelease 1.4.5.
        ("1.2-1.4.5", "1.2.0-1.4.5 1.2.0 1.2.9", "1.3.0 1.2.0-1.4.4"),
        # Prereleases count in a group that names one, and only there.
        (">=1.0.0-0", "1.0.0-rc.1 1.0.0 2.0.0-alpha", "0.9.9 0.9.9-rc.1"),
        (">=1.0.0-0 <2.0.0", "1.0.0-rc.1 2.0.0-rc.1", "2.0.0"),
        (">=1.0.0-rc.2", "1.0.0-rc.2 1.0.0-rc.10 1.0.0", "1.0.0-rc.1 1.0.0-beta"),
        (">1.0.0-rc.1", "1.0.0-rc.1.0 1.0.0-rc.2 1.0.0", "1.0.0-rc.1"),
        ("<=1.0.0-rc.1", "1.0.0-rc.1 1.0.0-beta", "1.0.0-rc.1.0 1.0.0"),
        ("=1.0.0-rc.1", "1.0.0-rc.1", "1.0.0-rc.1.0 1.0.0-rc.2 1.0.0"),
        ("~1.2.3-beta.2", "1.2.3-beta.4 1.2.4-beta.1 1.2.9", "1.3.0-beta 1.2.3-beta.1"),
        ("^0.2.3-beta.2", "0.2.3-beta.4 0.2.4-beta.1", "0.3.0-beta.2 0.2.3-beta.1"),
        ("^0.0.3-0", "0.0.3-a 0.0.3", "0.0.4-a 0.0.4"),
        ("*-0", "1.2.3-alpha.1 1.2.3", ""),
        ("1.x-0 || >=3", "1.0.0-rc.1 3.0.0", "3.1.0-rc.1 2.0.0-rc.1"),
    ],
)
def test_ranges_contain_these_versions(text: str, inside: str, outside: str) -> None:
    wanted = parse_range(text)

    assert [version for version in inside.split() if parse_version(version) not in wanted] == []
    assert [version for version in outside.split() if parse_version(version) in wanted] == []


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "foo", ">=", ">= bar", "1.2.3.4", "01.2.3", "1.2.3-01", "1.2.3-", "1 -", "1 - ", "- 1", "1 - 2 - 3"),
        *(">1 - 2", "1 - >2", "1 ||", "|| 1", ",1", "1,", "1,,2", "1.2.3~ 1.2.3", "=1 = 2 foo", "9" * 19, ">=1.0\n<a"),
    ],
)
def test_invalid_ranges_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a range of versions"):
        parse_range(text)


def test_the_error_names_the_position() -> None:
    with pytest.raises(
        ValueError, match=r"'>=1.0 or 2' is not a range of versions at 'or 2': write for example >=1.0.0, "
    ):
        parse_range(">=1.0 or 2")


@pytest.mark.parametrize("text", ["1", "1.2", "1.2.3.4", "vv1.2.3", "1.2.x", "latest", "", "1.02.3", "V1.2.3"])
def test_invalid_versions_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a semantic version: three numbers, as in 1.4.0 or v1.4.0-rc.1"):
        parse_version(text)


NUMBERS = st.integers(0, 3)
PRERELEASES = st.none() | st.lists(st.sampled_from(["0", "1", "10", "a", "rc", "A-b"]), min_size=1, max_size=3).map(
    ".".join
)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS, PRERELEASES)


@given(VERSIONS, VERSIONS)
def test_comparisons_agree_with_precedence(version: Version, bound: Version) -> None:
    """With prereleases allowed (`|| <0.0.0-0` names one and holds nothing), each operator is what it says."""
    for operator, holds in {
        "<": version < bound,
        "<=": version <= bound,
        ">": version > bound,
        ">=": version >= bound,
        "=": version == bound,
        "!=": version != bound,
    }.items():
        text = f"{operator}{bound} >=0.0.0-0"
        assert (parse_version(str(version)) in parse_range(text)) is holds, text


@given(VERSIONS, st.sampled_from(["^", "~", "", ">", "<="]), NUMBERS, NUMBERS)
def test_a_range_without_a_prerelease_contains_none(version: Version, operator: str, major: int, minor: int) -> None:
    assert version.prerelease is None or parse_version(str(version)) not in parse_range(f"{operator}{major}.{minor}")


@given(st.text(max_size=20) | st.text("0123.xX*<>=!~^|, v-+a", max_size=20))
def test_any_text_is_a_range_or_an_error(text: str) -> None:
    try:
        assert parse_range(text).text == text
    except ValueError as error:
        assert "is not a range of versions" in str(error)  # noqa: PT017 -- either outcome is right
