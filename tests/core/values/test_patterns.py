"""Regular expressions and globs of a policy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.values.patterns import EXCLUDE, compile_pattern, extract, glob_matches, path_matches, path_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^v(?P<version>.+)$", "v1.2.0", "1.2.0"),
        ("^v(?P<version>.+)$", "1.2.0", None),
        ("^main-", "main-1", "main-1"),
        ("^main-", "dev-1", None),
        ("^v(?P<version>x)?", "v1", None),
        ("-(?P<version>[0-9a-f]{40})$", "main-" + "a" * 40, "a" * 40),
    ],
)
def test_extract_returns_the_compared_part(pattern: str, text: str, found: str | None) -> None:
    assert extract(pattern, text) == found


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(", "missing )"),
        ("(?<=a)b", "invalid perl operator"),
        (r"\1", "invalid escape sequence"),
        ("(?P<a", "invalid named"),
    ],
)
def test_syntax_outside_re2_is_an_error_with_a_reason(
    pattern: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=said.replace(")", r"\)")):
        compile_pattern(pattern)
    assert capfd.readouterr().err == ""


def test_every_pattern_runs_in_linear_time() -> None:
    assert extract("^(a+)+$", "a" * 128 + "!") is None


@pytest.mark.parametrize(
    ("glob", "text", "matches"),
    [
        ("build", "build", True),
        ("build", "build 2", False),
        ("test / *", "test / unit / linux", True),
        ("*-rc*", "v1.0.0-rc.1", True),
        ("v?", "v1", True),
        ("v?", "v", False),
        ("a.b", "axb", False),
        ("test [linux]", "test [linux]", True),
        ("test [linux]", "test l", False),
        ("*", "two\nlines", True),
        ("a", "a\n", False),
        ("é*", "éa", True),
        ("A", "a", False),
    ],
)
def test_globs_match_these_texts(glob: str, text: str, matches: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert glob_matches(glob, text) is matches


@given(st.text("ab/.!", min_size=1, max_size=6), st.text("ab/.!", max_size=8))
def test_a_plain_path_means_what_its_pattern_means(path: str, file: str) -> None:
    """It is not compiled, because a fleet has thousands."""
    expected = path_pattern(path.removeprefix(EXCLUDE)).search(file) is not None

    assert path_matches((path,), file) == (expected and not path.startswith(EXCLUDE))
