"""The App as GitHub has it now, its webhook, and what became of the last deliveries."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp

from bot.core.values.errors import Temporary
from bot.github.auth.tokens import Tokens
from bot.github.client import TIMEOUT, Client
from bot.github.errors import redact, understood
from bot.github.parsing.answers import moment

LATEST = 50
"""How many deliveries are looked at: the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenApp:
    """permissions: name → read, write or admin.

    hook_url: where GitHub sends webhooks, '' for nowhere. hook_verifies: GitHub checks the certificate there.
    """

    slug: str
    name: str
    owner: str
    is_organisation: bool
    html_url: str
    permissions: dict[str, str]
    events: frozenset[str]
    hook_url: str
    hook_verifies: bool = True


@dataclass(frozen=True, slots=True)
class SeenDelivery:
    """One attempt. status_code: 0 without an answer; status: GitHub's words for it."""

    event: str
    status_code: int
    status: str
    at: datetime

    @property
    def arrived(self) -> bool:
        """Report whether the receiver took it."""
        return 200 <= self.status_code < 300


async def github_time(session: aiohttp.ClientSession, api_url: str) -> datetime:
    """Return GitHub's clock, to the second. Raises Temporary.

    No credential is sent: a JWT of a wrong clock would be refused.
    """
    try:
        async with session.get(f"{api_url}/rate_limit", timeout=TIMEOUT, allow_redirects=False) as response:
            said = response.headers.get("Date", "")
        return parsedate_to_datetime(said)
    except TimeoutError:
        raise Temporary(f"{api_url} did not answer in time") from None
    except (aiohttp.ClientError, OSError) as error:
        raise Temporary(f"{api_url} cannot be reached ({redact(str(error) or type(error).__name__)})") from None
    except (TypeError, ValueError):
        raise Temporary(f"{api_url} does not say what time it is, as GitHub does") from None


async def seen_app(client: Client, tokens: Tokens) -> SeenApp:
    """Look at the App and its webhook. Raises Refused, Temporary.

    https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app,
    https://docs.github.com/en/rest/apps/webhooks#get-a-webhook-configuration-for-an-app
    """
    app = await client.get("/app", credential=tokens.app_credential, operation="app")
    hook = await client.get("/app/hook/config", credential=tokens.app_credential, operation="webhook configuration")
    with understood("app"):
        owner = app["owner"] or {}
        return SeenApp(
            slug=app["slug"],
            name=app["name"],
            owner=owner.get("login") or owner.get("slug") or "",
            is_organisation=owner.get("type") != "User",
            html_url=app["html_url"],
            permissions=dict(app["permissions"]),
            events=frozenset(app["events"]),
            hook_url=hook.get("url") or "",
            hook_verifies=str(hook.get("insecure_ssl", "0")) == "0",
        )


async def latest_deliveries(client: Client, tokens: Tokens) -> tuple[SeenDelivery, ...]:
    """Return the newest deliveries, newest first. Raises Temporary."""
    found = await client.get(
        f"/app/hook/deliveries?per_page={LATEST}", credential=tokens.app_credential, operation="deliveries"
    )
    with understood("deliveries"):
        return tuple(
            SeenDelivery(each["event"], each["status_code"], each["status"], moment(each["delivered_at"]))
            for each in found
        )
