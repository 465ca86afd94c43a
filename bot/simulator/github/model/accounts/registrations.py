"""Apps that people register from a manifest, and the code with which a program fetches their credentials, once.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.simulator.github.model.accounts.apps import Access, App
from bot.simulator.github.model.world.errors import Refused, not_found, unprocessable

CODE_LIFE = timedelta(hours=1)
"""How long the code can be exchanged: "You must complete this step … within one hour"."""

LONGEST_NAME = 34
"""https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/registering-a-github-app"""

KNOWN = frozenset(
    {
        "callback_urls",
        "default_events",
        "default_permissions",
        "description",
        "hook_attributes",
        "name",
        "public",
        "redirect_url",
        "request_oauth_on_install",
        "setup_on_update",
        "setup_url",
        "url",
    }
)

EVENTS: Mapping[str, str] = {
    "branch_protection_rule": "administration",
    "check_run": "checks",
    "check_suite": "checks",
    "create": "contents",
    "delete": "contents",
    "issue_comment": "issues",
    "issues": "issues",
    "merge_group": "merge_queues",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_thread": "pull_requests",
    "push": "contents",
    "registry_package": "packages",
    "repository": "metadata",
    "repository_ruleset": "administration",
    "status": "statuses",
    "workflow_run": "actions",
}
"""The permission that an App needs to subscribe to an event: https://docs.github.com/en/webhooks/webhook-events-and-payloads

To `issue_comment` it is `issues` alone that counts when an App is registered: derive-to/derive#269.
"""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PRIVATE = re.compile(r"localhost|.*\.localhost|127\..*|10\..*|192\.168\..*|\[?::1\]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest that GitHub accepts. hook_url: None where the App gets no webhooks."""

    name: str
    url: str
    description: str
    permissions: Mapping[str, Access]
    events: tuple[str, ...]
    hook_url: str | None
    redirect_url: str | None
    setup_url: str | None
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A new App with its secrets, which GitHub shows once. pem: the private key, in PKCS #1 as GitHub writes it."""

    app: App
    pem: str = field(repr=False)
    client_secret: str = field(repr=False)
    at: datetime


class Registrations:
    """The Apps whose credentials nobody has fetched yet, by code."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._numbers = count(1)
        self._waiting: dict[str, Registered] = {}

    def secret(self, kind: str) -> str:
        """Return forty hexadecimal digits; a counter's, so that the simulated world is repeatable."""
        return hashlib.sha256(f"{kind} {next(self._numbers)}".encode()).hexdigest()[:40]

    def keep(self, app: App, pem: str) -> str:
        """Return the code that is exchanged for this App's credentials."""
        code = self.secret("code")
        self._waiting[code] = Registered(app=app, pem=pem, client_secret=self.secret("client"), at=self._now())
        return code

    def redeem(self, code: str) -> Registered:
        """Exchange a code. Raises Refused (not found) for one that is unknown, used, or older than an hour."""
        found = self._waiting.pop(code, None)
        if found is None or self._now() - found.at > CODE_LIFE:
            raise not_found("Not Found")
        return found


def new_key() -> tuple[str, str]:
    """Return a private key as GitHub issues it (PKCS #1), and its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def read_manifest(text: str) -> Manifest:
    """Read a manifest. Raises Refused in GitHub's words.

    GitHub names a missing `hook_attributes.url` as `url` alone, and wants it even with `active: false`:
    vikasprogrammer/agentric#317, handarbeit/fabrik#1711. It takes no secret there: hunvreus/pagescms#409.
    """
    given = _object(text)
    hook = given.get("hook_attributes")
    if not _text(given, "url") or (hook is not None and not _text(hook, "url")):
        raise _invalid('"url" wasn\'t supplied.')
    unknown = sorted(set(given) - KNOWN) + sorted(set(hook or {}) - {"active", "url"})
    if unknown:
        raise _invalid(f'"{unknown[0]}" is not a permitted key.')
    hook_url = _text(hook, "url") if hook and hook.get("active", True) else None
    if hook_url is not None:
        check_reachable(hook_url)
    permissions = _permissions(given.get("default_permissions") or {})
    return Manifest(
        name=_text(given, "name"),
        url=_text(given, "url"),
        description=_text(given, "description"),
        permissions=permissions,
        events=_events(given.get("default_events") or [], permissions),
        hook_url=hook_url,
        redirect_url=_text(given, "redirect_url") or None,
        setup_url=_text(given, "setup_url") or None,
        public=bool(given.get("public", False)),
    )


def slug_of(name: str) -> str:
    """Return an App's slug. Raises Refused for a name that GitHub does not take."""
    if not name.strip():
        raise unprocessable("Name can't be blank")
    if len(name) > LONGEST_NAME:
        raise unprocessable(f"Name is too long (maximum is {LONGEST_NAME} characters)")
    found = _NAME.findall(name.strip().lower().replace(" ", "-"))
    return "-".join(found)


def check_reachable(url: str) -> None:
    """Raise Refused for an address that GitHub sends nothing to: github-community-projects/private-mirrors#387."""
    host = urlsplit(url).hostname or ""
    if _PRIVATE.fullmatch(host):
        raise _invalid(f"Webhook URL is not supported because it isn't reachable over the public Internet ({host})")


def _object(text: str) -> Mapping[str, Any]:
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not isinstance(given.get("hook_attributes") or {}, dict):
        raise _invalid("it is not a JSON object")
    return given


def _text(values: object, name: str) -> str:
    found = values.get(name) if isinstance(values, Mapping) else None
    return found if isinstance(found, str) else ""


def _permissions(given: object) -> Mapping[str, Access]:
    levels = {"read": Access.READ, "write": Access.WRITE, "admin": Access.ADMIN}
    if not isinstance(given, Mapping) or not all(level in levels for level in given.values()):
        raise _invalid("Default permission records action is not included in the list")
    return {name: levels[level] for name, level in given.items()}


def _events(given: object, permissions: Mapping[str, Access]) -> tuple[str, ...]:
    """Read the events, with GitHub's refusals: tuist/tuist#10709, superplanehq/superplane#5235."""
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise _invalid("Default events is not a list")
    unknown = [name for name in given if name not in EVENTS]
    if unknown:
        raise _invalid(f"Default events unsupported: {' and '.join(unknown)}")
    missing = [name for name in given if EVENTS[name] not in {"metadata", *permissions}]
    if missing:
        raise _invalid(f"Default events are not supported by permissions: {' and '.join(missing)}")
    return tuple(given)


def _invalid(why: str) -> Refused:
    start = "Invalid GitHub App configuration: The configuration does not appear to be a valid GitHub App manifest."
    return unprocessable(f"{start} Error: {why}")
