"""Applications: which images are released together, where they come from, and which tags are versions in which order."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AliasChoices, BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bot.core.policy.base import Fault, Mode, Value, raise_faults
from bot.core.policy.edit import EDITS, Edits, Write
from bot.core.policy.fields import (
    Glob,
    Image,
    Many,
    Name,
    Owner,
    PathGlobs,
    Platform,
    RepositoryName,
    Some,
    TagPattern,
    Text,
    wrong,
    wrong_key,
)
from bot.core.policy.orders import ORDERS, OrderKind


class ShownCommits(StrEnum):
    """What pages show of a source's commits."""

    SUBJECTS = "subjects"
    IDS = "ids"


class Order(Value):
    """How versions are ordered."""

    kind: OrderKind = Field(description="Which order.")
    argument: str = Field(description="The value of its key: a range, a word, or the tag to follow.")


def _read_order(value: object) -> object:
    """The order keys of `versions`, as a mapping, become an Order; none is `semver: '*'`."""
    if not isinstance(value, Mapping):
        return value
    raise_faults("order", [fault for key in value for fault in _order_faults(key, value)], value)
    return next((Order(kind=OrderKind(key), argument=argument) for key, argument in value.items()), ANY_RELEASE)


def _order_faults(key: str, written: Mapping[str, object]) -> list[Fault]:
    argument, first = written[key], next(iter(written))
    if key != first:
        return [((key,), wrong_key(f"{first!r} and {key!r} are two orders: keep one"))]
    if not isinstance(argument, str):
        return [((key,), "string_type")]
    try:
        ORDERS[OrderKind(key)].check(argument)
    except ValueError as error:
        return [((key,), wrong(str(error)))]
    return []


ANY_RELEASE = Order(kind=OrderKind.SEMVER, argument="*")


class Versions(Value):
    """Which tags are versions, and which of two is the newer one."""

    order: Annotated[Order, BeforeValidator(_read_order)] = Field(
        default=ANY_RELEASE,
        description="How versions are ordered; one key in the file, `semver: '*'` if there is none.",
    )
    tags: TagPattern | None = Field(
        default=None,
        description="Only tags that this regular expression finds; its group `version`, if it has one, is what is compared.",
    )
    ignore: Many[Glob] = Field(default=(), description="Tags that are never versions.")
    platforms: Many[Platform] = Field(
        default=(),
        description="Platforms that must all be pushed before a version counts; if left out, those that are pushed.",
    )
    write: Write = Field(default=Write.TAG, description="What is written into the manifests.")

    @model_validator(mode="before")
    @classmethod
    def _gather_order(cls, data: Any) -> Any:
        """Gather the order's key, which the file has beside the others, under `order`, where it is read."""
        if not isinstance(data, Mapping):
            return data
        order = data.get("order")
        if isinstance(order, Order):
            return _implied(data, order.kind)
        rest = {key: value for key, value in data.items() if key not in ORDERS}
        if "order" in rest:
            raise_faults("versions", [(("order",), "extra_forbidden")], data)
        kind = OrderKind.DIGEST if OrderKind.DIGEST in data else None
        return _implied({**rest, "order": {key: value for key, value in data.items() if key not in rest}}, kind)

    @model_validator(mode="after")
    def _writes_what_moves(self) -> Self:
        """Refuse `write: tag` with a followed tag: only the digest tells one version from the next."""
        if self.order.kind is OrderKind.DIGEST and self.write is Write.TAG:
            message = f"a tag that moves must be written with its digest: {Write.TAG_AND_DIGEST} or {Write.DIGEST}"
            raise_faults("versions", [(("write",), wrong(message))], None)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """In the file, the order is one of its keys."""
        schema = handler.resolve_ref_schema(handler(core))
        del schema["properties"]["order"]
        keys = {
            str(key): {"type": "string", "description": order.description, **order.schema}
            for key, order in ORDERS.items()
        }
        schema["properties"] = {**keys, **schema["properties"]}
        each = [{"required": [key]} for key in keys]
        schema["oneOf"] = [*each, {"not": {"anyOf": each}}]
        return schema


def _implied(data: Mapping[str, Any], kind: OrderKind | None) -> Mapping[str, Any]:
    """Return what follows from the order if the policy does not say it."""
    return {"write": Write.TAG_AND_DIGEST, **data} if kind is OrderKind.DIGEST else data


class Source(Value):
    """The repository that an application is built from."""

    repository: RepositoryName = Field(description="owner/name on the same GitHub.")
    branch: Text | None = Field(
        default=None, description="The branch that releases come from; its default branch if left out."
    )
    paths: PathGlobs = Field(
        default=("**",),
        description="With the order `commit`: a commit that touches none of these is not a version. Globs as in the `paths` of "
        "GitHub Actions; of those that match a file the last one counts, and `!` excludes.",
    )
    commits: ShownCommits | None = Field(
        default=None,
        description="What pages show of its commits: `subjects`, with their authors and pull requests, or only their `ids`. If "
        "left out: `ids` where more people can see the manifests repository than this one, else `subjects`.",
    )


def _read_source(value: object) -> object:
    return {"repository": value} if isinstance(value, str) else value


def _pairs(value: object) -> object:
    return tuple(value.items()) if isinstance(value, Mapping) else value


class Application(Value):
    """One or more images that are released together."""

    name: Name = Field(description="The key of the application, or the name of its file.")
    images: Some[Image] = Field(
        validation_alias=AliasChoices("image", "images"),
        serialization_alias="images",
        description="The image, or all images that are released together; a version counts when all have it.",
    )
    source: Annotated[Source, BeforeValidator(_read_source, json_schema_input_type=RepositoryName | Source)] | None = (
        Field(default=None, description="The repository it is built from, or just owner/name.")
    )
    owners: Many[Owner] = Field(default=(), description="Who `owners` means in permissions and approvals.")
    versions: Versions = Field(default=Versions(), description="Which tags are versions, in which order.")
    edit: Annotated[Edits, EDITS] = Field(
        default=Edits(),
        description="Places of the version that its image's name does not lead to: a list adds them to those that it leads to, "
        "and `only` replaces those.",
    )
    environments: Annotated[tuple[tuple[str, bool], ...], BeforeValidator(_pairs)] = Field(
        default=(),
        description="Where it runs, and what differs there: `false` for an environment that it does not use, `true` for one "
        "that it uses even without manifests, or the settings that differ.",
    )
    mode: Mode = Field(default=Mode.ACTIVE, description="`observe` writes nothing for it; the strictest mode wins.")
    was: Name | None = Field(default=None, description="The former name, so that a rename loses nothing.")

    def claims(self, environment: str) -> bool | None:
        """Return whether it says that it uses the environment; None where it leaves that to its manifests."""
        return dict(self.environments).get(environment)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """In the file, the name is the key, and `image` and `images` are two spellings."""
        schema = handler.resolve_ref_schema(handler(core))
        del schema["properties"]["name"]
        image = schema["properties"].pop("image")
        schema["properties"] = {"image": image, "images": image, **schema["properties"]}
        schema["properties"]["environments"] = {
            "type": "object",
            "description": schema["properties"]["environments"]["description"],
        }
        schema["required"] = [key for key in schema["required"] if key not in {"name", "image"}]
        schema["oneOf"] = [{"required": ["image"]}, {"required": ["images"]}]
        return schema
