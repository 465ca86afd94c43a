"""`pull-request`: how an environment's promotions look on GitHub, and whom they ask for a review."""

from typing import Annotated

from pydantic import Field
from pydantic.json_schema import WithJsonSchema

from bot.core.policy.base import Value
from bot.core.policy.fields import OWNERS, PLACEHOLDERS, ROLES, Many, is_person, read_template, text
from bot.core.policy.suggestions import meant

TITLE = "{environment}: {application} {from} → {to}"

TITLE_PLACEHOLDERS = (*PLACEHOLDERS, "from", "to")

LONGEST_LABEL = 50
"""https://docs.github.com/en/rest/issues/labels#create-a-label"""

OWN_LABELS = "gitops/"


def _read_title(title: str) -> str:
    return read_template(title, placeholders=TITLE_PLACEHOLDERS)


def _read_label(label: str) -> str:
    if label.lower().startswith(OWN_LABELS):
        raise ValueError(f"{label!r} cannot be added: labels that begin with {OWN_LABELS!r} are reserved for the bot")
    if len(label) > LONGEST_LABEL:
        raise ValueError(f"{label!r} is {len(label)} characters long, and GitHub takes {LONGEST_LABEL} in a label")
    return read_template(label)


def _read_reviewer(word: str) -> str:
    if word == OWNERS or is_person(word):
        return word
    if word in ROLES:
        raise ValueError(
            f"{word!r} is a role, and GitHub asks users and teams: write owners, @user or @organisation/team"
        )
    near = meant(word, (OWNERS,)) or (f" (did you mean '@{word}'?)" if is_person(f"@{word}") else "")
    raise ValueError(f"{word!r} is not a user or team: write owners, @user or @organisation/team{near}")


Title = Annotated[str, text(_read_title, str), WithJsonSchema({"type": "string", "minLength": 1, "examples": [TITLE]})]

Label = Annotated[
    str, text(_read_label, str), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_LABEL})
]

Reviewer = Annotated[
    str,
    text(_read_reviewer, str),
    WithJsonSchema({"type": "string", "minLength": 1, "description": "owners, @user or @organisation/team."}),
]


class PullRequestPage(Value):
    """What GitHub shows of a promotion beside what the bot writes on it."""

    title: Title = Field(
        default=TITLE,
        description="Its title, and the first line of its commits; {environment}, {application}, {from} and {to} are "
        "filled in.",
    )
    labels: Many[Label] = Field(
        default=(),
        description="Added when the pull request is opened; {application} and {environment} are filled in. GitHub creates "
        "missing labels.",
    )
    reviewers: Many[Reviewer] = Field(default=(), description="Asked for a review when the pull request is opened.")
