"""Hostile text: it mentions nobody, closes no issue, adds no markup and breaks no table."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some
from markdown_it import MarkdownIt

from bot.core.values.text import LONGEST, cell, code, escape, in_line, on_page, plain

JOINER = "\u2060"

# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
LIVE = re.compile(r"@[\w]|#\d|GH-\d|://|www\.", re.IGNORECASE)
UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[`*_{}\[\]<>()#+!|~&]")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("plain words, even 1.2.3", "plain words, even 1.2.3"),
        ("@alice", rf"\@{JOINER}alice"),
        ("@acme/sre", rf"\@{JOINER}acme/sre"),
        ("fixes #1", rf"fixes \#{JOINER}1"),
        ("closes acme/web#12", rf"closes acme/web\#{JOINER}12"),
        ("resolves GH-7", f"resolves GH-{JOINER}7"),
        ("https://evil.test/x", f"https\\:{JOINER}//evil.test/x"),
        ("www.evil.test", f"www{JOINER}.evil.test"),
        ("<!-- gitops-bot -->", r"\<\!-- gitops-bot --\>"),
        ("<img src=x>", r"\<img src=x\>"),
        ("[text](target)", r"\[text\]\(target\)"),
        ("a | b", r"a \| b"),
        ("`code`", r"\`code\`"),
        ("**loud** _and_ ~~gone~~", r"\*\*loud\*\* \_and\_ \~\~gone\~\~"),
        ("&lt; :tada: $x$", r"\&lt; \:tada\: \$x\$"),
        ("two\nlines\r\n# heading", r"two lines \# heading"),
        ("back\\slash", r"back\\slash"),
        ("left\u202eright\u0000", "left right"),
        ("- a list", r"\- a list"),
        ("--- a rule", r"\--- a rule"),
        ("1. first", r"1\. first"),
        ("12) twelfth", r"12\) twelfth"),
        ("1.5.0 is a version", "1.5.0 is a version"),
        ("=", r"\="),
        ("(@alice), x@alice", rf"\(\@{JOINER}alice\), x\@{JOINER}alice"),
        ("&#64;alice &commat;alice", rf"\&\#{JOINER}64;alice \&commat;alice"),
        ("fix\u200bes #\u200b1 @\u2060alice", r"fix es \# 1 \@ alice"),
        ("closes: acme/web#1, fixed GH-2", rf"closes\: acme/web\#{JOINER}1, fixed GH-{JOINER}2"),
        ("closes https://github.com/acme/web/issues/1", f"closes https\\:{JOINER}//github.com/acme/web/issues/1"),
        ("someone@evil.test", rf"someone\@{JOINER}evil.test"),
        ("acme/web@0123456789", rf"acme/web\@{JOINER}0123456789"),
    ],
)
def test_escape_neutralises_markup(words: str, expected: str) -> None:
    assert escape(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("v1.5.0", "`v1.5.0`"),
        ("a `quoted` word", "`a 'quoted' word`"),
        ("@alice fixes #1", "`@alice fixes #1`"),
        ("two\nlines", "`two lines`"),
        ("", ""),
        (" ", ""),
    ],
)
def test_code_quotes_any_text(words: str, expected: str) -> None:
    assert code(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("hold in dev: v1.4.0 → v1.5.0", "hold in dev: v1.4.0 → v1.5.0"),
        ("fixes #1, says @alice", f"fixes #{JOINER}1, says @{JOINER}alice"),
        ("closes https://github.test/a/b/issues/1", f"closes https:{JOINER}//github.test/a/b/issues/1"),
        ("v1\n\nGitOps-Version: v2", "v1 GitOps-Version: v2"),
        ("it burns [skip ci]", f"it burns [{JOINER}skip ci]"),
        ("[CI skip] [ no ci] [actions skip]", f"[{JOINER}CI skip] [{JOINER} no ci] [{JOINER}actions skip]"),
        ("[cinema] [1]", "[cinema] [1]"),
        ("**stars** stay", "**stars** stay"),
    ],
)
def test_plain_neutralises_references(words: str, expected: str) -> None:
    assert plain(words) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no pipes", "no pipes"),
        ("`a|b`", r"`a\|b`"),
        (r"a \| b", r"a \| b"),
        (r"`a\|b`", r"`a\|b`"),
        (r"`a\\|b`", r"`a\\\|b`"),
        ("||", r"\|\|"),
    ],
)
def test_cell_keeps_text_in_one_cell(text: str, expected: str) -> None:
    assert cell(text) == expected


def test_templates_escape_facts_and_nothing_else() -> None:
    facts = {"who": "@alice", "tag": "v1|x"}

    assert on_page("**{who}** has {tag:c}", facts) == rf"**\@{JOINER}alice** has `v1|x`"
    assert in_line("{who} has {tag:c}", facts) == f"@{JOINER}alice has v1|x"


def test_long_words_end_in_an_ellipsis() -> None:
    assert LONGEST == 300
    assert escape("x" * LONGEST) == "x" * LONGEST
    assert escape("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
    assert code("x" * 999) == f"`{'x' * (LONGEST - 1)}…`"


@given(some.text())
def test_no_markup_survives_escape(words: str) -> None:
    shown = escape(words)

    assert not LIVE.search(shown)
    assert not UNESCAPED.search(shown)
    assert "\n" not in shown
    assert "\r" not in shown


HARD = some.text(alphabet=some.sampled_from("ab1 \t\n\\`*_{}[]()<>#+-=.!|~&@:$;/\u2060\u200b\u00a0é"), max_size=30)
WILD = some.one_of(some.text(), HARD)
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@given(WILD)
def test_a_reader_sees_the_words_and_nothing_else(words: str) -> None:
    """Checked with a Markdown parser, in every position: alone, after other words, in a list, in a table."""
    shown = escape(words)
    expected = shown.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\")

    assert seen(f"{shown}\n") == ([expected] if expected else [])
    assert seen(f"a\n{shown}") == [f"a {expected}".rstrip()]
    assert seen(f"a {shown} b") == [f"a {expected} b"]
    assert seen(f"- a {shown}") == [f"a {expected}".rstrip()]
    assert seen(f"| a |\n|---|\n| {cell(shown)} |") == ["a", expected]


@given(WILD)
def test_a_code_span_stays_one(words: str) -> None:
    shown = code(words)

    if shown:
        (inline,) = (token for token in GITHUB.parse(f"a {shown} b") if token.type == "inline")
        assert [child.type for child in inline.children or ()] == ["text", "code_inline", "text"]


def seen(markdown: str) -> list[str]:
    """The words of every paragraph and cell; nothing in them is markup."""
    found = []
    for token in GITHUB.parse(markdown):
        assert token.type.removesuffix("_open").removesuffix("_close") in {
            "paragraph", "inline", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td",
        }, (token.type, markdown)  # fmt: skip
        if token.type == "inline":
            assert {child.type for child in token.children or ()} <= {"text", "softbreak"}, markdown
            found.append("".join(child.content or " " for child in token.children or ()))
    return found


@given(some.text())
def test_no_reference_survives_plain(words: str) -> None:
    assert not LIVE.search(plain(words))
    assert len(plain(words).splitlines()) <= 1


@given(some.text())
def test_no_text_leaves_a_code_span(words: str) -> None:
    shown = code(words)

    assert shown == "" or (shown[0] == shown[-1] == "`" and "`" not in shown[1:-1] and len(shown) > 2)
    assert len(shown.splitlines()) <= 1


@given(some.text())
def test_a_cell_stays_one_cell(words: str) -> None:
    """An unescaped pipe would begin another: one with an even number of backslashes before it."""
    for shown in (cell(escape(words)), cell(code(words))):
        assert all(len(run) % 2 for run in re.findall(r"(\\*)\|", shown))
