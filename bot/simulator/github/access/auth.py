"""Authentication: App JWTs, installation tokens in both formats, and personal access tokens.

Error messages are GitHub's own, because operators search for them. Tokens come from a counter, not from randomness: the
simulated world is repeatable, and the tokens protect nothing.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import count

import jwt

from bot.simulator.clock import Clock
from bot.simulator.github.model.accounts.accounts import Role, User
from bot.simulator.github.model.accounts.apps import Access, App, Installation
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.code.settings import Visibility

LONGEST_JWT = timedelta(minutes=10)
TOKEN_LIFE = timedelta(hours=1)
METADATA = "metadata"

# The role that a person needs for what an App needs this permission for; see
# https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
ROLE_TO_WRITE = {"administration": Role.ADMIN, "issues": Role.READ, "pull_requests": Role.READ}
ROLE_TO_READ = {"administration": Role.ADMIN}


class TokenFormat(Enum):
    """GitHub has issued the long, stateless format since April 2026 and still accepts the short one."""

    CLASSIC = "classic"  # ghs_ and 36 letters and digits
    STATELESS = "stateless"  # ghs_<app id>_<JWT>, about 520 characters


class Unauthorised(Exception):  # noqa: N818 -- it is an answer, not a fault
    """Credentials that GitHub refuses. `status` and `message` are GitHub's answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The sender of a request.

    At most one of these is set, none for an anonymous caller: `app` (a JWT), `installation` (its token), `user` (a
    person's token). `repositories` are the ids to which an installation token was restricted; None means all that the
    installation covers.
    """

    app: App | None = None
    installation: Installation | None = None
    user: User | None = None
    permissions: Mapping[str, Access] = field(default_factory=dict)
    repositories: frozenset[int] | None = None
    token: str = ""

    @property
    def actor(self) -> User | None:
        """Return the account that acts: the person, or the App's bot."""
        return self.installation.app.bot if self.installation else self.user

    @property
    def as_app(self) -> App | None:
        """Return the App that acts, by JWT or installation token."""
        return self.installation.app if self.installation else self.app

    def sees(self, repository: CodeRepository) -> bool:
        """Report whether this caller can see the repository at all."""
        if repository.visibility is Visibility.PUBLIC:
            return True
        if self.installation:
            return self.reaches(repository)
        return self.user is not None and repository.role_of(self.user) >= Role.READ

    def reaches(self, repository: CodeRepository) -> bool:
        """Report whether an installation token covers this repository; always true for other callers."""
        if self.installation is None:
            return True
        narrowed_out = self.repositories is not None and repository.id not in self.repositories
        return self.installation.covers(repository) and not narrowed_out

    def allows(self, repository: CodeRepository, permission: str, access: Access) -> bool:
        """Report whether the caller has this access to `permission` in the repository."""
        public = repository.visibility is Visibility.PUBLIC
        if access is Access.READ and public and permission in {METADATA, "contents", "issues", "pull_requests"}:
            return True
        if self.installation:
            granted = self.permissions.get(permission, Access.NONE)
            return self.reaches(repository) and granted >= access
        if self.user is None:
            return access is Access.READ and public and permission != "administration"
        needed = (
            ROLE_TO_WRITE.get(permission, Role.WRITE)
            if access > Access.READ
            else ROLE_TO_READ.get(permission, Role.READ)
        )
        return repository.role_of(self.user) >= needed or (public and needed is Role.READ)


NOBODY = Caller()


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationToken:
    """An issued token as the API shows it. `repositories` is None if it was not restricted."""

    token: str
    expires_at: datetime
    permissions: Mapping[str, Access]
    repositories: tuple[CodeRepository, ...] | None
    installation: Installation


class Tokens:
    """All credentials of one simulated GitHub."""

    def __init__(self, clock: Clock, *, apps: Iterable[App], token_format: TokenFormat = TokenFormat.STATELESS) -> None:
        """Keep `apps` by reference: it is read for each JWT, because Apps may be registered later."""
        self._clock = clock
        self._apps = apps
        self.token_format = token_format
        self._installation_tokens: dict[str, InstallationToken] = {}
        self._user_tokens: dict[str, User] = {}
        self._numbers = count(1)

    # -- issuing ---------------------------------------------------------------------------------------------------

    def for_user(self, user: User) -> str:
        """Issue a classic personal access token with every scope: the person may do what their roles allow."""
        token = "ghp_" + self._letters(36)
        self._user_tokens[token] = user
        return token

    def for_installation(
        self,
        installation: Installation,
        *,
        permissions: Mapping[str, Access] | None = None,
        repositories: tuple[CodeRepository, ...] | None = None,
    ) -> InstallationToken:
        """Issue a token for one hour; by default with all permissions and repositories of the installation."""
        expires_at = (self._clock.now() + TOKEN_LIFE).replace(microsecond=0)
        minted = InstallationToken(
            token=self._installation_token(installation, expires_at),
            expires_at=expires_at,
            permissions={METADATA: Access.READ, **permissions} if permissions else dict(installation.permissions),
            repositories=repositories,
            installation=installation,
        )
        self._installation_tokens[minted.token] = minted
        return minted

    def revoke(self, token: str) -> None:
        """`DELETE /installation/token`."""
        self._installation_tokens.pop(token, None)

    def _installation_token(self, installation: Installation, expires_at: datetime) -> str:
        if self.token_format is TokenFormat.CLASSIC:
            return "ghs_" + self._letters(36)
        claims = {
            "iss": "github.com",
            "sub": f"installation:{installation.id}",
            "aud": f"app:{installation.app.id}",
            "exp": int(expires_at.timestamp()),
            "jti": self._letters(64),
            "entropy": self._letters(160),  # GitHub's are about 520 characters
        }
        return f"ghs_{installation.app.id}_{jwt.encode(claims, self._letters(64), algorithm='HS256')}"

    def _letters(self, length: int) -> str:
        """Return `length` letters and digits that no other token contains."""
        digest = hashlib.shake_256(f"token {next(self._numbers)}".encode()).digest(length)
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(alphabet[byte % len(alphabet)] for byte in digest)

    # -- reading ---------------------------------------------------------------------------------------------------

    def caller(self, authorization: str | None) -> Caller:
        """Return the caller that an `Authorization` header identifies; raise Unauthorised as GitHub would.

        `Bearer` and `token` are equivalent. `Basic` carries the token as password (git) or as user name (curl -u).
        """
        if not authorization:
            return NOBODY
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "basic":
            return self._by_password(credentials)
        if scheme.lower() not in {"bearer", "token"}:
            raise Unauthorised(401, "Bad credentials")
        token = credentials.strip()
        if token.count(".") == 2 and not token.startswith("ghs_"):
            return Caller(app=self._app_of(token), token=token)
        return self._by_token(token)

    def _by_password(self, credentials: str) -> Caller:
        try:
            name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Unauthorised(401, "Bad credentials") from None
        return self._by_token(name if password in {"", "x-oauth-basic"} else password)

    def _by_token(self, token: str) -> Caller:
        user = self._user_tokens.get(token)
        if user is not None:
            return Caller(user=user, token=token)
        minted = self._installation_tokens.get(token)
        if minted is None or minted.expires_at <= self._clock.now():
            raise Unauthorised(401, "Bad credentials")
        if minted.installation not in minted.installation.app.installations:
            raise Unauthorised(401, "Bad credentials")
        if minted.installation.suspended_at is not None:
            raise Unauthorised(403, "This installation has been suspended")
        narrowed = None if minted.repositories is None else frozenset(one.id for one in minted.repositories)
        return Caller(
            installation=minted.installation, permissions=minted.permissions, repositories=narrowed, token=token
        )

    def _app_of(self, token: str) -> App:
        """Return the App whose key signed a JWT; raise Unauthorised with GitHub's own messages."""
        try:
            unverified = jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            raise Unauthorised(401, "A JSON web token could not be decoded") from None
        app = self._issuer(unverified.get("iss"))
        if app.public_key is None:
            raise Unauthorised(401, "Integration must generate a public key")
        try:
            # The times are checked below, by the simulated clock.
            jwt.decode(
                token,
                app.public_key,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.InvalidTokenError:
            raise Unauthorised(401, "A JSON web token could not be decoded") from None
        self._check_times(unverified)
        return app

    def _issuer(self, issuer: object) -> App:
        if issuer is None:
            raise Unauthorised(401, "Missing 'issuer' claim ('iss') in assertion")
        for app in self._apps:
            if str(issuer) in {str(app.id), app.client_id}:
                return app
        raise Unauthorised(404, "Integration not found")

    def _check_times(self, claims: Mapping[str, object]) -> None:
        now = self._clock.now()
        issued, expires = _moment(claims.get("iat")), _moment(claims.get("exp"))
        if issued is None or issued > now + timedelta(seconds=1):  # GitHub's times have whole seconds
            raise Unauthorised(
                401,
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            )
        if expires is None or expires <= now:
            raise Unauthorised(
                401,
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
                "assertion expires",
            )
        if expires > now + LONGEST_JWT:
            raise Unauthorised(401, "'Expiration time' claim ('exp') is too far in the future")


def _moment(claim: object) -> datetime | None:
    if not isinstance(claim, int | float) or isinstance(claim, bool):
        return None
    return datetime.fromtimestamp(claim, tz=UTC)
