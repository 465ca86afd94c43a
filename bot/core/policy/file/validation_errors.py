"""Turns pydantic's errors into problems: the place, what is there, what was expected, and what was probably meant."""

import re
from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.core.policy.base import Value
from bot.core.policy.file.keys import known_keys
from bot.core.policy.file.yaml_tree import Entry, Node
from bot.core.policy.suggestions import listed, meant, nearest
from bot.core.values.errors import Problem

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def complaints(path: str, entry: Entry, model: type[Value], error: ValidationError) -> Iterator[Problem]:
    """Yield one problem for each error, at the line and column of its key or value."""
    errors = error.errors(include_url=False)
    mistyped = {found for details in errors if (found := _mistyped(details, model))}
    for details in errors:
        if details["type"] == "missing" and details["loc"] in mistyped:
            continue
        place, spot = entry.find(details["loc"])
        if details["type"] in {"extra_forbidden", "policy_key"}:
            spot = place.spot
        yield Problem(place.path or path, spot.line, spot.column, _sentence(details, place.node, model))


def _mistyped(details: ErrorDetails, model: type[Value]) -> tuple[str | int, ...] | None:
    """Return the keys of what an unknown key was probably meant to be."""
    if details["type"] != "extra_forbidden":
        return None
    *keys, key = details["loc"]
    near = nearest(str(key), known_keys(model, keys))
    return (*keys, near) if near else None


def _sentence(details: ErrorDetails, seen: Node, model: type[Value]) -> str:
    kind, key = details["type"], str(details["loc"][-1]) if details["loc"] else ""
    context = details.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(key, known_keys(model, details["loc"][:-1]))
    if kind == "missing":
        return f"{key!r} is missing"
    if kind in {"enum", "literal_error"}:
        words = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        return f"expected {listed(words)}, saw {seen}{meant(seen.written, words)}"
    if kind == "greater_than_equal":
        return f"expected a number of at least {context['ge']}, saw {seen}"
    if kind in _EXPECTED:
        quote = f": put it in quotes, '{seen.written}'" if kind == "string_type" and seen.value is not None else ""
        return f"expected {_EXPECTED[kind]}, saw {seen}{quote}"
    return details["msg"]


def unknown_key(key: str, known: tuple[str, ...]) -> str:
    if key in known:
        return f"{key!r} is set twice, in two spellings: keep one"
    near = meant(key, known)
    return f"unknown key {key!r}" + (near or f": the keys here are {listed(known, last='and')}")
