"""Anchors defined twice, which YAML and go-yaml allow and PyYAML refuses.

They are common: `&app` in every HelmRelease of a file (https://yaml.org/spec/1.2.2/#3222-anchors-and-aliases: an alias
refers to the latest definition before it).
"""

import re
import string
from collections.abc import Iterator
from itertools import product

import yaml
from yaml.tokens import AliasToken, AnchorToken, DocumentEndToken, DocumentStartToken

_NAME = re.compile(r"[&*]([A-Za-z0-9_-]+)")

_CHARACTERS = string.ascii_letters + string.digits


class _Names:
    """The names of anchors in one document, kept unique."""

    def __init__(self, text: str) -> None:
        self._used = frozenset(_NAME.findall(text))
        self._unused: dict[int, Iterator[str]] = {}
        self._current: dict[str, str] = {}

    def define(self, name: str) -> str:
        """Return an unused name of the same length, so that no offset changes; the same name if all are taken."""
        if name in self._current:
            unused = self._unused.setdefault(len(name), map("".join, product(_CHARACTERS, repeat=len(name))))
            self._current[name] = next((other for other in unused if other not in self._used), name)
        else:
            self._current[name] = name
        return self._current[name]

    def refer(self, name: str) -> str:
        """Return the name of the latest definition."""
        return self._current.get(name, name)


def with_distinct_anchors(text: str) -> str:
    """Rename every further definition of an anchor, and its aliases, to a name of the same length."""
    pieces: list[str] = []
    position = 0
    names = _Names(text)
    for token in yaml.scan(text, Loader=yaml.CBaseLoader):
        if isinstance(token, DocumentStartToken | DocumentEndToken):
            names = _Names(text)
        elif isinstance(token, AnchorToken | AliasToken):
            begin = token.start_mark.index + 1
            name = names.define(token.value) if isinstance(token, AnchorToken) else names.refer(token.value)
            pieces += [text[position:begin], name]
            position = begin + len(token.value)
    return "".join([*pieces, text[position:]])
