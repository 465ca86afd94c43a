"""docs/policy.md has a line and an accepted example for every key of the policy, with its default."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.policy import Application, Environment, Policy, read, schema
from bot.core.policy.base import Value
from bot.core.policy.file.keys import known_keys

PAGE = (Path(__file__).parents[1] / "docs" / "policy.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

SECTIONS = {
    "Application": "Applications",
    "Approvals": "approvals",
    "Environment": "Environments",
    "Deployments": "deployments",
    "Edits": "Only these places",
    "ExplicitEdit": "edit",
    "Freeze": "freezes",
    "Gates": "gates",
    "Limit": "limit",
    "Permissions": "permissions",
    "PullRequestPage": "pull-request",
    "Rollback": "rollback",
    "Route": "notify",
    "Source": "source",
    "Versions": "versions",
    "Window": "windows",
}
DERIVED = {
    "ApplicationDefaults",
    "ApplicationWithDefaults",
    "EnvironmentDefaults",
    "EnvironmentDifference",
    "EnvironmentWithDefaults",
    "Rule",
}
"""The keys of an application or an environment once more."""
NAMED: dict[str, type[Value]] = {"applications": Application, "environments": Environment}
BESIDE = {
    "applications": "applications: {web: {image: ghcr.io/acme/web, owners: '@acme/web'}}\n",
    "environments": "environments: {dev: {path: envs/dev, from: registry}}\n",
}
NEIGHBOURS = "  {}: {{path: 'elsewhere/{}/{{application}}', from: registry}}\n"


def keys_by_section() -> Iterator[tuple[str, dict[str, Any]]]:
    """The heading of each mapping, and its keys with their schemas."""
    whole = schema()
    yield "The file", whole["properties"]
    for name, part in whole["$defs"].items():
        if "properties" in part and name not in DERIVED:
            yield SECTIONS.get(name, name), part["properties"]


KEYS = tuple(keys_by_section())


def table(heading: str) -> dict[str, str]:
    """The keys of a section's table, with their defaults."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/policy.md has no section {heading!r}"
    rows = re.findall(r"^\| `([^`]+)` \|(?:[^|\\]|\\.)*\|([^|]*)\|", found[1], re.MULTILINE)
    return {key: default.strip() for key, default in rows}


@pytest.mark.parametrize(("heading", "keys"), KEYS)
def test_every_key_has_its_row(heading: str, keys: dict[str, Any]) -> None:
    assert list(table(heading)) == list(keys)


@pytest.mark.parametrize(("heading", "keys"), KEYS)
def test_the_defaults_are_those_of_the_code(heading: str, keys: dict[str, Any]) -> None:
    told = table(heading)

    for key, value in keys.items():
        default = value.get("default")
        if isinstance(default, list) and len(default) == 1:
            (default,) = default
        if default is not None and not isinstance(default, list):
            shown = default if isinstance(default, str) else json.dumps(default)
            assert told[key] == f"`{shown}`", key


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_accepted(example: str) -> None:
    """With an application or an environment beside it where it has none, and the environments that it follows."""
    text = example + "".join(given for key, given in BESIDE.items() if f"{key}:" not in example.splitlines())
    known = yaml.safe_load(text)["environments"]
    followed = {name for each in known.values() for name in _followed(each)} - {*known, "registry"}
    text += "".join(NEIGHBOURS.format(name, name) for name in sorted(followed))

    assert read({".gitops.yml": text})


def test_every_key_has_an_example() -> None:
    shown = {pair for example in EXAMPLES for pair in _used(Policy, (), yaml.safe_load(example))}
    wanted = {(tuple(keys), key) for _, keys in KEYS for key in keys}

    assert sorted(key for _, key in wanted - shown) == []


def _followed(environment: dict[str, Any]) -> list[str]:
    origin = environment["from"]
    if isinstance(origin, dict):
        origin = origin["any"]
    return origin if isinstance(origin, list) else [origin]


def _used(model: type[Value], path: tuple[str | int, ...], node: object) -> Iterator[tuple[tuple[str, ...], str]]:
    """The keys that an example writes, each with all that may stand beside it."""
    if isinstance(node, list):
        for position, each in enumerate(node):
            yield from _used(model, (*path, position), each)
    if not isinstance(node, dict):
        return
    keys = known_keys(model, path)
    for key, value in node.items():
        if key in keys:
            yield keys, key
        if (inner := NAMED.get(key)) and model is Policy:
            for each in value.values():
                yield from _used(inner, (), each)
        else:
            yield from _used(model, (*path, key), value)
