"""Turning GitHub's OpenAPI documents into JSON Schema that also notices misspelt fields.

OpenAPI 3.0 says `nullable: true` where JSON Schema 2020-12 wants the type `null`; and GitHub leaves its objects open, so
a field with a wrong name would pass. Here every object that lists properties is closed, which holds a document to
"same names as documented". Objects that serve as a part of an `allOf` stay open: the whole closes them. And `oneOf` is
read as `anyOf`: GitHub's branches overlap (two kinds of error with all fields optional), and one that fits is enough.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

URN = "urn:github"
MOST_SHOWN = 160
"""How much of a value an error message shows, in characters."""

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _date_time(value: object) -> bool:
    """RFC 3339: a date without a zone is not one."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@formats.checks("uri")
def _uri(value: object) -> bool:
    """Absolute, and without the raw brackets that an App's login would put into it (RFC 3986 section 2.2)."""
    if not isinstance(value, str):
        return True
    return bool(urlsplit(value).scheme) and not set("[] ") & set(value)


@dataclass(frozen=True, slots=True)
class Document:
    """One converted OpenAPI document; `content` is the JSON, schemas are addressed by JSON pointer."""

    content: Mapping[str, Any]
    registry: Registry[Any]

    def validator(self, *pointer: str) -> Draft202012Validator:
        """The validator of the schema at `pointer`, given as unescaped keys."""
        escaped = "/".join(
            key.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D") for key in pointer
        )
        return Draft202012Validator({"$ref": f"{URN}#/{escaped}"}, registry=self.registry, format_checker=formats)

    def resolved(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """`value`, or what its `$ref` points at."""
        reference = value.get("$ref")
        if reference is None:
            return value
        found: Any = self.content
        for key in reference.removeprefix("#/").split("/"):
            found = found[key]
        return self.resolved(found)


def document(raw: dict[str, Any]) -> Document:
    """Convert a published document. `raw` is changed in place: it is many megabytes and nobody else's."""
    raw.pop("x-webhooks", None)  # holds references that lead nowhere
    parts_of_a_whole = set(_named_in_all_of(raw))
    _convert(raw, closable=True)
    for name in parts_of_a_whole:
        raw["components"]["schemas"][name].pop("unevaluatedProperties", None)
    resource = DRAFT202012.create_resource(raw)
    return Document(content=raw, registry=Registry().with_resource(URN, resource))


def _named_in_all_of(node: object) -> Iterable[str]:
    if isinstance(node, dict):
        for part in node.get("allOf", ()) if isinstance(node.get("allOf"), list) else ():
            if "$ref" in part:
                yield part["$ref"].rpartition("/")[2]
        for value in node.values():
            yield from _named_in_all_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from _named_in_all_of(value)


def _convert(node: object, *, closable: bool) -> None:
    """Convert every schema below `node`; `closable` is false for the parts of an `allOf`."""
    if isinstance(node, list):
        for value in node:
            _convert(value, closable=closable)
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key not in {"example", "examples", "enum", "default"}:
            _convert(value, closable=key != "allOf")
    if closable and isinstance(node.get("properties"), dict) and "additionalProperties" not in node:
        node["unevaluatedProperties"] = False
    if "oneOf" in node and "anyOf" not in node:
        node["anyOf"] = node.pop("oneOf")
    if node.pop("nullable", None) is True:
        _allow_null(node)


def _allow_null(schema: dict[str, Any]) -> None:
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = [kind, "null"]
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    if "anyOf" in schema:
        schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    elif "allOf" in schema:
        schema["anyOf"] = [{"allOf": schema.pop("allOf")}, {"type": "null"}]


def complaints(validator: Draft202012Validator, value: object) -> list[str]:
    """What is wrong with `value`, one line each: the place, what was seen, what the schema wants."""
    return [line for error in validator.iter_errors(value) for line in _lines(error)]


def _lines(error: ValidationError) -> Iterable[str]:
    """An error of a union is told by the branch that came nearest: the fewest errors, the deepest first."""
    if error.context:
        for inner in min(_branches(error), key=_distance):
            yield from _lines(inner)
        return
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error.absolute_path)
    if error.validator == "unevaluatedProperties":
        listed = error.message.rpartition("(")[2]
        yield from (f"{place}.{name}: is not documented" for name in re.findall(r"'([^']+)'", listed))
    else:
        yield f"{place or '.'}: {_shortened(error.message)}"


def _branches(error: ValidationError) -> Iterable[list[ValidationError]]:
    """The errors of a union, by the branch they belong to."""
    branches: dict[object, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    return branches.values()


def _distance(errors: list[ValidationError]) -> tuple[bool, int, int]:
    """How far a value is from a branch; one of another type altogether (null, for one) is farthest."""
    of_another_type = any(error.validator == "type" and not error.path for error in errors)
    return of_another_type, len(errors), -max(len(error.path) for error in errors)


def _shortened(message: str) -> str:
    if len(message) <= MOST_SHOWN:
        return message
    return message[: MOST_SHOWN // 2] + " … " + message[-MOST_SHOWN // 2 :]
