"""The description of the API in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1), made from the models that it serves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from bot import __version__
from bot.web.api.models import Problem

ROOT = "/api/v1"

_SCHEMAS = "#/components/schemas/{model}"
_PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path. name: of the operation. summary: a sentence. query: its parameters. answer: what it returns.

    may_be_missing: it answers 404 if there is no such thing.
    """

    path: str
    name: str
    summary: str
    query: type[BaseModel]
    answer: TypeAdapter[Any]
    may_be_missing: bool = False


def document(endpoints: Iterable[Endpoint]) -> Mapping[str, Any]:
    """Return the description as JSON values."""
    endpoints = tuple(endpoints)
    mode: JsonSchemaMode = "serialization"
    models = [(each.name, mode, each.answer) for each in endpoints] + [("problem", mode, TypeAdapter(Problem))]
    schemas, defined = TypeAdapter.json_schemas(models, ref_template=_SCHEMAS)
    answers = {name: schema for (name, _), schema in schemas.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "GitOps Bot",
            "version": __version__,
            "description": "What the bot knows about applications, environments and promotions. Nothing can be changed here: "
            "people and scripts change things with comments and policies, which are reviewed.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            f"{ROOT}{each.path}": {"get": _operation(each, answers[each.name], answers["problem"])}
            for each in endpoints
        },
        "components": {
            "schemas": defined.get("$defs", {}),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "One of the server's `API_TOKENS`."}
            },
        },
    }


@cache
def names_in(path: str) -> tuple[str, ...]:
    """Return the names in braces."""
    return tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))


def _operation(endpoint: Endpoint, answer: Mapping[str, Any], problem: Mapping[str, Any]) -> Mapping[str, Any]:
    refused = {"content": {_PROBLEM: {"schema": problem}}}
    statuses = {
        "400": {"description": "A parameter is unknown or has no usable value.", **refused},
        "401": {"description": "The token is missing or wrong.", **refused},
        "503": {"description": "The server's store does not answer; ask again in a moment.", **refused},
    }
    if endpoint.may_be_missing:
        statuses["404"] = {"description": "The bot has not seen such an application.", **refused}
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [*_in_path(endpoint.path), *_in_query(endpoint.query)],
        "responses": {
            "200": {
                "description": endpoint.summary,
                "headers": {"ETag": {"schema": {"type": "string"}, "description": "Send it back as `If-None-Match`."}},
                "content": {"application/json": {"schema": answer}},
            },
            "304": {"description": "The same as the answer with the `ETag` in `If-None-Match`."},
            **statuses,
        },
    }


def _in_path(path: str) -> list[Mapping[str, Any]]:
    schema = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names_in(path)]


def _in_query(query: type[BaseModel]) -> list[Mapping[str, Any]]:
    # Inlined, because a parameter's schema cannot refer to definitions inside of itself.
    whole = query.model_json_schema(ref_template=_SCHEMAS)
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema.get("description", ""),
            "schema": {
                key: value for key, value in _without_null(schema).items() if key not in ("description", "title")
            },
        }
        for name, schema in whole.get("properties", {}).items()
    ]


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a given parameter: one that is left out has no value at all."""
    if "anyOf" not in schema:
        return schema
    return next(each for each in schema["anyOf"] if each != {"type": "null"})
