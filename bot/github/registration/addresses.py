"""The pages of a GitHub that a person opens in a browser, and its API."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

PUBLIC_HOST = "github.com"

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?::[0-9]{1,5})?")
_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|localhost):[0-9]{1,5}")
_ACCOUNT = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,37}[a-z0-9_])?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Site:
    """One GitHub. web: the root of its pages, without a slash at the end; api: REST's root, as in GITHUB_API_URL."""

    web: str
    api: str

    @property
    def is_public(self) -> bool:
        """Report whether this is github.com."""
        return self.web == f"https://{PUBLIC_HOST}"

    def registration(self, organisation: str, state: str) -> str:
        """Return where a manifest is sent to. organisation: '' for the person's own account.

        https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#1-you-redirect-people-to-github-to-register-a-new-github-app
        """
        owner = f"organizations/{quote(organisation)}/" if organisation else ""
        return f"{self.web}/{owner}settings/apps/new?{urlencode({'state': state})}"

    def app_settings(self, owner: str, slug: str, *, organisation: bool, page: str = "permissions") -> str:
        """Return the page where the App's owner changes it. page: `permissions`, `advanced` or '' for the first."""
        before = f"organizations/{quote(owner)}/" if organisation else ""
        return f"{self.web}/{before}settings/apps/{quote(slug)}{f'/{page}' if page else ''}"

    def owns(self, url: str) -> bool:
        """Report whether an address is a page of this GitHub."""
        mine, given = urlsplit(self.web), urlsplit(url)
        return (given.scheme, given.netloc) == (mine.scheme, mine.netloc)


def site_of(given: str) -> Site | None:
    """Return the GitHub that a person names: `github.com`, `acme.ghe.com`, or the host of a GitHub Enterprise Server.

    An http address is for loopback alone. None for anything else.
    """
    host = given.strip().lower().rstrip("/")
    if _LOOPBACK.fullmatch(host):
        return Site(host, f"{host}/api/v3")
    host = host.removeprefix("https://")
    if not _HOST.fullmatch(host):
        return None
    if host in {PUBLIC_HOST, f"www.{PUBLIC_HOST}", f"api.{PUBLIC_HOST}"}:
        return Site(f"https://{PUBLIC_HOST}", f"https://api.{PUBLIC_HOST}")
    if host.endswith(".ghe.com"):
        name = host.removeprefix("api.")
        return Site(f"https://{name}", f"https://api.{name}")
    return Site(f"https://{host}", f"https://{host}/api/v3")


def site_of_api(api: str) -> Site:
    """Return the GitHub whose REST root is this, as in GITHUB_API_URL."""
    split = urlsplit(api)
    root = f"{split.scheme}://{split.netloc.removeprefix('api.')}"
    return Site(root, api)


def is_account(login: str) -> bool:
    """Report whether this could be the login of a person or an organisation."""
    return _ACCOUNT.fullmatch(login) is not None
