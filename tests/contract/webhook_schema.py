"""Holding a webhook that the simulator sent to GitHub's schema of it: headers and payload."""

from collections.abc import Mapping
from functools import cache

from tests.contract import packages
from tests.contract.dialect import Document, complaints, document
from tests.contract.exceptions import DIFFERENCES
from tests.contract.record import WebhookSent


@cache
def github_webhooks() -> Document:
    """GitHub's webhook descriptions, converted once for each process."""
    return document(packages.json_of(packages.WEBHOOKS))


@cache
def _names() -> Mapping[tuple[str, str | None], str]:
    """(event, action) → the description's name. Its operation ids are `check-run/completed`, or `push` alone."""
    names: dict[tuple[str, str | None], str] = {}
    for name, webhook in github_webhooks().content["webhooks"].items():
        event, _, action = webhook["post"]["operationId"].partition("/")
        names[event.replace("-", "_"), action.replace("-", "_") or None] = name
    return names


def violations(webhook: WebhookSent) -> list[str]:
    """What in `webhook` is not as GitHub documents it; empty when all is."""
    headers = {key.lower(): value for key, value in webhook.headers.items()}
    event = headers.get("x-github-event", "")
    action = webhook.payload.get("action")
    name = _names().get((event, action)) or _names().get((event, None))
    if name is None:
        return [f"{event}.{action}: GitHub sends no such webhook"]
    post = github_webhooks().content["webhooks"][name]["post"]
    missing = [
        f"{name}: header {parameter['name']} is missing"
        for parameter in post["parameters"]
        if parameter.get("required") and parameter["name"].lower() not in headers
    ]
    media_type = next(iter(post["requestBody"]["content"]))
    validator = github_webhooks().validator("webhooks", name, "post", "requestBody", "content", media_type, "schema")
    found = complaints(validator, dict(webhook.payload))
    return missing + [f"{name}: {line}" for line in found if not any(known.covers(name, line) for known in DIFFERENCES)]
