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

    def may_be(self, other: "Actor") -> bool:
        """Return whether both may be one account: by their numbers, or by their logins if one has no number.

        A login can change, and then belong to somebody else.
        https://docs.github.com/en/account-and-profile/concepts/username-changes
        """
        if self.id is not None and other.id is not None:
            return self.id == other.id
        return self.login != "" and self.login.lower() == other.login.lower()
