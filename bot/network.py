"""How this server reaches the outside: through proxies, with which certificate authorities, and to which addresses.

Everything that goes out uses the one session that `client_session` builds. Proxies follow the variables that other tools
read. aiohttp's own `trust_env` is not used: it knows no CIDR blocks in NO_PROXY, and it would send logins from `~/.netrc`.

Names that the settings do not mention (a registry may redirect to any) lead to public addresses only. The check is made on
the resolved addresses that are then connected to, so a name cannot change its mind in between. Behind a proxy, the proxy
resolves names, and it decides where they may lead.
"""

import errno
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from socket import AF_INET, AddressFamily

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_middlewares import ClientHandlerType
from aiohttp.hdrs import PROXY_AUTHORIZATION
from multidict import CIMultiDict
from yarl import URL

_DEFAULT_PORTS = {443, 80}
# DNS64 hides an IPv4 address in one of these: https://www.rfc-editor.org/rfc/rfc6052#section-2.1
_TRANSLATED = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Proxy:
    """One forward proxy. url: without its login; authorization: the header that carries the login, '' for none."""

    url: URL
    authorization: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Network:
    """What the settings say. https, http: the proxies for URLs of these schemes; no_proxy: the entries of NO_PROXY.

    certificate_file: PEM; certificate_folder: PEM files with hashed names. Both add to what OpenSSL trusts by itself.
    """

    https: Proxy | None = None
    http: Proxy | None = None
    no_proxy: tuple[str, ...] = ()
    certificate_file: Path | None = None
    certificate_folder: Path | None = None

    def proxy(self, url: URL) -> Proxy | None:
        """Return the proxy for this URL; None for a direct connection. Loopback addresses never go through a proxy."""
        host = (url.host or "").lower()
        if is_loopback(host) or any(_matches(entry, host, url.port) for entry in self.no_proxy):
            return None
        return self.https if url.scheme == "https" else self.http

    def trust(self) -> ssl.SSLContext:
        """Return a context that trusts these authorities, read once in a process. Raises OSError where they cannot be read."""
        return _trusting(self.certificate_file, self.certificate_folder)


@lru_cache(maxsize=4)
def _trusting(certificate_file: Path | None, certificate_folder: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()  # parses 150 certificates
    if certificate_file is not None or certificate_folder is not None:
        context.load_verify_locations(certificate_file, certificate_folder)
    return context


class PrivateAddressError(OSError):
    """A name that the settings do not mention leads to no public address."""

    def __init__(self, host: str) -> None:
        super().__init__(errno.EACCES, f"{host} has only private addresses")


def client_session(
    network: Network, *, private: frozenset[str] = frozenset(), resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    """Return a session for everything that goes out; the caller closes it.

    private: the hosts of the settings, `host` or `host:port`, which may have private addresses. resolver: looks names up;
    None for the system's.
    """
    proxies = {f"{each.url.host}:{each.url.port}" for each in (network.https, network.http) if each is not None}
    connector = aiohttp.TCPConnector(ssl=network.trust(), resolver=PublicResolver(private | proxies, resolver=resolver))

    async def through_proxy(request: aiohttp.ClientRequest, send: ClientHandlerType) -> aiohttp.ClientResponse:
        proxy = network.proxy(request.url)
        if proxy is not None:
            headers = CIMultiDict({PROXY_AUTHORIZATION: proxy.authorization} if proxy.authorization else {})
            request.update_proxy(proxy.url, None, headers)
            if not request.is_ssl():
                request.headers.update(headers)
        return await send(request)

    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), middlewares=(through_proxy,))


class PublicResolver(AbstractResolver):
    """Resolves the hosts of the settings to any address, and all other names to public addresses only."""

    def __init__(self, private: frozenset[str], *, resolver: AbstractResolver | None = None) -> None:
        self._private = private
        self._resolver = resolver or aiohttp.DefaultResolver()

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        """Return the addresses that may be connected to. Raises `PrivateAddressError` where there are none."""
        found = await self._resolver.resolve(host, port, family)
        if f"{host}:{port}" in self._private or (port in _DEFAULT_PORTS and host in self._private):
            return found
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise PrivateAddressError(host)
        return public

    async def close(self) -> None:
        """Close the resolver behind it."""
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Return whether an IP address is reachable from the whole internet."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        embedded = next(_embedded(parsed), None)
        if embedded is not None:
            return is_public(embedded)
    return parsed.is_global and not parsed.is_multicast


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _embedded(address: IPv6Address) -> Iterator[str]:
    """Yield the IPv4 address that an IPv6 address stands for."""
    for embedded in (address.ipv4_mapped, address.sixtofour):
        if embedded is not None:
            yield str(embedded)
    if address in _TRANSLATED:
        yield str(ip_address(int(address) & 0xFFFFFFFF))


def _matches(entry: str, host: str, port: int | None) -> bool:
    """Report whether an entry of NO_PROXY covers a host, in the forms that curl, Go and Python read between them.

    `*`; `10.0.0.0/8`; `10.1.2.3`; `example.com`, `.example.com` and `*.example.com` for the domain and all below it;
    each of the latter with `:port`.
    """
    if entry == "*":
        return True
    if "/" in entry:
        return _in_block(entry, host)
    name, wanted = _split_port(entry)
    if wanted is not None and wanted != port:
        return False
    domain = name.removeprefix("*").removeprefix(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _in_block(entry: str, host: str) -> bool:
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return False


def _split_port(entry: str) -> tuple[str, int | None]:
    """`host:443`, `[::1]:443`, `[::1]`, and a bare IPv6 address, which has colons and no port."""
    bracketed, _, rest = entry.removeprefix("[").partition("]") if entry.startswith("[") else ("", "", "")
    if bracketed:
        return bracketed, int(rest[1:]) if rest[1:].isdigit() else None
    name, separator, number = entry.rpartition(":")
    if separator and ":" not in name and number.isdigit():
        return name, int(number)
    return entry, None
