"""app.yml asks GitHub for exactly what the code uses, and every place that repeats it says the same."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from bot.cli.demo import opening
from bot.github.auth.installation import DEPLOYING, PERMISSIONS
from bot.github.events import webhooks
from bot.github.registration.manifest import EVENT_COSTS, PERMISSION_COSTS, app_manifest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "app.yml").read_text(encoding="utf-8")

# Events that cost a permission of their own, which no token ever carries:
# https://docs.github.com/en/webhooks/webhook-events-and-payloads
FOR_EVENTS = {
    "administration": {"branch_protection_rule", "repository_ruleset"},
    "merge_queues": {"merge_group"},
    "packages": {"registry_package"},
}
# Routed, and not asked for.
UNASKED = {
    "installation": "every App gets it",
    "installation_repositories": "every App gets it",
    "package": "registry_package says the same",
    "workflow_run": "it would need actions: read, and check_suite says the same",
}


@pytest.fixture
def manifest() -> dict[str, Any]:
    return dict(yaml.safe_load(TEXT))


def test_permissions_are_those_of_the_tokens_and_those_that_events_cost(manifest: dict[str, Any]) -> None:
    assert manifest["default_permissions"] == {**PERMISSIONS, **DEPLOYING, **dict.fromkeys(FOR_EVENTS, "read")}


def test_events_are_those_that_are_routed(manifest: dict[str, Any]) -> None:
    assert manifest["default_events"] == sorted(webhooks.EVENTS - UNASKED.keys())
    assert UNASKED.keys() <= webhooks.EVENTS


def test_every_permission_for_events_alone_has_its_events(manifest: dict[str, Any]) -> None:
    for events in FOR_EVENTS.values():
        assert events <= set(manifest["default_events"])


def test_every_permission_and_event_says_which_code_needs_it(manifest: dict[str, Any]) -> None:
    """A comment on the line of each, and what it names is there."""
    for name in manifest["default_permissions"]:
        comment = _comment(rf"  {name}: (?:read|write)")
        for path in re.findall(r"bot/[a-z_/]+\.[a-z]+", comment):
            assert (ROOT / path).is_file(), path
        if name in FOR_EVENTS:
            assert set(re.findall(r"[a-z]+_[a-z_]+", comment)) == FOR_EVENTS[name]
        else:
            assert "bot/" in comment
    for name in manifest["default_events"]:
        function = _comment(rf"  - {name}").partition(":")[0]
        assert getattr(webhooks, function) is webhooks._ROUTES[name]


def test_the_demo_shows_an_app_that_may_no_more_than_a_real_one(manifest: dict[str, Any]) -> None:
    granted = {name: level.name.lower() for name, level in opening.PERMISSIONS.items()}

    assert granted.items() <= manifest["default_permissions"].items()


def test_the_documentation_links_to_a_form_filled_in_with_the_same(manifest: dict[str, Any]) -> None:
    links = re.findall(
        r"https://github\.com/organizations/\S+?/settings/apps/new\?\S+",
        (ROOT / "docs" / "installation.md").read_text(),
    )

    assert len(links) == 1
    filled = parse_qs(urlsplit(links[0]).query)
    assert filled.pop("events[]") == manifest["default_events"]
    assert filled == {
        "name": [manifest["name"]],
        "url": [manifest["url"]],
        "public": ["false"],
        "webhook_active": ["true"],
        "webhook_url": [manifest["hook_attributes"]["url"]],
        **{name: [level] for name, level in manifest["default_permissions"].items()},
    }


def _comment(before: str) -> str:
    found = re.search(rf"^{before} +# (.+)$", TEXT, re.MULTILINE)
    assert found, before
    return found[1]


def test_the_packaged_manifest_is_the_same() -> None:
    """An installed program has no file from the repository's root; `cp app.yml bot/github/registration/`."""
    assert (ROOT / "bot" / "github" / "registration" / "app.yml").read_text(encoding="utf-8") == TEXT


def test_what_each_permission_and_event_costs_is_known(manifest: dict[str, Any]) -> None:
    assert set(PERMISSION_COSTS) == set(manifest["default_permissions"])
    assert set(EVENT_COSTS) == set(manifest["default_events"])
    assert app_manifest().permissions == manifest["default_permissions"]
    assert app_manifest().events == tuple(manifest["default_events"])
