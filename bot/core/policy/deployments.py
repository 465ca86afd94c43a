"""`deployments`: where the bot tells GitHub that a version was deployed, so that developers read it beside their commits."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic.json_schema import WithJsonSchema

from bot.core.policy.base import Value
from bot.core.policy.fields import Flag, Many, Some, Template, read_template, text

LONGEST_ENVIRONMENT = 255
"""https://docs.github.com/en/rest/deployments/environments#create-or-update-an-environment"""

_WEB = re.compile(r"https?://[^\s/]+\S*")


class DeployedTo(StrEnum):
    """The repository whose commit a deployment names."""

    SOURCE = "source"
    MANIFESTS = "manifests"


def _read_environment(name: str) -> str:
    if len(name) > LONGEST_ENVIRONMENT:
        raise ValueError(
            f"this name has {len(name)} characters, and GitHub takes {LONGEST_ENVIRONMENT} in an environment's name"
        )
    return read_template(name)


def _read_url(url: str) -> str:
    if not _WEB.fullmatch(url):
        raise ValueError(f"{url!r} is not a web address: write one that begins with https:// or http://")
    return read_template(url)


EnvironmentOnGitHub = Annotated[
    str,
    text(_read_environment, str),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_ENVIRONMENT}),
]

WebAddress = Annotated[str, text(_read_url, str), WithJsonSchema({"type": "string", "pattern": "^https?://"})]


class Deployments(Value):
    """Which deployments of an environment GitHub shows, and what they say."""

    commits: Some[DeployedTo] = Field(
        description="The commits that get one: the version's commit in the `source` repository, the merge in `manifests`, or "
        "both."
    )
    environment: EnvironmentOnGitHub = Field(
        default="{environment}",
        description="The environment's name on GitHub; {application} and {environment} are filled in.",
    )
    url: WebAddress | None = Field(
        default=None,
        description="Where people can use what was deployed; {application} and {environment} are filled in.",
    )
    health: Many[Template] = Field(
        default=(),
        description="Statuses or check runs that report its health; if left out, those that the next environments wait for.",
    )
    production: Flag | None = Field(
        default=None, description="Whether users work with it; true where no environment follows, if left out."
    )


def read_deployments(value: object) -> object:
    """`source` and `[source, manifests]` are short for `{commits: …}`."""
    return {"commits": value} if isinstance(value, str | list | tuple) else value
