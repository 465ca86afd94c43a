"""Accounts on GitHub that did something, and what a role allows."""

from dataclasses import dataclass
from enum import Enum


class Permission(Enum):
    """A role on the manifests repository, weakest first."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


@dataclass(frozen=True, slots=True)
class Actor:
    """The account that did something. login: '' for a deleted account; a bot's login has no `[bot]`.

    id: GitHub's number of the account, which survives a rename; None if GitHub does not return it.
    """

    login: str
    is_bot: bool = False
    id: int | None = None
