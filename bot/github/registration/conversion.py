"""The exchange of a registration's code for the App's credentials.

The code is the only credential of this request, works once, and for an hour:
https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from bot.github.client import TIMEOUT
from bot.github.errors import redact


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A new App. html_url: its page; private_key: PEM. Safe to log."""

    app_id: int
    slug: str
    name: str
    owner: str
    is_organisation: bool
    html_url: str
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


class ConversionError(Exception):
    """The code was not exchanged; the sentence says why, and what to do."""


class SpentCodeError(ConversionError):
    """GitHub does not know the code: it was used, or is older than an hour."""

    def __init__(self) -> None:
        super().__init__(
            "GitHub does not know this code: it was used before, or it is older than an hour. If GitHub created the App, "
            "delete it on its settings page, under Advanced. Then start again."
        )


async def convert(session: aiohttp.ClientSession, api_url: str, code: str) -> Registered:
    """Exchange the code. Raises ConversionError, SpentCodeError."""
    url = f"{api_url}/app-manifests/{quote(code, safe='')}/conversions"
    headers = {"Accept": "application/vnd.github+json", "User-Agent": "gitops-bot"}
    try:
        async with session.post(url, headers=headers, timeout=TIMEOUT, allow_redirects=False) as response:
            answer = await response.json(content_type=None)
            status = response.status
    except TimeoutError:
        raise ConversionError("GitHub did not answer in time. Reload this page to try again.") from None
    except (aiohttp.ClientError, OSError) as error:
        said = redact(str(error) or type(error).__name__)
        raise ConversionError(f"GitHub cannot be reached ({said}). Reload this page to try again.") from None
    except ValueError:
        raise ConversionError(f"{api_url} did not answer as GitHub's API does. Check the name of the server.") from None
    if status == 404:
        raise SpentCodeError
    if status != 201:
        message = answer.get("message") if isinstance(answer, dict) else None
        raise ConversionError(f"GitHub answered {status}: {redact(str(message or 'no message'))}. Start again.")
    return _registered(answer)


def _registered(answer: Any) -> Registered:
    """Parse the answer. Raises ConversionError where it is none of GitHub's."""
    try:
        owner = answer["owner"]
        return Registered(
            app_id=int(answer["id"]),
            slug=str(answer["slug"]),
            name=str(answer["name"]),
            owner=str(owner.get("login") or owner.get("slug") or ""),
            is_organisation=owner.get("type") != "User",
            html_url=str(answer["html_url"]),
            private_key=str(answer["pem"]),
            webhook_secret=str(answer["webhook_secret"] or ""),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ConversionError("GitHub's answer has no credentials of an App. Start again.") from None
