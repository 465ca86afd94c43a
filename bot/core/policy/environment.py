"""Environments: where versions are written, where they come from, what they must pass, and who may move them."""

from datetime import time
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from pydantic_core import CoreSchema

from bot.core.policy.base import Fault, Mode, Value, raise_faults
from bot.core.policy.calendar import Date, Day, Days, TimeZone, read_hours
from bot.core.policy.deployments import DeployedTo, Deployments, read_deployments
from bot.core.policy.edit import EDITS, Edits
from bot.core.policy.fields import (
    Count,
    Duration,
    Flag,
    Glob,
    Many,
    Name,
    PathList,
    Person,
    Positive,
    Some,
    Template,
    read_name,
    text,
    wrong,
)
from bot.core.policy.notifications import Route
from bot.core.policy.permissions import Permissions
from bot.core.policy.pull_request import PullRequestPage
from bot.core.values.patterns import EXCLUDE

REGISTRY = "registry"
KEY_BY_KEY = frozenset({"gates", "permissions", "rollback", "pull-request"})
"""What merges key by key with the defaults: bundles of settings, each of which can be left out. `limit` is none: how many
and within how long are one thing."""


def _read_environment_name(name: str) -> str:
    if name == REGISTRY:
        raise ValueError(
            "'registry' cannot be the name of an environment, because 'from: registry' means the image's registry"
        )
    return read_name(name)


EnvironmentName = Annotated[Name, text(_read_environment_name, str)]


class OriginKind(StrEnum):
    """How many of the environments before it must have a version.

    NOWHERE: the application is in none of those before it, and nobody said that its versions may come from the registry.
    """

    REGISTRY = "registry"
    ALL = "all"
    ANY = "any"
    NOWHERE = "nowhere"


class Promote(StrEnum):
    """Who opens a promotion: the bot, or a person with `/promote`."""

    AUTO = "auto"
    MANUAL = "manual"


class Merge(StrEnum):
    """Who merges a promotion: the bot when every gate passes, or a person."""

    AUTO = "auto"
    MANUAL = "manual"


class MergeMethod(StrEnum):
    """How GitHub merges a promotion."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


class Pace(StrEnum):
    """When an environment that has a version takes the next one."""

    SOAKED = "soaked"
    LATEST = "latest"
    ONE_AT_A_TIME = "one-at-a-time"


class Update(StrEnum):
    """How long an open promotion may change its version: until the first counted approval, or always."""

    UNTIL_APPROVED = "until-approved"
    ALWAYS = "always"


class Guard(StrEnum):
    """What an environment may let its applications loosen."""

    CHECKS = "checks"
    SOAK = "soak"
    MIN_AGE = "min-age"
    HEALTH = "health"
    APPROVALS = "approvals"
    WINDOWS = "windows"
    FREEZES = "freezes"
    PROMOTE = "promote"
    MERGE = "merge"
    PACE = "pace"
    UPDATE = "update"
    ROLLBACK = "rollback"
    PERMISSIONS = "permissions"
    MODE = "mode"
    PATH = "path"
    FROM = "from"


class Origin(Value):
    """Where an environment's versions come from; `registry` names no environment."""

    kind: OriginKind = Field(description="The registry, all of the environments, or any one of them.")
    environments: tuple[str, ...] = Field(default=(), description="The environments before this one.")


def _read_origin(value: object) -> object:
    """`registry`, `dev`, `[eu, us]` (all of them) or `{any: [eu, us]}`."""
    match value:
        case Origin():
            return value
        case "registry":
            return Origin(kind=OriginKind.REGISTRY)
        case str():
            return Origin(kind=OriginKind.ALL, environments=(value,))
        case list() | tuple():
            return Origin(kind=OriginKind.ALL, environments=_environments(value, ()))
        case {"any": list() | tuple() as names, **rest} if not rest:
            return Origin(kind=OriginKind.ANY, environments=_environments(names, ("any",)))
    raise wrong("expected registry, an environment, a list of environments (all of them), or {any: [one, of, these]}")


def _environments(names: list[object] | tuple[object, ...], keys: tuple[str, ...]) -> tuple[str, ...]:
    faults: list[Fault] = [
        ((*keys, position), "string_type" if not isinstance(name, str) else _NOT_IN_A_LIST)
        for position, name in enumerate(names)
        if not isinstance(name, str) or name == REGISTRY
    ]
    if not names:
        faults.append((keys, wrong("this is empty: name at least one environment, or write registry")))
    raise_faults("from", faults, names)
    return tuple(dict.fromkeys(map(str, names)))


_NOT_IN_A_LIST = wrong(
    "'registry' must stand alone: a version comes from the registry or from other environments, not from both"
)
_ORIGIN_SCHEMA = {
    "oneOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
        {
            "type": "object",
            "properties": {"any": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
            "required": ["any"],
            "additionalProperties": False,
        },
    ],
}


class Approvals(Value):
    """How many people must approve, and who counts."""

    count: Count = Field(description="How many approvals are needed.")
    from_: Many[Person] = Field(
        default=("write",),
        alias="from",
        description="Whose approvals count; everybody with write permission if left out.",
    )
    not_: Many[Literal["requester"]] = Field(
        default=("requester",), alias="not", description="Whose approvals do not count; the requester's if left out."
    )


class Hours(Value):
    """A span of wall-clock time; closing at or before opening is on the day after, so that 00:00 to 00:00 is a whole day."""

    opens: time = Field(description="The first moment inside.")
    closes: time = Field(description="The first moment outside.")


def _read_hours(hours: str) -> Hours:
    opens, closes = read_hours(hours)
    return Hours(opens=opens, closes=closes)


WHOLE_DAY = Hours(opens=time(), closes=time())


