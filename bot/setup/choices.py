"""What a person chooses before the App is created, read from the form with every problem at once. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from bot.github.registration.addresses import PUBLIC_HOST, Site, is_account, site_of
from bot.github.registration.manifest import LONGEST_NAME, app_manifest

HOOK_PATH = "/webhooks/github"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]*")
_PRIVATE = re.compile(
    r"localhost|.*\.(?:localhost|local|internal)|127\..*|10\..*|192\.168\..*|172\.(?:1[6-9]|2[0-9]|3[01])\..*|::1|f[cd].*:.*"
)


class Delivery(StrEnum):
    """How webhooks reach this server."""

    PUSH = "push"  # GitHub connects to it
    PULL = "pull"  # it asks GitHub


class Keep(StrEnum):
    """Where the credentials go."""

    FILE = "file"
    SHOW = "show"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """organisation: '' for the person's own account. webhook_url: where GitHub sends webhooks, received or not.

    public_url: where this server is reached from outside, '' for nowhere.
    """

    site: Site
    organisation: str
    name: str
    delivery: Delivery
    public_url: str
    webhook_url: str
    keep: Keep = Keep.FILE


@dataclass(frozen=True, slots=True)
class Unusable:
    """A form that cannot be used. problems: field → what is wrong, and what to write."""

    problems: Mapping[str, str]


def defaults(*, github: str = PUBLIC_HOST, public_url: str = "") -> dict[str, str]:
    """Return the form as it is first shown. public_url: as the settings have it."""
    return {
        "github": github,
        "account": "organisation",
        "organisation": "",
        "name": app_manifest().name,
        "delivery": Delivery.PUSH if public_url else Delivery.PULL,
        "public_url": public_url,
        "unused_url": "",
        "keep": Keep.FILE,
    }


def read_choices(form: Mapping[str, str]) -> Choices | Unusable:
    """Read the form."""
    problems: dict[str, str] = {}
    site = site_of(form.get("github", ""))
    if site is None:
        problems["github"] = "Write github.com, or the host of your GitHub Enterprise Server, such as github.acme.com."
    organisation = form.get("organisation", "").strip() if form.get("account") == "organisation" else ""
    if form.get("account") == "organisation" and not is_account(organisation):
        problems["organisation"] = "Write the organisation's name as in its address: for github.com/acme, write acme."
    name = form.get("name", "").strip()
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        problems["name"] = (
            f"Write 1 to {LONGEST_NAME} letters, digits, spaces and hyphens. It must be free on your GitHub."
        )
    delivery = Delivery.PULL if form.get("delivery") == Delivery.PULL else Delivery.PUSH
    public_url = form.get("public_url", "").strip().rstrip("/") if delivery is Delivery.PUSH else ""
    if delivery is Delivery.PUSH and (problem := trouble_with_address(public_url)):
        problems["public_url"] = problem
    unused = form.get("unused_url", "").strip() or unused_address(name)
    if delivery is Delivery.PULL and urlsplit(unused).scheme != "https":
        problems["unused_url"] = "Write an https address, or leave it empty."
    if site is None or problems:
        return Unusable(problems)
    return Choices(
        site=site,
        organisation=organisation,
        name=name,
        delivery=delivery,
        public_url=public_url,
        webhook_url=f"{public_url}{HOOK_PATH}" if delivery is Delivery.PUSH else unused,
        keep=Keep.SHOW if form.get("keep") == Keep.SHOW else Keep.FILE,
    )


def trouble_with_address(url: str) -> str:
    """Return why GitHub cannot send webhooks to this address; '' where it may.

    GitHub refuses addresses outside the public internet: github-community-projects/private-mirrors#387.
    """
    try:
        split = urlsplit(url)
        host, _ = split.hostname or "", split.port
    except ValueError:
        return "Write an address such as https://bot.example.com."
    if split.scheme not in {"http", "https"} or not host or split.username or split.query or split.fragment:
        return "Write an address such as https://bot.example.com."
    if _PRIVATE.fullmatch(host):
        return (
            f"GitHub cannot reach {host} from the internet, and refuses it. Write a public address, or choose that this "
            "server asks GitHub for its events."
        )
    return "" if split.scheme == "https" else "Write https: others could read webhooks on the way."


def unused_address(name: str) -> str:
    """Return an address that leads nowhere, for webhooks that nobody receives.

    Nobody can own a name below `.invalid`, so nobody else can receive them: https://www.rfc-editor.org/rfc/rfc2606
    """
    label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "gitops-bot"
    return f"https://{label}.invalid{HOOK_PATH}"
