"""Slack's own markup as HTML: links, mentions and bold words (https://docs.slack.dev/messaging/formatting-message-text)."""

import re
from html import unescape

from markupsafe import Markup, escape

_TOKEN = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_BOLD = re.compile(r"\*([^*\n]+)\*")


def spoken(words: str) -> Markup:
    """Return a message as HTML. Everything that is no markup is escaped."""
    html, end = Markup(), 0
    for token in _TOKEN.finditer(words):
        html += escape(unescape(words[end : token.start()])) + _token(token[1], token[2])
        end = token.end()
    html += escape(unescape(words[end:]))
    return Markup(_BOLD.sub(r"<b>\1</b>", str(html)))  # noqa: S704 -- everything in it was escaped above


def _token(target: str, shown: str | None) -> Markup:
    if target.startswith(("http://", "https://")):
        return Markup('<a href="{}">{}</a>').format(unescape(target), unescape(shown or target))
    return Markup("<b>@{}</b>").format(target.lstrip("@!").rpartition("^")[2])
