"""The keys of a policy's mappings: as the models have them, for messages about unknown ones; and what stands under them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from bot.core.policy.base import Value
from bot.core.policy.file.yaml_tree import Node


def known_keys(model: type[Value], keys: Iterable[str | int]) -> tuple[str, ...]:
    """Return the allowed keys of the mapping that `keys` lead to from a model; none if it is not a mapping."""
    whole = schema_of(model)
    place = whole
    for key in keys:
        place = _step(place, key, whole)
    return tuple(resolved(place, whole).get("properties", ()))


@lru_cache
def schema_of(model: type[Value]) -> JsonSchemaValue:
    return model.model_json_schema(schema_generator=_Schema)


def _step(place: JsonSchemaValue, key: str | int, whole: JsonSchemaValue) -> JsonSchemaValue:
    """Follow one key. A key that only the model has stays at the same place."""
    found = resolved(place, whole, forms=("items",) if isinstance(key, int) else ("properties", "items"))
    inner: JsonSchemaValue = (
        found.get("items", found) if isinstance(key, int) else found.get("properties", {}).get(key, found)
    )
    return inner


def resolved(
    place: JsonSchemaValue, whole: JsonSchemaValue, *, forms: tuple[str, ...] = ("properties", "items")
) -> JsonSchemaValue:
    """Follow references, and choose the most structured one of several forms. forms: what makes one structured, best first."""
    if "$ref" in place:
        return resolved(whole["$defs"][place["$ref"].rpartition("/")[2]], whole, forms=forms)
    several = [resolved(form, whole, forms=forms) for form in place.get("anyOf", ())]
    return next((found for wanted in forms for found in several if wanted in found), place)


class _Schema(GenerateJsonSchema):
    """pydantic's generator, without titles made from names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 -- pydantic's signature
        """Return False: the key already says it."""
        return False


def scalars_of(root: Node, keys: Collection[str]) -> Iterator[str]:
    """Yield the texts that stand under keys of these names, also in a list. What aliases repeat is walked through once."""
    waiting, seen = [(root, False)], set[tuple[int, bool]]()
    while waiting:
        node, wanted = waiting.pop()
        if (id(node), wanted) in seen:
            continue
        seen.add((id(node), wanted))
        match node.value:
            case tuple():
                waiting += ((each, wanted) for each in node.value)
            case Mapping():
                waiting += ((entry.node, key in keys) for key, entry in node.entries.items())
            case str() if wanted:
                yield node.value
