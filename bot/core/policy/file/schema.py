"""The JSON schema of `.gitops.yml`, for editors, generated from the models.

It cannot say all that `read` checks (a range, a regular expression, whether an environment exists), so it accepts at least what
`read` accepts. A file of its own for an environment or an application is `#/$defs/Environment` or `#/$defs/Application`.
"""

from collections.abc import Collection
from typing import Any

from pydantic.json_schema import JsonSchemaValue

from bot.core.policy.environment import KEY_BY_KEY
from bot.core.policy.fields import LONGEST_NAME
from bot.core.policy.file.inheritance.differences import SHARED
from bot.core.policy.file.inheritance.merging import MERGING
from bot.core.policy.file.inheritance.rules import EXCEPT
from bot.core.policy.file.keys import resolved, schema_of
from bot.core.policy.file.parts import ASIDE, DEFAULTS, USES
from bot.core.policy.policy import Policy

DIALECT = "https://json-schema.org/draft/2020-12/schema"

IDENTIFIER = "urn:gitops-bot:policy:1"

_NAME = "^[a-z0-9][a-z0-9._-]*$"

_RULE = "[*?]"

_EXCEPTED = {"type": "string", "pattern": "^[^/]+$"}


def schema() -> dict[str, Any]:
    """Return a new copy of the schema, draft 2020-12."""
    body = _without_parts(schema_of(Policy))
    body["patternProperties"] = {f"^{ASIDE}": {"description": "Anything: a place for anchors."}}
    parts = body["$defs"]
    application, environment = parts["Application"], parts["Environment"]
    _with_differences(body, application, environment)
    parts |= {
        "ApplicationDefaults": _optional(application, body, without={"was"}),
        "EnvironmentDefaults": _optional(environment, body, without={"was"}),
        "Rule": _rule(_optional(application, body, without={"was"})),
        "ApplicationWithDefaults": _optional(application, body),
        "EnvironmentWithDefaults": _optional(environment, body),
    }
    defaults = {
        kind: {
            "description": f"Defaults for every {kind}.",
            **_or_null(f"{name}Defaults"),
        }
        for kind, name in (("application", "Application"), ("environment", "Environment"))
    }
    body["properties"][DEFAULTS] |= {
        "anyOf": [{"type": "object", "properties": defaults, "additionalProperties": False}, {"type": "null"}]
    }
    _by_name(body)
    return {"$schema": DIALECT, "$id": IDENTIFIER, **body, "title": "GitOps Bot policy"}


def _by_name(body: JsonSchemaValue) -> None:
    """Say what stands under the names: whole parts, or parts that take defaults or a rule's settings."""
    properties = body["properties"]
    properties["environments"]["propertyNames"] = {"pattern": _NAME, "maxLength": LONGEST_NAME}
    properties["applications"]["propertyNames"] = {"pattern": f"{_NAME}|{_RULE}", "maxLength": LONGEST_NAME}
    properties["applications"]["patternProperties"] = {_RULE: _or_null("Rule")}
    for key in ("applications", "environments"):
        del properties[key]["additionalProperties"]
    has_rule = {
        "properties": {"applications": {"not": {"propertyNames": {"pattern": _NAME}}}},
        "required": ["applications"],
    }
    has_defaults = {"required": [DEFAULTS]}
    body["allOf"] = [
        {
            "if": has_defaults,
            "then": _named("environments", "EnvironmentWithDefaults"),
            "else": _named("environments", "Environment"),
        },
        {
            "if": {"anyOf": [has_defaults, has_rule]},
            "then": _named("applications", "ApplicationWithDefaults"),
            "else": _named("applications", "Application"),
        },
    ]


def _named(key: str, name: str) -> JsonSchemaValue:
    """Return a schema of names. Rules have their own, so they are left out here."""
    part = {"$ref": f"#/$defs/{name}"} if name in ("Application", "Environment") else _or_null(name)
    return {"properties": {key: {"patternProperties": {f"^(?!.*{_RULE})": part}}}}


def _with_differences(body: JsonSchemaValue, application: JsonSchemaValue, environment: JsonSchemaValue) -> None:
    """Describe what an application says of an environment."""
    body["$defs"]["EnvironmentDifference"] = _optional(environment, body, without=SHARED)
    uses = application["properties"][USES]
    uses["additionalProperties"] = {"anyOf": [{"type": "boolean"}, _or_null("EnvironmentDifference")]}


def _rule(application: JsonSchemaValue) -> JsonSchemaValue:
    names = {
        "description": "Names that the rule leaves alone.",
        "anyOf": [_EXCEPTED, {"type": "array", "items": _EXCEPTED}],
    }
    return {**application, "properties": {EXCEPT: names, **application["properties"]}}


def _or_null(name: str) -> JsonSchemaValue:
    return {"anyOf": [{"$ref": f"#/$defs/{name}"}, {"type": "null"}]}


def _optional(part: JsonSchemaValue, body: JsonSchemaValue, *, without: Collection[str] = ()) -> JsonSchemaValue:
    """Return the part with no key required, and null for each, which drops a default."""
    kept = {key: value for key, value in part.items() if key not in ("required", "oneOf")}
    inner = {
        key: _nullable(resolved(value, body)) if key in MERGING | KEY_BY_KEY else value
        for key, value in part["properties"].items()
        if key not in without
    }
    if "source" in inner:
        inner["source"] = {
            "description": inner["source"].get("description", ""),
            "anyOf": [{"type": "string"}, inner["source"]],
        }
    return _nullable({**kept, "properties": inner})


def _nullable(mapping: JsonSchemaValue) -> JsonSchemaValue:
    """Return the same mapping with every value nullable, and no key required."""
    properties = {
        key: {"description": value.get("description", ""), "anyOf": [value, {"type": "null"}]}
        for key, value in mapping["properties"].items()
    }
    return {**{key: value for key, value in mapping.items() if key != "required"}, "properties": properties}


def _without_parts(tree: Any) -> Any:
    """Remove the defaults that are empty, or that consist of the defaults of their parts."""
    if isinstance(tree, list):
        return [_without_parts(branch) for branch in tree]
    if isinstance(tree, dict):
        return {
            key: _without_parts(branch)
            for key, branch in tree.items()
            if not (key == "default" and (isinstance(branch, dict) or branch in (None, [], "")))
        }
    return tree
