"""Who may pull and push, and how clients authenticate: not at all, with a password, or with a token.

The token protocol is https://distribution.github.io/distribution/spec/auth/token/ (GET) and …/oauth/ (POST). Tokens are
opaque and stored, because only this registry reads them.
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
    """How clients must authenticate."""

    NONE = "it does not ask"
    BASIC = "for a name and a password, as with htpasswd"
    TOKEN = "for a token of its own token endpoint"  # noqa: S105 -- a description, not a password


class Pulls(Enum):
    """Who may pull, if clients must authenticate."""

    ANYONE = "public images"
    USERS = "private images"


@dataclass(frozen=True, slots=True)
class Access:
    """users: name → password. refresh_tokens: identity token → name. token_lifetime: of each issued token."""

    challenge: Challenge = Challenge.NONE
    pulls: Pulls = Pulls.USERS
    users: Mapping[str, str] = field(default_factory=dict)
    refresh_tokens: Mapping[str, str] = field(default_factory=dict)
    token_lifetime: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: (repository, action) pairs, and until when."""

    name: str | None
    allowed: frozenset[tuple[str, str]]
    until: datetime


class Authenticator:
    """Authenticates requests and issues tokens."""

    def __init__(self, access: Access, now: Callable[[], datetime]) -> None:
        self.access = access
        self._now = now
        self._grants: dict[str, Grant] = {}
        self._numbers = itertools.count(1)

    def user_of(self, authorization: str) -> str | None:
        """Return the user of a correct name and password, or None."""
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
        """Issue a token for those of the scopes (`repository:NAME:pull,push`) that this user may have."""
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
        """Return None if the request is allowed, else the kind of WWW-Authenticate header: what was missing."""
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
        """Return the user of this request, if it names one."""
        grant = self._grants.get(authorization.removeprefix("Bearer "))
        return grant.name if grant else self.user_of(authorization)

    def revoke_tokens(self) -> None:
        """Drop every token, as a restarted token service with a new key does."""
        self._grants.clear()

    def _is_public(self) -> bool:
        return self.access.pulls is Pulls.ANYONE
