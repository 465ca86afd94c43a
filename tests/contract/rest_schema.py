"""Holding a REST exchange to GitHub's OpenAPI description: request body, status, response body."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.contract import packages
from tests.contract.dialect import Document, complaints, document
from tests.contract.exceptions import DELIBERATE, DIFFERENCES, UNDOCUMENTED_STATUSES
from tests.contract.record import RestExchange

MANY_SEGMENTS = frozenset({"ref", "path", "basehead", "branch"})
"""Path parameters whose value may hold slashes: `git/refs/{ref}` answers for `git/refs/heads/gitops/dev/web`."""

JSON_TYPES = ("application/json", "application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Template:
    """One documented path; `literals` is how many of its segments are fixed, the measure of how specific it is."""

    path: str
    pattern: re.Pattern[str]
    literals: int


@cache
def github_rest() -> Document:
    """GitHub's REST description, converted once for each process."""
    return document(packages.json_of(packages.REST))


@cache
def _templates() -> tuple[Template, ...]:
    found = []
    for path in github_rest().content["paths"]:
        segments = path.split("/")[1:]
        parts = [_pattern_of(segment) for segment in segments]
        literals = sum("{" not in segment for segment in segments)
        found.append(Template(path, re.compile("/" + "/".join(parts)), literals))
    return tuple(sorted(found, key=lambda template: -template.literals))


def _pattern_of(segment: str) -> str:
    """`{ref}` matches slashes, `{owner}` does not; `{base}...{head}` holds two names and text between them."""
    pieces = re.split(r"\{(\w+)\}", segment)
    names = pieces[1::2]
    return "".join(
        re.escape(piece) if position % 2 == 0 else (".*" if names[position // 2] in MANY_SEGMENTS else "[^/]+")
        for position, piece in enumerate(pieces)
    )


@cache
def template_of(method: str, path: str) -> str | None:
    """The most specific documented path that `method path` is a call of, or None. `path` is percent-encoded.

    The slash before an empty last parameter may be left out: `contents` lists the root, as `contents/` does.
    """
    methods = github_rest().content["paths"]
    for template in _templates():
        fits = template.pattern.fullmatch(path) or template.pattern.fullmatch(f"{path}/")
        if method.lower() in methods[template.path] and fits:
            return template.path
    return None


def violations(exchange: RestExchange) -> list[str]:
    """What in `exchange` is not as GitHub documents it; empty when all is."""
    if exchange.test in DELIBERATE:
        return []
    template = template_of(exchange.method, exchange.path)
    if template is None:
        return [f"{exchange.method} {exchange.path}: GitHub documents no such operation"]
    operation = f"{exchange.method} {template}"
    found = [*_of_request(exchange, template), *_of_response(exchange, template)]
    return [
        f"{operation} → {exchange.status}: {line}"
        for line in found
        if not any(known.covers(operation, line) for known in DIFFERENCES)
    ]


def _of_request(exchange: RestExchange, template: str) -> list[str]:
    """A request that was refused may well be wrong: only those that GitHub would have obeyed are held to the schema."""
    if exchange.status >= 400 or exchange.request is None:
        return []
    documented = github_rest().content["paths"][template][exchange.method.lower()].get("requestBody")
    if documented is None:
        return [] if exchange.request == {} else ["request has a body, and GitHub documents none"]
    pointer = ("paths", template, exchange.method.lower(), "requestBody", "content", "application/json", "schema")
    if "application/json" not in documented["content"]:
        return []
    return [f"request {line}" for line in complaints(_validator(*pointer), exchange.request)]


def _of_response(exchange: RestExchange, template: str) -> list[str]:
    method = exchange.method.lower()
    responses = github_rest().content["paths"][template][method]["responses"]
    status = str(exchange.status)
    if status not in responses:
        if any(allowed.covers(exchange.method, template, exchange.status) for allowed in UNDOCUMENTED_STATUSES):
            return []
        return [f"documented are only {', '.join(responses)}"]
    content = github_rest().resolved(responses[status]).get("content", {})
    media_type = _media_type(exchange, content)
    if media_type is None:
        return (
            [] if exchange.response is None or not content else [f"no documented media type for {exchange.media_type}"]
        )
    if "$ref" in responses[status]:
        pointer = (*responses[status]["$ref"].removeprefix("#/").split("/"), "content", media_type, "schema")
    else:
        pointer = ("paths", template, method, "responses", status, "content", media_type, "schema")
    return [f"response {line}" for line in complaints(_validator(*pointer), exchange.response)]


def _media_type(exchange: RestExchange, content: Mapping[str, Any]) -> str | None:
    """Which documented media type the response is to be read as; None when it is not JSON or has no body."""
    if exchange.response is None:
        return None
    if exchange.media_type in content:
        return exchange.media_type
    if "json" not in exchange.media_type:
        return None
    return next((documented for documented in content if "json" in documented), None)


@cache
def _validator(*pointer: str) -> Draft202012Validator:
    return github_rest().validator(*pointer)
