"""The App's own credential: a JSON Web Token (JWT), signed with its private key.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
"""

from datetime import datetime, timedelta
from functools import lru_cache

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.runtime import Runtime

CLOCK_DRIFT = timedelta(seconds=60)
"""How far a token's `iat` is backdated, for a clock that runs ahead of GitHub's."""
JWT_LIFE = timedelta(minutes=8)
"""Together with the backdated `iat`, 9 minutes. GitHub's limit is 10, on its own clock."""


class AppCredential:
    """The App's JWT, renewed before it expires."""

    def __init__(self, app_id: int, private_key: str, runtime: Runtime) -> None:
        self._app_id = app_id
        self._private_key = private_key
        self._runtime = runtime
        self._token = ""
        self._good_until: datetime | None = None

    @property
    def account(self) -> str:
        """The App itself has its own rate limit."""
        return f"app {self._app_id}"

    async def token(self) -> str:
        """Return a JWT that is good for at least another minute."""
        now = self._runtime.now()
        if self._good_until is None or now + timedelta(minutes=1) > self._good_until:
            issued, self._good_until = now - CLOCK_DRIFT, now + JWT_LIFE
            claims = {
                "iat": int(issued.timestamp()),
                "exp": int(self._good_until.timestamp()),
                "iss": str(self._app_id),
            }
            self._token = jwt.encode(claims, _read(self._private_key), algorithm="RS256")
        return self._token

    def refused(self, token: str) -> None:
        """Sign another JWT next time."""
        if token == self._token:
            self._good_until = None


@lru_cache(maxsize=2)
def _read(private_key: str) -> RSAPrivateKey:
    """Return the key, read once: checking its primes takes many times as long as signing."""
    key = load_pem_private_key(private_key.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the App's private key is not an RSA key, and GitHub issues no other kind")
    return key
