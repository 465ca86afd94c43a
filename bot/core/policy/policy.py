"""The whole policy."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, PrivateAttr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError

from bot.core.policy.application import Application
from bot.core.policy.base import Mode, Named, Value
from bot.core.policy.claims import Claims
from bot.core.policy.environment import Environment, Origin, OriginKind
from bot.core.policy.file.blueprint import NO_FILES, Blueprint
from bot.core.policy.file.parts import DEFAULTS, Kind
from bot.core.policy.fleet.passing import REGISTRY, passed_through
from bot.core.policy.neighbours import Neighbours
from bot.core.policy.renames import Renames


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
    differences: Named[Mapping[str, Environment]] = Field(
        default_factory=lambda: MappingProxyType({}),
        description="By application: the environments that differ for it, as they are there.",
    )
    unused: Named[Environment] = Field(
        default_factory=lambda: MappingProxyType({}),
        description="In the policy of one application: the environments that it does not use.",
    )
    _blueprint: Blueprint = PrivateAttr(default=NO_FILES)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """In the file, applications and environments may have defaults."""
        schema = handler.resolve_ref_schema(handler(core))
        described = {
            "description": "What every application, and every environment of this file, takes where it does not say "
            "otherwise. Of an environment, `gates`, `permissions`, `rollback` and `pull-request` merge key by key; of an "
            "application, `versions`, `source` and `environments`. All else is taken whole, and null drops a default."
        }
        keys = schema["properties"]
        del keys["differences"], keys["unused"]
        schema["properties"] = {key: keys[key] for key in ("version", "mode")} | {DEFAULTS: described} | keys
        return schema

    @property
    def blueprint(self) -> Blueprint:
        """Return what the files say, before applications are discovered."""
        return self._blueprint

    def drawn_from(self, blueprint: Blueprint) -> "Policy":
        """Return the same policy, with what the files say."""
        drawn = self.changed()
        drawn._blueprint = blueprint  # noqa: SLF001 -- its own, before anybody else has it
        return drawn

    def changed(self, **fields: object) -> "Policy":
        """Return a policy with these fields instead. A plain copy would keep what was worked out from the others."""
        values = {name: getattr(self, name) for name in Policy.model_fields}
        copy = Policy.model_construct(None, **{**values, **fields})
        copy._blueprint = self._blueprint  # noqa: SLF001 -- as above
        return copy

    def of(self, application: str) -> "Policy":
        """Return the policy as it is for one application: its own environments, each with the settings that differ.

        Versions pass through an environment that the application says it does not use; `unused` has these.
        """
        if application not in self._each:
            self._each[application] = self._of(application)
        return self._each[application]

    def _of(self, application: str) -> "Policy":
        claims = self.applications[application].environments
        differing = self.differences.get(application, {})
        left_out = frozenset(name for name, used in claims if not used)
        if not differing:
            return self.without(left_out)
        environments = MappingProxyType({name: differing.get(name, each) for name, each in self.environments.items()})
        return self.changed(environments=environments, differences=MappingProxyType({})).without(left_out)

    def without(self, names: frozenset[str], *, last: Origin = REGISTRY) -> "Policy":
        """Return the policy without these environments: versions pass through them. last: as in `passed_through`."""
        names = names.intersection(self.environments)
        if not names:
            return self
        key = (names, last.kind)
        if key not in self._narrowed:
            unused = {**self.unused, **{name: each for name, each in self.environments.items() if name in names}}
            kept = MappingProxyType(passed_through(self.environments, names, last=last))
            self._narrowed[key] = self.changed(environments=kept, unused=MappingProxyType(unused))
        return self._narrowed[key]

    def lists(self, application: str) -> bool:
        """Return whether the files name the application; otherwise a rule has found it."""
        return not self._blueprint.rules or (Kind.APPLICATION, application) in self._blueprint.whole.parts

    def uses(self, environment: str, application: str) -> bool:
        """Return whether the policy lets the application use the environment; its manifests may still say otherwise."""
        return application in self.applications and environment in self.of(application).environments

    def digest_of(self, application: str) -> str:
        """Return what changes whenever the policy says something else of this application, or of who shares its values."""
        if application not in self._digests:
            own = self.of(application)
            said = f"{own.applications[application]!r}\n{own._environments_text}"  # noqa: SLF001 -- its own kind
            said += f"\n{self.neighbours.digest_of(application)}"
            self._digests[application] = hashlib.sha256(said.encode()).hexdigest()
        return self._digests[application]

    @cached_property
    def _environments_text(self) -> str:
        return repr((self.mode, dict(self.environments), dict(self.unused)))

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {}

    @cached_property
    def _each(self) -> dict[str, "Policy"]:
        return {}

    @cached_property
    def _narrowed(self) -> dict[tuple[frozenset[str], OriginKind], "Policy"]:
        return {}

    @cached_property
    def claims(self) -> Claims:
        """Who may write what."""
        return Claims({name: self.of(name).environments for name in self.applications}, self.applications)

    @cached_property
    def neighbours(self) -> Neighbours:
        """Who else comes to an application's values."""
        return Neighbours(self.claims)

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
