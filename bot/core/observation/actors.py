"""Who did something on GitHub, and what their role allows."""

from dataclasses import dataclass
from enum import Enum


class Permission(Enum):
    """A person's role on the manifests repository, from least to most."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something. login is '' for a deleted account; a bot's login is given without `[bot]`.

    id: GitHub's number of the account, which stays when the login changes; None where GitHub does not tell.
    """

    login: str
    is_bot: bool = False
    id: int | None = None
