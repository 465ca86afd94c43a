"""The whole policy."""

from collections.abc import Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, PlainSerializer
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError

from bot.core.policy.application import Application
from bot.core.policy.base import Mode, Value
from bot.core.policy.environment import Environment
from bot.core.policy.file.parts import DEFAULTS
from bot.core.policy.renames import Renames

T = TypeVar("T")

Named = Annotated[Mapping[str, T], AfterValidator(MappingProxyType), PlainSerializer(dict)]


def _whole_number(value: object) -> object:
    """For Python, `true` and `1.0` equal 1."""
    if isinstance(value, bool | float):
        raise PydanticKnownError("int_type")
    return value


class Policy(Value):
    """What `.gitops.yml` and the files of `.gitops/` say together."""

    version: Annotated[Literal[1], BeforeValidator(_whole_number)] = Field(
        default=1, description="The version of this file format."
    )
    mode: Mode = Field(
        default=Mode.ACTIVE, description="`observe` writes only the dashboard issue and shows what would be done."
    )
    applications: Named[Application] = Field(
        default_factory=lambda: MappingProxyType({}),
        description="Applications by name; each may have a file instead, .gitops/applications/<name>.yml.",
    )
    environments: Named[Environment] = Field(
        default_factory=lambda: MappingProxyType({}),
        description="Environments by name; each may have a file instead, .gitops/<name>.yml.",
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """In the file, environments may have defaults."""
        schema = handler.resolve_ref_schema(handler(core))
        described = {
            "description": "What every environment of this file takes where it does not say otherwise. `gates`, `permissions`, "
            "`rollback` and `pull-request` merge key by key, all else is taken whole, and null drops a default."
        }
        keys = schema["properties"]
        schema["properties"] = {key: keys[key] for key in ("version", "mode")} | {DEFAULTS: described} | keys
        return schema

    @cached_property
    def renames(self) -> Renames:
        """The names that changed."""
        return Renames(
            {each.was: name for name, each in self.environments.items() if each.was},
            {each.was: name for name, each in self.applications.items() if each.was},
        )

    @cached_property
    def steps(self) -> tuple[tuple[str, ...], ...]:
        """The environments by how many others a version passes through before them; each step in the order of the
        policy.
        """

        origins = {name: environment.origin.environments for name, environment in self.environments.items()}
        distances: dict[str, int] = {}
        for name in TopologicalSorter(origins).static_order():
            distances[name] = 1 + max((distances[origin] for origin in origins[name]), default=-1)
        steps: list[list[str]] = [[] for _ in range(max(distances.values(), default=-1) + 1)]
        for name in self.environments:
            steps[distances[name]].append(name)
        return tuple(map(tuple, steps))

    def mode_of(self, application: Application, environment: Environment) -> Mode:
        """Return the strictest of the three modes that apply."""
        modes = {self.mode, application.mode, environment.mode}
        return Mode.OBSERVE if Mode.OBSERVE in modes else Mode.ACTIVE
