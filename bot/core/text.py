"""Words of others inside our pages: they mention nobody, close no issue and inject no markup.

https://github.github.com/gfm/ and
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
"""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

LONGEST = 300
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@:$])")
_WORD_JOINER = "\u2060"


def escape(words: str) -> str:
    """Plain words for a Markdown page."""
    shown = " ".join(words.split())
    shown = shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
    shown = _MARKUP.sub(r"\\\1", shown)
    # A backslash stops markup but neither mentions nor references: they need a character in between.
    return re.sub(r"(@|#|GH-)(?=\w)", rf"\1{_WORD_JOINER}", shown).replace("://", f":{_WORD_JOINER}//")


def code(words: str) -> str:
    """Words as a code span, in which nothing is a mention, a reference or markup; fit for a table's cell too."""
    shown = " ".join(words.split()).replace("`", "'").replace("|", "\\|")
    return f"`{shown[:LONGEST]}`" if shown else ""


class _Page(Formatter):
    """`{fact}` is escaped, `{fact:c}` becomes a code span."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return code(str(value)) if format_spec == "c" else escape(str(value))


class _Line(Formatter):
    """The same templates for a terminal or a check run's title, where there is no markup."""

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ARG002 -- the base class's signature
        return " ".join(str(value).split())[:LONGEST]


def on_page(template: str, facts: Mapping[str, str]) -> str:
    """Fill a template for a Markdown page."""
    return _Page().vformat(template, (), facts)


def in_line(template: str, facts: Mapping[str, str]) -> str:
    """Fill a template as plain text."""
    return _Line().vformat(template, (), facts)
