"""`edit`: places of a version that the image's name does not lead to, in any text file."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bot.core.policy.base import Value, raise_faults
from bot.core.policy.fields import KeyPath, Many, RepositoryFile, ValuePattern, wrong
from bot.core.values.editable.files import ending, has_keys

MOST_EDITS = 100
"""In one application. Each pattern may take some milliseconds in each file."""


class Write(StrEnum):
    """What a promotion writes into the manifests."""

    TAG = "tag"
    DIGEST = "digest"
    TAG_AND_DIGEST = "tag+digest"


class ExplicitEdit(Value):
    """Values in one file that hold the version: by their keys, or by a pattern."""

    file: RepositoryFile = Field(
        description="The file, from the repository's root; {application} and {environment} are filled in."
    )
    path: Many[KeyPath] = Field(
        default=(),
        description="The keys to a value of a YAML or JSON file, joined by dots, such as web.image.tag; [0] or [name=web] "
        "picks from a list, and a dot that belongs to a key needs a backslash before it. A list names several values. "
        "{application} and {environment} are filled in.",
    )
    pattern: Many[ValuePattern] = Field(
        default=(),
        description="A regular expression in RE2's syntax, whose group is the value, such as 'version=(.*)'. The bot "
        "searches each line, and every match counts. A list names several. {application} and {environment} are filled in.",
    )
    write: Write = Field(default=Write.TAG, description="What the value holds.")

    @model_validator(mode="after")
    def _one_way_to_the_value(self) -> Self:
        if bool(self.path) == bool(self.pattern):
            both = "name the same value: keep one" if self.path else "are missing: write one of them"
            raise_faults("edit", [(("path",), wrong(f"'path' and 'pattern' {both}"))], None)
        if self.path and not has_keys(self.file):
            message = (
                f"only YAML and JSON have keys that the bot reads, and {ending(self.file)} is neither: write 'pattern' "
                r"instead, such as 'version=(\S+)'"
            )
            raise_faults("edit", [(("path",), wrong(message))], None)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """One of `path` and `pattern` is required."""
        schema = handler.resolve_ref_schema(handler(core))
        schema["oneOf"] = [{"required": ["path"]}, {"required": ["pattern"]}]
        return schema


class Edits(Value):
    """What a list of places adds to those that the image's name leads to, and what replaces them."""

    only: tuple[ExplicitEdit, ...] = Field(
        default=(),
        description="The only places: the bot does not look for the image's name.",
    )
    also: tuple[ExplicitEdit, ...] = Field(
        default=(), description="Further places; the same as a list without `only` and `also`."
    )

    def __bool__(self) -> bool:
        """Report whether any place is named."""
        return bool(self.only or self.also)

    def located(self) -> Iterator[tuple[tuple[str | int, ...], ExplicitEdit]]:
        """Yield each edit with the keys that lead to it in the file."""
        for key, edits in (("only", self.only), ("also", self.also)):
            for position, edit in enumerate(edits):
                yield ("edit", key, position), edit

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        count = len(self.only) + len(self.also)
        if count > MOST_EDITS:
            raise_faults("edit", [((), wrong(f"these are {count} places, and at most {MOST_EDITS} are read"))], None)
        return self


def _read_edits(value: object) -> object:
    if isinstance(value, list | tuple):
        return {"also": value}
    if isinstance(value, Mapping | Edits):
        return value
    raise wrong("expected a list of places, or a mapping with 'only' or 'also'")


class _EitherForm(BeforeValidator):
    """In the file, a list is what `also` is in the mapping."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        mapping = handler(core)
        return {"anyOf": [mapping, handler.resolve_ref_schema(mapping)["properties"]["also"]]}


EDITS: Any = _EitherForm(_read_edits)
