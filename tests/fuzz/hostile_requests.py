"""Requests to the bot's own server that no honest sender makes, and honest ones with something wrong in the payload."""

import copy
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random  # noqa: TID251 -- seeded: the requests are the same in every run
from typing import Any

PATHS = (
    "/webhooks/github", "/webhooks/github/", "/webhooks/github?x=%00", "/webhooks/registry/distribution",
    "/webhooks/registry/distribution/secret", "/webhooks/registry/quay?registry=%ff",
    "/webhooks/registry/..%2f..%2fetc",
    "/webhooks/registry/%00", "/webhooks/registry/" + "a" * 4000, "/healthz", "/readyz", "/metrics", "/", "//",
    "/..;/metrics",
    "/%2e%2e/%2e%2e/etc/passwd", "/webhooks/registry/{vendor}", "*", "http://elsewhere.example.com/metrics",
    "/metrics#x",
    "/healthz\x00", "/ä", "",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI", "get", "", "P\x00ST")
HEADERS = (
    "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded",
    "Content-Type: text/html; charset=€",
    "Content-Type: ;;;", "Content-Type: multipart/form-data; boundary=", "Content-Encoding: gzip",
    "Content-Encoding: br",
    "Content-Encoding: deflate, gzip", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999", "Content-Length: 1e3", "Expect: 100-continue", "Expect: 200-ok",
    "Upgrade: websocket",
    "Connection: close", "Range: bytes=0-", "X-Forwarded-For: 127.0.0.1, \x7f",
    "X-GitHub-Event: " + "x" * 70, "X-GitHub-Event: ../x",
    "X-GitHub-Event:", "X-GitHub-Delivery: " + "d" * 3000, "X-GitHub-Delivery: \t",
    "X-Hub-Signature-256: sha256=" + "0" * 64,
    "X-Hub-Signature-256: sha1=0", "X-Hub-Signature-256: sha256=" + "É" * 64, "Authorization: Bearer",
    "Authorization: Basic ===",
    "Cookie: a=b; " * 50, "Accept-Encoding: gzip;q=x", "A b: c", ": x", "X-Nul: \x00", "X-Fold: a\r\n b",
    "X-Long: " + "l" * 9000,
)  # fmt: skip
BODIES = (
    b"", b"{}", b"[]", b"null", b"NaN", b"\x00", b"\xff\xfe", b"{" * 3000,
    b"[" * 100_000, b'{"a": 1e999}', b'"' + b"a" * 70_000,
    b'{"repository": {"full_name": "\\ud800"}}', b"payload=%7B%7D", b"\x1f\x8b\x08\x00garbage",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"zz\r\n", b"9" * 5000,
)  # fmt: skip
STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 2**70, "", "x", "\ud800", "../..", "a/b/c", "acme/manifests", "\x00" * 10, [], {}, [None],
    {"full_name": []}, "ä" * 300, [[[[[]]]]], {"": ""},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hostile:
    """Makes requests, as the bytes that a client sends. webhooks: honest ones, as (event, payload)."""

    chance: Random
    webhooks: Sequence[tuple[str, Any]]
    notifications: Sequence[Any]
    github_secret: str
    registry_secret: str

    def raw(self) -> bytes:
        """Anything at all, without a secret."""
        chance = self.chance
        method = chance.choice(METHODS) if chance.random() < 0.4 else chance.choice(("GET", "POST"))
        body = chance.choice(BODIES)
        headers = [*chance.sample(HEADERS, chance.randint(0, 5)), "Host: bot"]
        if chance.random() < 0.7:
            headers.append(f"Content-Length: {len(body)}")
        version = chance.choice(["HTTP/1.1"] * 6 + ["HTTP/1.0", "HTTP/9.9", "", "HTTP/1.1 x"])
        head = f"{method} {chance.choice(PATHS)} {version}\r\n" + "".join(f"{line}\r\n" for line in headers) + "\r\n"
        return head.encode("utf-8") + body

    def webhook(self) -> bytes:
        """A webhook that GitHub signed, with something in its payload that is never there."""
        event, payload = self.chance.choice(self.webhooks)
        body = json.dumps(self._spoiled(payload)).encode()
        if self.chance.random() < 0.1:
            body = self.chance.choice(BODIES)
        signature = hmac.new(self.github_secret.encode(), body, hashlib.sha256).hexdigest()
        if self.chance.random() < 0.1:
            signature = signature[::-1]
        named = event if self.chance.random() < 0.9 else self.chance.choice(["ping", "meta", "nothing_known", "push"])
        headers = {
            "X-GitHub-Event": named,
            "X-GitHub-Delivery": f"delivery-{self.chance.random()}",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        return _posted("/webhooks/github", headers, body)

    def notification(self) -> bytes:
        """A registry's notification with the right secret, and something in it that is never there."""
        body = json.dumps(self._spoiled(self.chance.choice(self.notifications))).encode()
        if self.chance.random() < 0.2:
            body = self.chance.choice(BODIES)
        return _posted("/webhooks/registry/distribution", {"Authorization": f"Bearer {self.registry_secret}"}, body)

    def _spoiled(self, payload: Any) -> Any:
        """A copy with one to three values replaced or removed, at any depth."""
        spoiled = copy.deepcopy(payload)
        for _ in range(self.chance.randint(1, 3)):
            holder = spoiled
            while True:
                keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
                if not keys:
                    break
                key = self.chance.choice(keys)
                if isinstance(holder[key], dict | list) and holder[key] and self.chance.random() < 0.8:
                    holder = holder[key]
                    continue
                if self.chance.random() < 0.3:
                    del holder[key]
                else:
                    holder[key] = copy.deepcopy(self.chance.choice(STRANGE))
                break
        return spoiled


def _posted(path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = {
        "Host": "bot",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    return (f"POST {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n").encode() + body
