"""Drawings of the symbols in the bot's texts, for machines without an emoji font."""

import re
from collections.abc import Iterator

from markupsafe import Markup

_DRAWINGS = {
    "✅": ("good", "passed", '<circle cx="8" cy="8" r="7"/><path d="m4.6 8.3 2.3 2.3 4.5-4.9"/>'),
    "⛔": ("bad", "blocked", '<circle cx="8" cy="8" r="7"/><path d="M4.4 8h7.2"/>'),
    "⏳": ("waiting", "waiting", '<circle cx="8" cy="8" r="7"/><path d="M8 4.2V8l2.6 1.6"/>'),
    "⚠️": ("waiting", "warning", '<path class="shape" d="M8 1.2 15.4 14.6H.6z"/><path d="M8 6v4m0 2v.2"/>'),
    "👀": (
        "plain",
        "seen",
        (
            '<ellipse cx="4.6" cy="8" rx="2.8" ry="4.4"/><ellipse cx="11.4" cy="8" rx="2.8" ry="4.4"/>'
            '<path d="M4.9 8.9v.3m6.8-.3v.3"/>'
        ),
    ),
    "🚀": (
        "plain",
        "done",
        '<path d="M8 1.4c3 2.4 3.4 6 2.2 9.4H5.8C4.6 7.4 5 3.8 8 1.4zM5.4 9 3 13.4m7.6-4.4 2.4 4.4"/>',
    ),
    "😕": (
        "plain",
        "not done",
        '<circle cx="8" cy="8" r="7"/><path d="M5.4 6v.4m5.2-.4v.4M5.4 11.4c1.6-1.4 3.6-1.4 5.2-.6"/>',
    ),
}

SYMBOL = re.compile("|".join(map(re.escape, _DRAWINGS)))


def drawn(symbol: str) -> Markup:
    """Return a symbol as a picture, with a word for screen readers."""
    kind, word, shapes = _DRAWINGS[symbol]
    picture = f'<svg class="symbol symbol-{kind}" viewBox="0 0 16 16" role="img" aria-label="{word}">{shapes}</svg>'
    return Markup(picture)  # noqa: S704 -- all of it is written above


def pieces(text: str) -> Iterator[str | Markup]:
    """Yield the text and its drawn symbols in order; no piece is empty."""
    position = 0
    for found in SYMBOL.finditer(text):
        if found.start() > position:
            yield text[position : found.start()]
        yield drawn(found[0])
        position = found.end()
    if position < len(text):
        yield text[position:]
