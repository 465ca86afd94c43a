"""CODEOWNERS as GitHub documents it.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.people.code_owners import LARGEST, owners_of
from bot.simulator.github.model.code import codeowners

EXAMPLE = r"""
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
/with\ space/ @spaced
"""
"""That of the page, and a path with a space."""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", ("@global-owner1", "@global-owner2")),
        ("src/a.js", ("@js-owner",)),
        ("src/a.JS", ("@global-owner1", "@global-owner2")),  # Case matters.
        ("a.go", ("docs@example.com",)),
        ("x/a.txt", ("@octo-org/octocats",)),
        ("build/logs/a.log", ("@octocat",)),  # `**/logs` comes later.
        ("x/docs/getting-started.md", ("@global-owner1", "@global-owner2")),  # A slash in it ties it to the root.
        ("docs/build-app/troubleshooting.md", ("@doctocat",)),
        ("x/apps/a/b", ("@octocat",)),
        ("scripts/run", ("@doctocat", "@octocat")),
        ("deeply/nested/logs", ("@octocat",)),
        ("apps/web", ("@octocat",)),
        ("apps/github", ()),
        ("apps/github/x", ()),
        ("with space/a", ("@spaced",)),
        ("with", ("@global-owner1", "@global-owner2")),
    ],
)
def test_the_last_pattern_that_matches_counts(path: str, expected: tuple[str, ...]) -> None:
    assert owners_of(EXAMPLE, path) == expected


@pytest.mark.parametrize(
    "line",
    [
        "!a @bob",
        "[a] @bob",
        "a @bob bob",  # Any other word makes the line invalid.
        "a @bob/",
        "a @-",
        "#a @bob",
        "\\#a @bob",  # Does not mean `#a`, nor `a`.
        "b @bob",
        "a/ @bob",  # A folder.
        "/a/* @bob",
        "? @bob x@",
    ],
)
def test_a_line_that_means_something_else_changes_nothing(line: str) -> None:
    assert owners_of(f"a @alice\n{line}\n", "a") == ("@alice",)


def test_a_file_that_github_does_not_read_names_nobody() -> None:
    text = "* @alice\n" + "#" * LARGEST

    assert owners_of(text, "a") == ()
    assert owners_of(text[:LARGEST], "a") == ("@alice",)


PART = st.sampled_from(["a", "b", "ab", "*", "**", "?", "a*", "*b"])
LINE = st.builds(
    lambda begin, parts, end: f"{begin}{'/'.join(parts)}{end}",
    st.sampled_from(["", "/"]),
    st.lists(PART, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)
PATH = st.lists(st.sampled_from(["a", "b", "ab", "ba"]), min_size=1, max_size=4).map("/".join)


@given(st.lists(LINE, max_size=4), PATH)
def test_another_reader_of_the_same_rules_finds_the_same_owners(lines: list[str], path: str) -> None:
    """The simulator's, which shares no code with the bot."""
    text = "".join(f"{line} @owner-{number}\n" for number, line in enumerate(lines))

    assert owners_of(text, path) == codeowners.owners(text, path)
