"""The JSON schema of `.gitops.yml`, for editors, generated from the models.

It cannot say all that `read` checks (a range, a regular expression, whether an environment exists), so it accepts at least what
`read` accepts. A file of its own for an environment or an application is `#/$defs/Environment` or `#/$defs/Application`.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from bot.core.policy.base import Value
from bot.core.policy.environment import KEY_BY_KEY
from bot.core.policy.fields import LONGEST_NAME
from bot.core.policy.file.parts import DEFAULTS
from bot.core.policy.policy import Policy

DIALECT = "https://json-schema.org/draft/2020-12/schema"

IDENTIFIER = "urn:gitops-bot:policy:1"


def schema() -> dict[str, Any]:
    """Return a new copy of the schema, draft 2020-12."""
    body = _without_parts(_of(Policy))
    names = {"pattern": "^[a-z0-9][a-z0-9._-]*$", "maxLength": LONGEST_NAME}
    for key in ("applications", "environments"):
        body["properties"][key]["propertyNames"] = names
    return {"$schema": DIALECT, "$id": IDENTIFIER, **_with_defaults(body), "title": "GitOps Bot policy"}


def _with_defaults(body: JsonSchemaValue) -> JsonSchemaValue:
    """With `defaults`, allow environments of the main file to leave out required keys, and to drop a default with null."""
    parts, environment = body["$defs"], body["$defs"]["Environment"]
    properties = environment["properties"]
    optional = {key: value for key, value in environment.items() if key != "required"}
    merging = {
        key: _nullable(_resolve(value, body)) for key, value in optional["properties"].items() if key in KEY_BY_KEY
    }
    parts["Defaults"] = {**optional, "properties": {key: value for key, value in properties.items() if key != "was"}}
    parts["EnvironmentWithDefaults"] = _nullable({**optional, "properties": {**optional["properties"], **merging}})
    body["properties"][DEFAULTS]["anyOf"] = [{"$ref": "#/$defs/Defaults"}, {"type": "null"}]
    alone, beside = (
        {"properties": {"environments": {"additionalProperties": {"$ref": f"#/$defs/{name}"}}}}
        for name in ("Environment", "EnvironmentWithDefaults")
    )
    del body["properties"]["environments"]["additionalProperties"]
    return {**body, "if": {"required": [DEFAULTS]}, "then": beside, "else": alone}


def _nullable(mapping: JsonSchemaValue) -> JsonSchemaValue:
    """Return the same mapping with every value nullable."""
    properties = {
        key: {"description": value["description"], "anyOf": [value, {"type": "null"}]}
        for key, value in mapping["properties"].items()
    }
    return {**mapping, "properties": properties}


def known_keys(model: type[Value], keys: Iterable[str | int]) -> tuple[str, ...]:
    """Return the allowed keys of the mapping that `keys` lead to from a model; none if it is not a mapping."""
    whole = _of(model)
    place = whole
    for key in keys:
        place = _step(place, key, whole)
    return tuple(_resolve(place, whole).get("properties", ()))


@lru_cache
def _of(model: type[Value]) -> JsonSchemaValue:
    return model.model_json_schema(schema_generator=_Schema)


def _step(place: JsonSchemaValue, key: str | int, whole: JsonSchemaValue) -> JsonSchemaValue:
    """Follow one key. A key that only the model has stays at the same place."""
    resolved = _resolve(place, whole)
    inner: JsonSchemaValue = (
        resolved.get("items", resolved) if isinstance(key, int) else resolved.get("properties", {}).get(key, resolved)
    )
    return inner


def _resolve(place: JsonSchemaValue, whole: JsonSchemaValue) -> JsonSchemaValue:
    """Follow references, and choose the structured one of several forms."""
    if "$ref" in place:
        return _resolve(whole["$defs"][place["$ref"].rpartition("/")[2]], whole)
    for form in place.get("anyOf", ()):
        resolved = _resolve(form, whole)
        if "properties" in resolved or "items" in resolved:
            return resolved
    return place


class _Schema(GenerateJsonSchema):
    """pydantic's generator, without titles made from names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 -- pydantic's signature
        """Return False: the key already says it."""
        return False


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
