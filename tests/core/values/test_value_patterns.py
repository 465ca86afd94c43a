"""Patterns that name a value in any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.values.editable.files import ending, has_keys, is_manifest, is_protected
from bot.core.values.editable.value_patterns import (
    MOST_MATCHES,
    Found,
    ValuePatternError,
    find_values,
    parse_value_pattern,
)


def values(pattern: str, text: str) -> list[str]:
    content = text.encode()
    return [content[found.start : found.end].decode() for found in find_values(parse_value_pattern(pattern), content)]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("version=(.*)", "version=v1\nother=v2\nversion=v3", ["v1", "v3"]),
        ("^version=(.*)$", "my-version=v1\nversion=v2", ["v2"]),
        # Spaces around a value are not part of it, and neither is what CRLF leaves behind.
        ("version=(.*)", "version= v1 \t\r\nversion=\n", ["v1", ""]),
        ("^version=(v[0-9.]+)$", "\ufeffversion=v1.2\r\nversion=v1.3\r\n", ["v1.2", "v1.3"]),
        ("größe=(.*)", "größe=ä\n🚀größe=v2", ["ä", "v2"]),
        # Of several groups, `version` is the value.
        ("(?P<name>web|api)=(?P<version>.*)", "web=v1\napi=v2", ["v1", "v2"]),
        ("(?:web|api)=(.*)", "web=v1\napi=v2", ["v1", "v2"]),
        # A group that takes no part is no value.
        ("web(?:=(.*))?", "web\nweb=v1", ["v1"]),
        # A match lies in one line, whatever the pattern says.
        (r"web\s+(v1)", "web\nv1 web v1", ["v1"]),
        ("web(?s:.*)=(v[0-9])", "web\n=v1 web=v2", ["v2"]),
        ("web: (v1)\n", "web: v1\n", []),
    ],
)
def test_a_pattern_finds_every_value_in_every_line(pattern: str, text: str, found: list[str]) -> None:
    assert values(pattern, text) == found


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "this pattern is empty: write one such as 'version=(.*)'"),
        ("(x)" + "y" * 1100, "this pattern has 1103 characters"),
        ("(", "is not a regular expression in RE2's syntax: missing )"),
        (r"(.*)\1", "is not a regular expression in RE2's syntax"),
        ("version=.*", "has no group: put the value in one group, as in 'version=(.*)'"),
        (
            "(a)=(b)",
            r"has 2 groups: put the value in one group, as in 'version=(.*)', or name its group (?P<version>…)",
        ),
        (r"(x{600})", "takes too long: use fewer repetitions and character classes"),
        (r"(\pL{0,500})", "is not a regular expression in RE2's syntax: pattern too large"),
        (r"(\pL" + r"\PN" * 8 + ")", "is not a regular expression in RE2's syntax: more than 8 Unicode classes"),
    ],
)
def test_a_pattern_must_name_one_value(pattern: str, said: str) -> None:
    with pytest.raises(ValuePatternError) as caught:
        parse_value_pattern(pattern)
    assert said in str(caught.value)


def test_a_pattern_that_is_found_too_often_is_refused() -> None:
    assert len(values("(v)", "v" * MOST_MATCHES)) == MOST_MATCHES
    with pytest.raises(ValuePatternError, match="is found more than 100 times: make it more specific"):
        values("(v)", "v" * (MOST_MATCHES + 1))


@pytest.mark.parametrize("text", ["a" * 1_000_000, "v=1" + "a" * 400_000, "v=1 " * 90 + "a" * 40_000])
def test_a_text_in_which_the_search_takes_long_is_refused(text: str) -> None:
    """A long line is read again for each match in it."""
    with pytest.raises(ValuePatternError, match="takes too long in a file of this size"):
        values("v=([0-9])", text)


@given(st.text(max_size=60), st.text(max_size=10), st.sampled_from(["\n", "\r\n", "\r"]))
def test_spans_are_in_bytes_and_never_outside(before: str, value: str, line_end: str) -> None:
    content = f"{before}{line_end}tag={value}{line_end}".encode("utf-8", "surrogatepass")
    for found in find_values("tag=(.*)", content):
        assert 0 <= found.start <= found.end <= len(content)
        assert content[: found.start].rpartition(b"tag=")[1] == b"tag="
    assert all(isinstance(found, Found) for found in find_values("tag=(.*)", content))


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("a/values.yaml", True),
        ("a/data.json", True),
        ("tags/dev/noext", True),
        ("a/values.yaml.gotmpl", True),
        ("a/environment", True),
        (".env", False),
        ("a/.env.dev", False),
        ("a/dev.env", False),
        ("main.tf", False),
        ("pins.toml", False),
        ("Dockerfile", False),
        ("a/Dockerfile.dev", False),
        ("web.Dockerfile", False),
        ("deploy.SH", False),
    ],
)
def test_some_files_certainly_have_no_keys(path: str, keys: bool) -> None:  # noqa: FBT001 -- a table
    assert has_keys(path) is keys


def test_files_are_named_by_their_ending() -> None:
    assert [ending(path) for path in ("a/main.tf", "a/Dockerfile", "a/.env")] == [".tf", "Dockerfile", ".env"]
    assert [is_manifest(path) for path in ("a.yaml", "a.yml", "a.json", "a.yaml.gotmpl", "a")] == [True] * 3 + [
        False
    ] * 2
    assert [is_protected(path) for path in (".gitops.yml", "a/.github/b", "docs/CODEOWNERS", "a/git")] == [
        True,
        True,
        True,
        False,
    ]
