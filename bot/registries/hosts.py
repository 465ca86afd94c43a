"""Where we may connect: pure rules over host names, so that no image name and no answer can send us elsewhere.

An image name comes from a policy file that many people may write, and a redirect or a token realm from a server's answer;
none of them may make the bot call an address of its own network, nor carry one registry's credentials to another.

Accepted: a registry that is allowed is trusted to name its object store, by https and by name, without credentials and
for content whose digest we check. What that name resolves to is not examined, because companies keep such stores on
private addresses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address

from yarl import URL

from bot.core.values.errors import Temporary
from bot.core.values.images import ImageName

# Docker Hub's API is not at the name that its images carry.
# https://distribution.github.io/distribution/recipes/mirror/
_API_HOSTS = {"docker.io": "registry-1.docker.io"}

# Token services that are known to belong to a registry of another name; any other must be allowed by the settings.
_TOKEN_HOSTS = {"registry-1.docker.io": "auth.docker.io", "registry.gitlab.com": "gitlab.com"}


class Carries(Enum):
    """What a request brings back, which decides how far it may be redirected."""

    DOCUMENT = "tags or a manifest: to allowed hosts"
    BLOB = "a blob, checked by its digest: to the registry's object store as well"


@dataclass(frozen=True, slots=True)
class Location:
    """Where one image is asked for. base: scheme, host and port; path: the repository's path there."""

    image: ImageName
    base: URL
    path: str

    @property
    def host(self) -> str:
        """The host that is really contacted, as people write it."""
        return authority(self.base)


class Hosts:
    """The rules, made from the server's settings.

    allow: registries by the name that images carry (`ghcr.io`, `docker.io`, `localhost:5000`), and token services that
    live elsewhere. Loopback hosts are asked over plain http, all others over https.
    overrides: registry name → base URL of a mirror or pull-through cache that is asked instead, such as
    `{"docker.io": "https://harbor.example.com/hub"}`: its path is put before the repository's, and its own credentials
    are used. Plain http is for loopback only. Raises ValueError, with every problem.
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

    def locate(self, image: ImageName) -> Location:
        """Where to ask for this image. Raises `Temporary` where the settings do not allow its registry."""
        if image.registry not in self._allow:
            raise Temporary(
                f"`{image.registry}` is not among the registries this server may contact"
                f" ({', '.join(sorted(self._allow)) or 'none'}); whoever runs it can allow it in its settings"
            )
        if override := self._overrides.get(image.registry):
            prefix = override.path.strip("/")
            path = f"{prefix}/{image.repository}" if prefix else image.repository
            return Location(image, override.origin(), path)
        host = _API_HOSTS.get(image.registry, image.registry)
        scheme = "http" if is_loopback(URL(f"http://{host}")) else "https"
        return Location(image, URL(f"{scheme}://{host}").origin(), image.repository)

    def token_service(self, realm: str, location: Location) -> URL:
        """The realm of a challenge, when this registry's credentials may go there. Raises `Temporary`."""
        url = _url(realm)
        if url is None or not (url.scheme == "https" or _is_plain_beside(url, location.base)):
            raise Temporary(f"`{location.host}` wants a token from a place that is neither https nor loopback")
        known = {location.host, _TOKEN_HOSTS.get(location.host)} | self._allow
        if authority(url) not in known:
            raise Temporary(
                f"`{location.host}` wants a token from `{authority(url)}`, which this server may not contact;"
                " if it belongs to the registry, whoever runs the server can allow it in its settings"
            )
        return url

    def redirected(self, target: str, *, came_from: URL, location: Location, carries: Carries) -> URL:
        """Where a redirect leads, when we may follow it. Raises `Temporary`."""
        url = _url(target, came_from)
        if url is not None and url.origin() == location.base:
            return url
        if url is None or url.scheme != "https":
            raise Temporary(f"`{location.host}` redirects to a place that is not https, which is not followed")
        is_store = carries is Carries.BLOB and not _is_address(url)
        if not is_store and authority(url) not in self._allow:
            raise Temporary(
                f"`{location.host}` redirects to `{authority(url)}`, which this server may not contact;"
                " if it belongs to the registry, whoever runs the server can allow it in its settings"
            )
        return url


def authority(url: URL) -> str:
    """Host and port as in an image name: the port only where it is not the scheme's own."""
    host = f"[{url.host}]" if ":" in (url.host or "") else url.host or ""
    return host if url.is_default_port() else f"{host}:{url.port}"


def is_loopback(url: URL) -> bool:
    """Whether this host is the machine itself, by its name alone."""
    try:
        return url.host == "localhost" or ip_address(url.host or "").is_loopback
    except ValueError:
        return False


def _url(text: str, base: URL | None = None) -> URL | None:
    """An absolute http(s) URL without a user, or None."""
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


def _is_address(url: URL) -> bool:
    """Whether the host is an IP address; also in the short forms that resolvers understand, such as `127.1`."""
    host = url.host or ""
    if host.replace(".", "").isdecimal() or host.startswith("0x"):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
