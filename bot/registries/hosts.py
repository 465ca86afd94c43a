"""Where the bot may connect: pure rules over host names, so that no image name and no answer can send it elsewhere.

An image name comes from a policy file that many people may write, and a redirect or a token realm from a server's answer.
None of them may make the bot call an address of its own network, nor carry one registry's login to another.

A redirect is followed without the login, by https and by name. Names lead to public addresses only, which the session
checks when it connects (`bot.network`); what the settings allow may be private.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from yarl import URL

from bot import network
from bot.core.values.errors import Temporary
from bot.core.values.images import ImageName

# Docker Hub's API is not at the name that its images carry.
# https://distribution.github.io/distribution/recipes/mirror/
_API_HOSTS = {"docker.io": "registry-1.docker.io"}

# Token services that are known to belong to a registry of another name; any other must be allowed by the settings.
_TOKEN_HOSTS = {"registry-1.docker.io": "auth.docker.io", "registry.gitlab.com": "gitlab.com"}


@dataclass(frozen=True, slots=True)
class Location:
    """Where one image is asked for. base: scheme, host and port; path: the repository's path there."""

    image: ImageName
    base: URL
    path: str

    @property
    def host(self) -> str:
        """Return the host that is contacted, as people write it."""
        return authority(self.base)

    def url(self, *steps: str) -> URL:
        """Return the URL of something in this repository, such as `("manifests", "v1")`."""
        url = self.base / "v2" / self.path
        for step in steps:
            url = url / step
        return url


class Hosts:
    """The rules, made from the server's settings.

    allow: registries by the name that images carry (`ghcr.io`, `docker.io`, `localhost:5000`), and token services and
    object stores that live elsewhere. Loopback hosts are asked over plain http, all others over https.
    overrides: registry name → base URL of a mirror or pull-through cache that is asked instead, such as
    `{"docker.io": "https://harbor.example.com/hub"}`: its path is put before the repository's, and its own login is used.
    Plain http is for loopback only. Raises ValueError, with every problem.
    """

    def __init__(self, *, allow: frozenset[str], overrides: Mapping[str, str] | None = None) -> None:
        self._allow = frozenset(host.lower() for host in allow)
        self._overrides = {host.lower(): URL(base) for host, base in (overrides or {}).items()}
        problems = [
            f"the mirror of {host} must be an https URL, or http to a loopback address, without a user, a query or a fragment"
            for host, base in self._overrides.items()
            if not _may_be_base(base)
        ]
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def named(self) -> frozenset[str]:
        """Return every host that the settings name; these alone may have private addresses."""
        mirrors = {authority(base) for base in self._overrides.values()}
        return self._allow | mirrors | set(_API_HOSTS.values()) | set(_TOKEN_HOSTS.values())

    def locate(self, image: ImageName) -> Location:
        """Return where to ask for this image. Raises `Temporary` where the settings do not allow its registry."""
        if image.registry not in self._allow:
            raise Temporary(
                f"this server may not contact `{image.registry}`, only {', '.join(sorted(self._allow)) or 'no registry'};"
                " its operator can allow it in `REGISTRY_ALLOW`"
            )
        if override := self._overrides.get(image.registry):
            prefix = override.path.strip("/")
            path = f"{prefix}/{image.repository}" if prefix else image.repository
            return Location(image, override.origin(), path)
        host = _API_HOSTS.get(image.registry, image.registry)
        scheme = "http" if is_loopback(URL(f"http://{host}")) else "https"
        return Location(image, URL(f"{scheme}://{host}").origin(), image.repository)

    def token_service(self, realm: str, location: Location) -> URL:
        """Return the realm of a challenge, if this registry's login may go there. Raises `Temporary`."""
        url = _url(realm)
        if url is None or not (url.scheme == "https" or _is_plain_beside(url, location.base)):
            raise Temporary(f"`{location.host}` asks for a token from a URL that is neither https nor loopback")
        known = {location.host, _TOKEN_HOSTS.get(location.host)} | self._allow
        if authority(url) not in known:
            raise Temporary(
                f"`{location.host}` asks for a token from `{authority(url)}`, which this server may not contact;"
                " if it belongs to the registry, the server's operator can allow it in `REGISTRY_ALLOW`"
            )
        return url

    def redirected(self, target: str, *, came_from: URL, location: Location) -> URL:
        """Return where a redirect leads, if the bot may follow it. Raises `Temporary`."""
        url = _url(target, came_from)
        if url is not None and url.origin() == location.base:
            return url
        if url is None or url.scheme != "https":
            raise Temporary(f"`{location.host}` redirects to a URL that is not https; the bot does not follow it")
        if authority(url) not in self._allow and not _is_name(url):
            raise Temporary(
                f"`{location.host}` redirects to `{authority(url)}`, which is not a public host name;"
                " if it belongs to the registry, the server's operator can allow it in `REGISTRY_ALLOW`"
            )
        return url


def authority(url: URL) -> str:
    """Return host and port as in an image name: the port only where it is not the scheme's own."""
    host = f"[{url.host}]" if ":" in (url.host or "") else url.host or ""
    return host if url.is_default_port() else f"{host}:{url.port}"


def is_loopback(url: URL) -> bool:
    """Return whether this host is the machine itself, by its name alone."""
    return network.is_loopback(url.host or "")


def _url(text: str, base: URL | None = None) -> URL | None:
    """Return an absolute http(s) URL without a user, or None."""
    try:
        url = URL(text, encoded=True) if base is None else base.join(URL(text, encoded=True))
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.user is None and url.port is not None
    except ValueError:
        return None
    return url if usable else None


def _may_be_base(base: URL) -> bool:
    plain = base.scheme == "http" and is_loopback(base)
    bare = base.user is None and not base.query_string and not base.fragment
    return bool(base.host) and (base.scheme == "https" or plain) and bare


def _is_plain_beside(url: URL, base: URL) -> bool:
    return base.scheme == "http" and is_loopback(base) and is_loopback(url)


def _is_name(url: URL) -> bool:
    """Report whether the host is a name of several labels, and no IP address or short form such as `127.1`."""
    host = (url.host or "").rstrip(".")
    if "." not in host or host.replace(".", "").isdecimal() or host.startswith("0x"):
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False
