"""Google Pub/Sub: whether a push comes from the subscription of this server's operator.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions — Google signs a token for every customer, so it counts
only with the audience and the service account that the settings name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from yarl import URL

from bot.core.values.errors import Temporary
from bot.registries.hooks.hook import Rejected
from bot.registries.hooks.proofs.issued import Fetch, Issued
from bot.runtime import Runtime

KEYS = URL("https://www.googleapis.com/oauth2/v3/certs")
"""Where Google publishes its keys: https://accounts.google.com/.well-known/openid-configuration"""
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
SKEW = timedelta(minutes=5)
"""How far the clocks of Google and of this server may differ."""
KEYS_LAST = timedelta(hours=1)
_UNKNOWN_KEY = timedelta(minutes=5)
"""How old the keys are before a token with an unknown one has them fetched again."""
_LONGEST_TOKEN = 8 * 1024


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who may push. audience: as the subscription names it; service_account: its e-mail address."""

    audience: str
    service_account: str


class Google:
    """Checks the tokens of pushes."""

    def __init__(self, subscriber: Subscriber, *, fetch: Fetch, runtime: Runtime) -> None:
        self._subscriber = subscriber
        self._now = runtime.now
        self._keys = Issued(fetch, runtime, lasts=KEYS_LAST)

    async def admit(self, headers: Mapping[str, str]) -> Rejected | None:
        """Return why a push is rejected whatever its body says. headers: named in lower case."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not token or len(token) > _LONGEST_TOKEN:
            return Rejected(401, "it has no token of Google; turn authentication on for the subscription")
        try:
            return await self._check(token)
        except Temporary as trouble:
            return Rejected(503, trouble.reason)
        except jwt.InvalidTokenError as error:
            return Rejected(401, f"its token does not count ({type(error).__name__})")

    async def _check(self, token: str) -> Rejected | None:
        key = await self._key(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            return Rejected(401, "its token is signed with a key that is not Google's")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=self._subscriber.audience,
            issuer=ISSUERS,
            # Times are compared below, with the clock of the Runtime.
            options={
                "require": ["aud", "iss", "exp", "iat", "email"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        if claims["email"] != self._subscriber.service_account or claims.get("email_verified") is not True:
            return Rejected(401, "its token is for another service account than PUBSUB_SERVICE_ACCOUNT")
        return self._late(claims)

    def _late(self, claims: Mapping[str, Any]) -> Rejected | None:
        now = self._now()
        try:
            issued, expires = (datetime.fromtimestamp(int(claims[name]), UTC) for name in ("iat", "exp"))
        except (ValueError, TypeError, OverflowError, OSError):
            return Rejected(401, "its token has a time that cannot be read")
        if issued > now + SKEW:
            return Rejected(401, "its token is from the future; compare this server's clock")
        return Rejected(401, "its token has expired") if expires < now - SKEW else None

    async def _key(self, wanted: object) -> jwt.PyJWK | None:
        """Return Google's key of this id. If it is unknown, it may be newer than the keys that are remembered."""
        key = _find(await self._keys.get(KEYS), wanted)
        return key or _find(await self._keys.get(KEYS, after=self._now() - _UNKNOWN_KEY), wanted)


def _find(document: bytes, wanted: object) -> jwt.PyJWK | None:
    try:
        keys = jwt.PyJWKSet.from_json(document.decode()).keys
    except (ValueError, KeyError, AttributeError, jwt.PyJWTError):
        raise Temporary(f"`{KEYS.host}` sent something other than keys") from None
    return next((key for key in keys if key.key_id == wanted and key.key_type == "RSA"), None)
