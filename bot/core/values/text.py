"""Words of others inside our pages: they mention nobody, close no issue and inject no markup.

https://github.github.com/gfm/ and
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

LONGEST = 300

_OPTIONAL = re.compile(r"\[([^][]*)\]")

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@:$])")

_WORD_JOINER = "\u2060"

# What GitHub makes a mention, a reference or a link of, with or without markup in front.
_LIVE = re.compile(r"(@|#|GH-|www)(?=[\w.])", re.IGNORECASE)

_LINKABLE = re.compile(r"https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._~:/?#%&=+,;-]*)?")

# To link to one tells it so.
_REFERENCE = re.compile(r"/(?:issues|pull|discussions|commit)/", re.IGNORECASE)

_PIPE = re.compile(r"(\\*)\|")

# What begins a list, a rule or an underlined heading, where it stands first on a line.
_BLOCK = re.compile(r"^([0-9]{1,9}(?=\.(?: |$))|(?=[-=]))")

# https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs; other CI servers know the same words.
_SKIP = re.compile(r"\[(?=\s*(?:skip|ci|no|actions)\b)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def escape(words: str) -> str:
    """Plain words for a Markdown page."""
    # A backslash stops markup but neither mentions nor references: they need a character in between.
    return _BLOCK.sub(r"\1\\", _defused(_MARKUP.sub(r"\\\1", _one_line(words))))


def plain(words: str) -> str:
    """Return one line without mentions, `fixes #1` and `[skip ci]`, for titles and commit messages.

    GitHub looks for these even where it renders no Markdown.
    """
    return _SKIP.sub(f"[{_WORD_JOINER}", _defused(_one_line(words)))


@lru_cache(maxsize=4096)
def code(words: str) -> str:
    """Words as a code span, in which nothing is a mention, a reference or markup."""
    shown = _one_line(words).replace("`", "'")
    return f"`{shown}`" if shown else ""


def link(url: str) -> str:
    """Return a link to a page of others. A URL that GitHub would make a reference of, or that is none, is shown as words.

    https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
    """
    return f"[details]({url})" if _LINKABLE.fullmatch(url) and not _REFERENCE.search(url) else escape(url)


def cell(text: str) -> str:
    """Text that is Markdown already, fit for a cell of a table: https://github.github.com/gfm/#example-200"""
    if "|" not in text:
        return text
    return _PIPE.sub(lambda found: found[0] if len(found[1]) % 2 else f"{found[1]}\\|", text)


def _one_line(words: str) -> str:
    """Without line breaks, control characters and what changes the direction of writing; of bounded length."""
    # https://docs.python.org/3/library/stdtypes.html#str.isprintable: what is printable holds none of them.
    if not words.isprintable():
        words = "".join(character if unicodedata.category(character)[0] != "C" else " " for character in words)
    shown = " ".join(words.split())
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def _defused(words: str) -> str:
    return _LIVE.sub(rf"\1{_WORD_JOINER}", words).replace("://", f":{_WORD_JOINER}//")


@dataclass(frozen=True, slots=True)
class _OnPage:
    """A fact in a template for a Markdown page: `{fact}` is escaped, `{fact:c}` a code span, `{fact:u}` a link."""

    words: str

    def __format__(self, form: str) -> str:
        if form == "u":
            return link(self.words)
        return code(self.words) if form == "c" else escape(self.words)


@dataclass(frozen=True, slots=True)
class _InLine:
    """A fact in the same templates for a terminal or a check run's title, where there is no markup."""

    words: str

    def __format__(self, form: str) -> str:
        return _one_line(self.words) if form == "u" else plain(self.words)


def on_page(template: str, facts: Mapping[str, str]) -> str:
    """Fill a template for a Markdown page. What stands in `[brackets]` is left out where one of its facts is empty."""
    return _filled(template, tuple(facts.items()), _OnPage)


def in_line(template: str, facts: Mapping[str, str]) -> str:
    """Fill a template as plain text, likewise."""
    return _filled(template, tuple(facts.items()), _InLine)


@lru_cache(maxsize=4096)
def _filled(template: str, facts: tuple[tuple[str, str], ...], form: type[_OnPage | _InLine]) -> str:
    """Return the filled template.

    Cached, because a verdict appears in several places and pages are often recomposed.
    """
    shown = {name: form(words) for name, words in facts}
    return _wanted(template, dict(facts)).format_map(shown)


def _wanted(template: str, facts: Mapping[str, str]) -> str:
    """Return the template with those optional parts whose facts are all given."""

    def kept(part: re.Match[str]) -> str:
        names = (name for _, name, _, _ in Formatter().parse(part[1]) if name)
        return part[1] if all(facts[name] for name in names) else ""

    return _OPTIONAL.sub(kept, template)