class Window(Value):
    """When promotions may merge. A window that passes midnight belongs to the day on which it opens."""

    days: Days = Field(default=tuple(Day), description="Days or spans of days, such as mon-fri; every day if left out.")
    hours: Annotated[
        Hours, text(_read_hours, Hours), WithJsonSchema({"type": "string", "examples": ["09:00-16:00", "22:00-04:00"]})
    ] = Field(default=WHOLE_DAY, description="From, included, to, excluded; the whole day if left out.")
    timezone: TimeZone | None = Field(default=None, description="An IANA time zone; the environment's if left out.")


class Freeze(Value):
    """Whole days on which nothing merges."""

    first: Date = Field(alias="from", description="The first day.")
    last: Date = Field(alias="to", description="The last day, included.")
    reason: str = Field(default="", description="Shown on promotions that wait for the end of the freeze.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise_faults(
                "freeze", [(("to",), wrong(f"{self.last} is before {self.first}, where the freeze begins"))], None
            )
        return self


class Gates(Value):
    """What a promotion into this environment must pass, beside the gates that always apply. One field for each gate."""

    checks: Many[Glob] = Field(
        default=(), description="Check runs and statuses of the source commit that must have succeeded."
    )
    soak: Duration | None = Field(
        default=None,
        description="How long a version must stay the current one of an environment in `from`, without interruption.",
    )
    min_age: Duration | None = Field(
        default=None,
        alias="min-age",
        description="How long ago the bot must have seen a version for the first time, by its own record.",
    )
    health: Many[Template] = Field(
        default=(),
        description="Statuses or check runs that must report success there; {environment} is the environment of `from`.",
    )
    approvals: Approvals | None = Field(default=None, description="Approving reviews of the promotion.")
    windows: tuple[Window, ...] = Field(default=(), description="Merge only in one of these; always if there are none.")
    freezes: tuple[Freeze, ...] = Field(default=(), description="Do not merge on these days.")


class Rollback(Value):
    """What is different for a rollback."""

    approvals: Count | None = Field(
        default=None, description="How many approvals a rollback needs; as a promotion if left out."
    )
    bypass: Flag = Field(
        default=False, description="Use the App's right to bypass GitHub's own rules, for rollbacks only."
    )


class Limit(Value):
    """How many promotions may merge within a time; rollbacks are exempt."""

    merges: Positive = Field(description="How many merges.")
    per: Duration = Field(description="Within how long.")


class Environment(Value):
    """A place in the manifests repository where an application's version is written."""

    name: EnvironmentName = Field(description="The key of the environment, or the name of its file.")
    paths: PathList = Field(
        alias="path",
        description="Folders, files or globs that hold the manifests; of those that match a file the last one counts, and `!` "
        "excludes. `*` stops at a slash, `**` does not. {application} and {environment} are filled in.",
    )
    origin: Annotated[Origin, BeforeValidator(_read_origin), WithJsonSchema(_ORIGIN_SCHEMA)] = Field(
        alias="from",
        description="`registry`, an environment, a list (all of them), or {any: [...]} (one of them).",
    )
    promote: Promote = Field(default=Promote.AUTO, description="`manual`: promotions are opened by /promote only.")
    gates: Gates = Field(default=Gates(), description="What a promotion must pass.")
    merge: Merge = Field(default=Merge.AUTO, description="`manual`: a person merges, the bot never does.")
    merge_method: MergeMethod = Field(
        default=MergeMethod.MERGE, alias="merge-method", description="How promotions are merged."
    )
    pull_request: PullRequestPage = Field(
        default=PullRequestPage(), alias="pull-request", description="The title, labels and reviewers of promotions."
    )
    notify: tuple[Route, ...] = Field(
        default=(),
        description="Whom to tell what becomes of promotions, beside GitHub. The server's settings name the sinks.",
    )
    deployments: (
        Annotated[Deployments, BeforeValidator(read_deployments, json_schema_input_type=Some[DeployedTo] | Deployments)]
        | None
    ) = Field(
        default=None,
        description="GitHub deployments of what is merged here: on the `source` commit, in `manifests`, or a mapping.",
    )
    pace: Pace = Field(
        default=Pace.SOAKED,
        description="`soaked` keeps a version until the environments that follow have its soak and health; `latest` takes "
        "every version at once; `one-at-a-time` waits until all that follow have it.",
    )
    update: Update = Field(
        default=Update.UNTIL_APPROVED, description="Until when an open promotion may change to a newer version."
    )
    rollback: Rollback = Field(default=Rollback(), description="What rollbacks need and may do.")
    permissions: Permissions = Field(default=Permissions(), description="Who may give which command.")
    limit: Limit | None = Field(default=None, description="How many promotions may merge within a time.")
    timezone: TimeZone = Field(
        default="UTC", description="The time zone of times in commands, and of windows without their own."
    )
    mode: Mode = Field(default=Mode.ACTIVE, description="`observe` writes nothing here; the strictest mode wins.")
    applications_may: Many[Guard] | None = Field(
        default=None,
        alias="applications-may",
        description="What applications may loosen here; nothing in a file of its own, everything otherwise, if left out.",
    )
    edit: Annotated[Edits, EDITS] | None = Field(
        default=None,
        description="Places of the version here, instead of those that the application names for everywhere.",
    )
    was: EnvironmentName | None = Field(default=None, description="The former name, so that a rename loses nothing.")

    @property
    def included(self) -> tuple[tuple[int, str], ...]:
        """Return the paths that do not exclude, with their positions."""
        return tuple((position, path) for position, path in enumerate(self.paths) if not path.startswith(EXCLUDE))

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """In the file, the name is the key."""
        schema = handler.resolve_ref_schema(handler(core))
        del schema["properties"]["name"]
        schema["required"] = [key for key in schema["required"] if key != "name"]
        return schema
