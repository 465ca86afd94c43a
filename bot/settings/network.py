"""The proxies and the certificate authorities of this server, from the variables that other tools read as well.

https://curl.se/docs/manpage.html#ENVIRONMENT, https://docs.openssl.org/3.0/man3/SSL_CTX_load_verify_locations/
"""

import base64
import re
import ssl
from collections.abc import Callable
from pathlib import Path

from yarl import URL

from bot.network import Network, Proxy
from bot.settings.reading import Reader

_SEPARATORS = re.compile(r"[,\s]+")


def network(reader: Reader) -> Network:
    """Return the settings of everything that goes out."""
    no_proxy = _either(reader, "NO_PROXY")[1]
    found = Network(
        https=_proxy(reader, "HTTPS_PROXY"),
        http=_proxy(reader, "HTTP_PROXY"),
        no_proxy=tuple(entry.lower() for entry in _SEPARATORS.split(no_proxy) if entry),
        certificate_file=_path(reader, "SSL_CERT_FILE", Path.is_file, "the path of a PEM file"),
        certificate_folder=_path(reader, "SSL_CERT_DIR", Path.is_dir, "the path of a folder with PEM files"),
    )
    if found.certificate_file is not None:
        _try(reader, found.certificate_file)
    return found


def _either(reader: Reader, name: str) -> tuple[str, str]:
    """Return the variable in capitals, or the one in small letters, which curl prefers: its name and its value."""
    small = name.lower()
    return (small, reader.get(small)) if not reader.get(name) and reader.get(small) else (name, reader.get(name))


def _proxy(reader: Reader, variable: str) -> Proxy | None:
    """Return a URL, or just `host:port`. It may carry a login, so it is never shown."""
    name, given = _either(reader, variable)
    if not given:
        return None
    try:
        url = URL(given if "://" in given else f"http://{given}")
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.port is not None
    except ValueError:
        usable = False
    if not usable:
        expected = "an http or https URL, such as http://proxy.example.com:3128"
        todo = "SOCKS proxies are not supported. Write special characters of a login as %XX, such as %40 for @."
        reader.problem(name, "is not the URL of a proxy", expected=expected, todo=todo)
        return None
    if url.user is None:
        return Proxy(url.origin())
    login = base64.b64encode(f"{url.user}:{url.password or ''}".encode()).decode()
    return Proxy(url.origin(), f"Basic {login}")


def _path(reader: Reader, name: str, fits: Callable[[Path], bool], expected: str) -> Path | None:
    given = reader.get(name)
    if not given:
        return None
    path = Path(given)
    if not fits(path):
        todo = "Check the path, or unset it to trust the system's certificate authorities."
        reader.problem(name, f"is {given!r:.200}, which does not exist", expected=expected, todo=todo)
        return None
    return path


def _try(reader: Reader, file: Path) -> None:
    """OpenSSL ignores a file that it cannot use, and every connection would fail later without this reason."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except (OSError, ssl.SSLError) as error:
        seen = f"is {str(file)!r:.200}, which holds no certificate that can be read ({error.strerror or error})"
        todo = "Check that it is PEM, with a -----BEGIN CERTIFICATE----- line for each authority."
        reader.problem("SSL_CERT_FILE", seen, expected="the path of a PEM file", todo=todo)
