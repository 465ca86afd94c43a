"""The JSON schema accepts what `read` accepts, and explains every key."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from bot.core.policy import Policy, read, schema
from bot.core.policy.base import Value
from bot.core.policy.environment import Environment
from bot.core.policy.file.keys import known_keys
from bot.core.policy.file.yaml_tree import parse, plain
from bot.core.values.errors import PolicyError, Problem
from tests.core.policy.fleet.fleets import FLEET

COMPLETE = Path(__file__).with_name("policies") / "complete.yml"
VALIDATOR = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)

PEOPLE = ["owners", "triage", "write", "maintain", "admin", "@kim", "@acme/sre", "@acme/team.one", "@octo_corp"]
FOLLOWING = {"path": "p/{environment}/{application}", "from": "dev"}
APPLICATION_KEYS: dict[str, list[Any]] = {
    "source": [
        "acme/web",
        {"repository": "acme/web.js"},
        {"repository": "a/b", "branch": "release/1", "paths": "**"},
        None,
    ],
    "owners": ["@kim", ["@acme/web", "admin"], []],
    "versions": [
        {},
        {"semver": ">=1.0.0-0 <2 || ^3"},
        {"commit": "short"},
        {
            "semver": "1.x",
            "tags": "^v(?P<version>.+)$",
            "ignore": "*-rc*",
            "platforms": ["linux/arm/v7"],
            "write": "digest",
        },
        {"tags": None, "ignore": [], "write": "tag+digest"},
    ],
    "edit": [[], [{"file": "values.yaml", "path": "a.b"}, {"file": "{environment}/x", "path": "c", "write": "digest"}]],
    "environments": [
        {},
        {"prod": {"promote": "manual", "gates": {"checks": ["build", "test / *", "x"]}}, "qa": False},
        {"dev": True, "qa": None},
    ],
    "mode": ["active", "observe"],
    "was": [None, "shop"],
}
ENVIRONMENT_KEYS: dict[str, list[Any]] = {
    "promote": ["auto", "manual"],
    "merge": ["auto", "manual"],
    "merge-method": ["merge", "squash", "rebase"],
    "pull-request": [
        {},
        {"title": "{environment} {application} {from} {to}", "labels": "deploy"},
        {"labels": ["env/{environment}", "{application}"], "reviewers": ["owners", "@kim", "@acme/sre"]},
        {"labels": [], "reviewers": "owners"},
    ],
    "pace": ["soaked", "latest", "one-at-a-time"],
    "update": ["until-approved", "always"],
    "timezone": ["UTC", "Europe/Berlin"],
    "mode": ["active", "observe"],
    "applications-may": [None, "from", ["checks", "windows", "from"]],
    "was": [None, "production"],
    "limit": [None, {"merges": 1, "per": "1w2d3h4m5s"}],
    "rollback": [{}, {"approvals": 0}, {"approvals": None, "bypass": True}],
    "permissions": [{}, {"promote": PEOPLE, "hold": [], "override": None, "unreject": "@kim"}],
    "gates": [
        {},
        {"soak": "1h30m", "health": "ok", "checks": ["build", "test / *"]},
        {"soak": None, "approvals": None},
        {"approvals": {"count": 0}},
        {"approvals": {"count": 2, "from": ["@acme/sre", "write"], "not": []}},
        {"windows": [{}, {"days": "mon-fri"}, {"days": ["mon", "wed-fri"], "hours": "22:00-04:00", "timezone": None}]},
        {
            "freezes": [
                {"from": "2026-12-18", "to": "2026-12-18"},
                {"from": "2026-01-01", "to": "2027-01-01", "reason": "x"},
            ]
        },
    ],
    "from": ["registry", "dev", ["dev", "qa"], {"any": ["dev", "qa"]}],
}


def one_of_each(keys: dict[str, list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in keys.items()})


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """A good policy as plain data: every key, in every form that the tables above have."""
    web = {"image": "ghcr.io/acme/web", "source": "acme/web", "owners": ["@kim"], **draw(one_of_each(APPLICATION_KEYS))}
    web["source"] = web["source"] or "acme/web"
    web["owners"] = web["owners"] or "@kim"
    prod = {**FOLLOWING, **draw(one_of_each(ENVIRONMENT_KEYS))}
    if prod["from"] == "registry":
        prod["gates"] = {}
    environments = {
        "dev": {"path": "dev/{application}", "from": "registry"},
        "qa": {"path": "qa/{application}", "from": "registry"},
        "prod": prod,
    }
    # Two applications with one list of explicit edits would meet in them.
    api = {"images": ["api", "docker.io/acme/worker"], "owners": "admin"}
    return {"version": 1, "mode": "active", "applications": {"web": web, "api": api}, "environments": environments}


def problems(text: str) -> tuple[Problem, ...]:
    try:
        read({".gitops.yml": text})
    except PolicyError as error:
        return error.problems
    return ()


def test_the_schema_is_valid_in_its_dialect() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema()["$id"] == "urn:gitops-bot:policy:1"
    json.dumps(schema())


def test_it_accepts_the_complete_example() -> None:
    root, _ = parse("f", COMPLETE.read_text())
    assert root is not None

    VALIDATOR.validate(plain(root))


@given(policies())
def test_it_accepts_what_read_accepts(policy: dict[str, Any]) -> None:
    edits = policy["applications"]["web"].get("edit", ())
    shared = any("{environment}" not in edit["file"] for edit in edits)
    if shared:  # one value for three environments is no policy
        with pytest.raises(PolicyError, match="already belongs to"):
            read({".gitops.yml": json.dumps(policy)})
    else:
        assert set(read({".gitops.yml": json.dumps(policy)}).environments) == {"dev", "qa", "prod"}
    VALIDATOR.validate(policy)


@given(policies(), one_of_each(ENVIRONMENT_KEYS), st.sets(st.sampled_from([*ENVIRONMENT_KEYS, "path"])))
def test_it_accepts_defaults(policy: dict[str, Any], defaults: dict[str, Any], dropped: set[str]) -> None:
    """Whatever `read` accepts of them: taken, overridden, or dropped with null, whole or key by key."""
    prod = policy["environments"]["prod"]
    for key in dropped & (defaults.keys() | {"path"}) - {"from"}:
        prod[key] = None
    within = {key: None for key in (defaults.get("gates") or {}) if key in dropped}
    prod["gates"] = {**(prod.get("gates") or {}), **within}
    policy["defaults"] = {"environment": {"path": "all/{environment}/{application}", **defaults}}
    if not problems(json.dumps(policy)):
        VALIDATOR.validate(policy)


def test_without_defaults_required_keys_are_required() -> None:
    bare = {"applications": {"web": {"image": "web"}}, "environments": {"dev": {}}}

    assert not VALIDATOR.is_valid(bare)
    assert not VALIDATOR.is_valid({**bare, "environments": {"dev": {"path": None, "from": "registry"}}})
    assert VALIDATOR.is_valid({**bare, "defaults": {"environment": {"path": "x", "from": "registry"}}})
    assert not VALIDATOR.is_valid({**bare, "defaults": {"pat": "x"}})


@pytest.mark.parametrize(
    "text",
    [
        FLEET,
        FLEET.replace("[legacy-*]", "legacy-?"),
        FLEET.replace("  '*': {except: [legacy-*]}", "  '*': {source: {branch: main}, versions: {semver: null}}"),
        FLEET.replace("  '*': {except: [legacy-*]}", "  '*':\n  web:"),
        FLEET.replace(
            "    environments:\n", "    environments:\n      dev: {pace: latest, gates: {soak: null}, edit: []}\n"
        ),
    ],
)
def test_it_accepts_fleets(text: str) -> None:
    root, _ = parse("f", text)
    assert root is not None
    read({".gitops.yml": text})

    VALIDATOR.validate(plain(root))


@pytest.mark.parametrize(
    "text",
    [
        FLEET.replace("except", "excep"),
        FLEET.replace("staging: false", "staging: 3"),
        FLEET.replace("      prod: {gates", "      prod: {from: dev, gates"),
        FLEET.replace("  application:\n", "  applicatoin:\n"),
        FLEET.replace("'*': {except: [legacy-*]}", "'*': {was: x}"),
    ],
)
def test_it_refuses_what_no_fleet_says(text: str) -> None:
    root, _ = parse("f", text)
    assert root is not None

    assert not VALIDATOR.is_valid(plain(root))


JUNK: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.text(max_size=5)
    | st.just([])
    | st.just({})
    | st.just({"a": [1]})
)


@given(policies(), JUNK | st.sampled_from(["all", "registry", "../x", "{x}"]), st.data())
def test_any_value_anywhere_is_read_or_explained(policy: dict[str, Any], junk: Any, data: st.DataObject) -> None:
    place: Any = policy
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from([*keys, "junk"]) if isinstance(place, dict) else st.sampled_from(keys))
        inner = place[key] if key in keys else None
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            place[key] = junk
            break
        place = inner
    text = json.dumps(policy, indent=1)

    said = problems(text)

    assert all(problem.line <= text.count("\n") + 1 for problem in said)
    assert all("Input should" not in problem.message for problem in said)


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    return [model, *(each for below in model.__subclasses__() for each in _models(below))]


@pytest.mark.parametrize("model", _models(Value)[1:])
def test_every_field_is_described(model: type[BaseModel]) -> None:
    assert model.__doc__
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_every_key_of_the_schema_is_described() -> None:
    body = schema()
    for part in [body, *body["$defs"].values()]:
        for key, value in part.get("properties", {}).items():
            described = "description" in value or "description" in body["$defs"][value["$ref"].rpartition("/")[2]]
            assert described, key


@pytest.mark.parametrize(
    ("keys", "known"),
    [
        ((), ("path", "from", "promote")),
        (("gates", "approvals"), ("count", "from", "not")),
        (("gates", "windows", 3), ("days", "hours", "timezone")),
        (("gates", "checks"), ()),
    ],
)
def test_known_keys_of_a_place_are_listed(keys: tuple[str | int, ...], known: tuple[str, ...]) -> None:
    assert known_keys(Environment, keys)[:3] == known
    assert "name" not in known_keys(Environment, keys)


def test_known_keys_of_the_file_are_listed() -> None:
    assert known_keys(Policy, ()) == ("version", "mode", "defaults", "applications", "environments")
