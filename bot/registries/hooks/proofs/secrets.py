"""How senders of hooks prove that they know the secret, and the checks of each way."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

from bot.registries.hooks.hook import Proof


@dataclass(frozen=True, slots=True)
class _Signature:
    """header: in lower case; prefix: before the hexadecimal digits; algorithm: of the HMAC.

    compact: the sender may have signed the body without its whitespace.
    """

    header: str
    prefix: str
    algorithm: Callable[..., Any]
    compact: bool = False

    def shaped(self, given: str) -> bool:
        """Report whether this can be a signature at all."""
        digits = self.algorithm().digest_size * 2
        return re.fullmatch(f"{self.prefix}[0-9a-f]{{{digits}}}", given) is not None

    def matches(self, given: str, body: bytes, secret: str) -> bool:
        """Report whether the header's value belongs to this body."""
        return any(_same(given, self._of(signed, secret)) for signed in self._signed(body))

    def _signed(self, body: bytes) -> Iterator[bytes]:
        yield body
        if self.compact:
            with suppress(ValueError):
                yield to_json(from_json(body))

    def _of(self, body: bytes, secret: str) -> str:
        return self.prefix + hmac.new(secret.encode(), body, self.algorithm).hexdigest()


_TOKENS: Mapping[Proof, str] = {
    Proof.API_KEY: "x-api-key",
    Proof.AUTHORIZATION: "authorization",
    Proof.GITLAB_HEADER: "x-gitlab-token",
    Proof.JFROG_HEADER: "x-jfrog-event-auth",
}

_SIGNATURES: Mapping[Proof, _Signature] = {
    Proof.SIGNATURE: _Signature("x-hub-signature-256", "sha256=", hashlib.sha256),
    Proof.GITEA_SIGNATURE: _Signature("x-gitea-signature", "", hashlib.sha256),
    Proof.JFROG_SIGNATURE: _Signature("x-jfrog-event-auth", "", hashlib.sha256),
    Proof.NEXUS_SIGNATURE: _Signature("x-nexus-webhook-signature", "", hashlib.sha1, compact=True),
}


def may_prove(proof: Proof, headers: Mapping[str, str], secret: str, path_secret: str) -> bool:
    """Report whether the body has to be read to know more. headers: named in lower case."""
    if signature := _SIGNATURES.get(proof):
        return signature.shaped(headers.get(signature.header, ""))
    return proves(proof, headers, b"", secret, path_secret)


def proves(proof: Proof, headers: Mapping[str, str], body: bytes, secret: str, path_secret: str) -> bool:
    """Report whether the sender knows the secret. A comparison takes the same time however much of it is right.

    headers: named in lower case.
    """
    if proof is Proof.PATH:
        return _same(path_secret, secret)
    if signature := _SIGNATURES.get(proof):
        given = headers.get(signature.header, "")
        return signature.shaped(given) and signature.matches(given, body, secret)
    given = headers.get(_TOKENS[proof], "")
    return _same(given.removeprefix("Bearer ") if proof is Proof.AUTHORIZATION else given, secret)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogateescape"), expected.encode())
