"""Who may pull and push, and how the registry asks: not at all, for a password, or for a token.

The token dialogue is that of https://distribution.github.io/distribution/spec/auth/token/ (GET) and …/oauth/ (POST); tokens
here are opaque and remembered, because only this registry reads them.
"""

import base64
import binascii
import hmac
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum


class Challenge(Enum):
    """How the registry asks who is there."""

    NONE = "it does not ask"
    BASIC = "for a name and a password, as with htpasswd"
    TOKEN = "for a token of its own token endpoint"  # noqa: S105 -- a description


class Pulls(Enum):
    """Who may pull where the registry asks at all."""

    ANYONE = "public images"
    USERS = "private images"


@dataclass(frozen=True, slots=True)
class Access:
    """users: name → password. refresh_tokens: identity token → name. token_lifetime: of each token that is issued."""

    challenge: Challenge = Challenge.NONE
    pulls: Pulls = Pulls.USERS
    users: Mapping[str, str] = field(default_factory=dict)
    refresh_tokens: Mapping[str, str] = field(default_factory=dict)
    token_lifetime: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: (repository, action) pairs, until then."""

    name: str | None
    allowed: frozenset[tuple[str, str]]
    until: datetime


class Doorkeeper:
    """Checks requests and issues tokens."""

    def __init__(self, access: Access, now: Callable[[], datetime]) -> None:
        self.access = access
        self._now = now
        self._grants: dict[str, Grant] = {}
        self._numbers = itertools.count(1)

    def user_of(self, authorization: str) -> str | None:
        """Return who says so with a right password, or None."""
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        expected = self.access.users.get(name)
        right = expected is not None and hmac.compare_digest(expected.encode(), password.encode())
        return name if right else None

    def issue(self, name: str | None, scopes: list[str]) -> str:
        """Return a token for those of the scopes (`repository:NAME:pull,push`) that this person may have."""
        wanted = {
            (repository, action)
            for kind, _, rest in (scope.partition(":") for scope in scopes)
            if kind == "repository"
            for repository, _, actions in (rest.rpartition(":"),)
            for action in actions.split(",")
        }
        allowed = frozenset(one for one in wanted if name is not None or (one[1] == "pull" and self._is_public()))
        token = f"token-{next(self._numbers)}"
        self._grants[token] = Grant(name, allowed, self._now() + self.access.token_lifetime)
        return token

    def admits(self, authorization: str, repository: str, action: str) -> str | None:
        """None when the request may pass, else the WWW-Authenticate header's kind: what was missing."""
        if self.access.challenge is Challenge.NONE:
            return None
        if self.access.challenge is Challenge.BASIC:
            passes = self.user_of(authorization) is not None or (action == "pull" and self._is_public())
            return None if passes else "UNAUTHORIZED"
        grant = self._grants.get(authorization.removeprefix("Bearer "))
        if grant is None or grant.until <= self._now():
            return "UNAUTHORIZED"
        return None if not repository or (repository, action) in grant.allowed else "DENIED"

    def person(self, authorization: str) -> str | None:
        """Return who this request comes from, as far as it says."""
        grant = self._grants.get(authorization.removeprefix("Bearer "))
        return grant.name if grant else self.user_of(authorization)

    def revoke_tokens(self) -> None:
        """Forget every token, as a restarted token service with a new key does."""
        self._grants.clear()

    def _is_public(self) -> bool:
        return self.access.pulls is Pulls.ANYONE
