"""Registries and GitHub through a forward proxy that is the only way out, with a private certificate authority."""

import asyncio
import hashlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from yarl import URL

from bot.core.values.artifacts import Artifact, Tags, Unanswered
from bot.core.values.errors import Temporary
from bot.github.facade import GitHub
from bot.network import Network, client_session
from bot.registries.hosts import Hosts
from bot.registries.keychain import Keychain
from bot.registries.oci import Registries
from bot.settings.network import network
from bot.settings.reading import Reader
from bot.simulator.registry import Access, Challenge, Registry
from tests.registries.forward_proxy import ForwardProxy, forward_proxy
from tests.registries.kit import COMMIT, LIMITS, Clock, certified, client, docker_config, port_of, serving

LOGIN = "corp\\bot:p@ss:w0rd%"
ENCODED = "corp%5Cbot:p%40ss%3Aw0rd%25"
IMAGE = "registry.example.com/acme/web"


def settings(**variables: str) -> Network:
    reader = Reader(variables)
    found = network(reader)
    assert reader.problems == []
    return found


@dataclass(slots=True)
class Company:
    """What is beyond the proxy, and how to get there. variables: those that a container gets."""

    registry: Registry
    proxy: ForwardProxy
    variables: dict[str, str]
    clock: Clock

    @asynccontextmanager
    async def asked(self, folder: Path, **variables: str) -> AsyncIterator[Registries]:
        """A client of the registry, with these variables in place of the usual ones."""
        config = docker_config(folder, {"registry.example.com": {"username": "bot", "password": "s3cret"}})
        hosts = Hosts(allow=frozenset({"registry.example.com", "auth.example.com"}))
        async with client_session(settings(**(self.variables | variables)), private=hosts.named) as session:
            runtime = self.clock.runtime()
            yield Registries(session, hosts=hosts, keychain=Keychain(config), runtime=runtime, limits=LIMITS)


@pytest.fixture
async def company(certificate_authority: trustme.CA, clock: Clock, tmp_path: Path) -> AsyncIterator[Company]:
    """A registry with a login, reached by its name through a proxy with another login, over TLS of a private authority."""
    registry = Registry(now=clock.now, access=Access(challenge=Challenge.TOKEN, users={"bot": "s3cret"}))
    registry.push_image("acme/web", "v1", revision=COMMIT)
    certificate_authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = certified(certificate_authority, "registry.example.com")
    async with serving(application=registry.application(), context=context) as url:
        addresses = {"registry.example.com:443": port_of(url)}
        async with forward_proxy(addresses, login=LOGIN) as proxy:
            variables = {
                "HTTPS_PROXY": f"http://{ENCODED}@127.0.0.1:{proxy.port}",
                "SSL_CERT_FILE": str(tmp_path / "ca.pem"),
            }
            yield Company(registry, proxy, variables, clock)


async def test_a_registry_behind_a_proxy_and_a_private_authority(company: Company, tmp_path: Path) -> None:
    """A proxy is the only way out (image-reflector#322)."""
    async with company.asked(tmp_path) as asked:
        assert await asked.tags(IMAGE) == Tags(IMAGE, ("v1",))
        assert isinstance(await asked.artifact(IMAGE, "v1"), Artifact)
    assert set(company.proxy.asked) == {"registry.example.com:443"}


async def test_a_wrong_login_of_the_proxy(company: Company, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    proxy = f"http://bot:hunter2@127.0.0.1:{company.proxy.port}"
    async with company.asked(tmp_path, HTTPS_PROXY=proxy) as asked:
        found = await asked.tags(IMAGE)
    assert isinstance(found, Unanswered)
    expected = "the proxy refused to connect to `registry.example.com` (407 Proxy Authentication Required)"
    assert found.reason == expected
    assert "hunter2" not in caplog.text
    assert "hunter2" not in repr(settings(HTTPS_PROXY=proxy))


async def test_a_proxy_that_is_not_there(company: Company, tmp_path: Path, unused_tcp_port: int) -> None:
    async with company.asked(tmp_path, HTTPS_PROXY=f"http://bot:hunter2@127.0.0.1:{unused_tcp_port}") as asked:
        found = await asked.tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert f"the proxy `127.0.0.1:{unused_tcp_port}` cannot be reached (Connect" in found.reason
    assert "so `registry.example.com` was not asked" in found.reason
    assert "hunter2" not in found.reason


async def test_a_host_that_the_proxy_forbids(company: Company, tmp_path: Path) -> None:
    async with company.asked(tmp_path) as asked:
        found = await asked.tags("auth.example.com/acme/web")
    assert isinstance(found, Unanswered)
    assert found.reason == "the proxy refused to connect to `auth.example.com` (403 Forbidden)"


async def test_a_host_of_no_proxy_is_asked_directly(company: Company, tmp_path: Path) -> None:
    async with company.asked(tmp_path, NO_PROXY=".example.com") as asked:
        found = await asked.tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "`registry.example.com` cannot be reached" in found.reason
    assert company.proxy.asked == []


async def test_github_through_the_proxy(certificate_authority: trustme.CA, clock: Clock, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    async def app(request: web.Request) -> web.Response:
        assert "Proxy-Authorization" not in request.headers, "the proxy's login ends at the proxy"
        return web.json_response({"id": 7, "slug": "gitops-bot"})

    certificate_authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = certified(certificate_authority, "github.acme.example")
    async with (
        serving(web.get("/api/v3/app", app), context=context) as url,
        forward_proxy({"github.acme.example:443": port_of(url)}, login=LOGIN) as proxy,
    ):
        for password, works in (("p%40ss%3Aw0rd%25", True), ("hunter2", False)):
            variables = {
                "https_proxy": f"http://corp%5Cbot:{password}@127.0.0.1:{proxy.port}",
                "SSL_CERT_FILE": str(tmp_path / "ca.pem"),
            }
            async with client_session(settings(**variables)) as session:
                github = GitHub(
                    session,
                    api_url="https://github.acme.example/api/v3",
                    graphql_url="https://github.acme.example/api/graphql",
                    app_id=7,
                    private_key=pem,
                    runtime=clock.runtime(),
                )
                if works:
                    assert (await github.app()).slug == "gitops-bot"
                else:
                    with pytest.raises(Temporary) as raised:
                        await github.app()
                    assert "407" in raised.value.reason
                    assert "hunter2" not in raised.value.reason
    assert set(proxy.asked) == {"github.acme.example:443"}


async def test_the_variables_work_for_a_whole_process(
    company: Company, certificate_authority: trustme.CA, tmp_path: Path
) -> None:
    """`gitops-bot versions` in a folder with a policy, and nothing but the environment."""
    (tmp_path / ".gitops.yml").write_text(
        f"version: 1\napplications: {{web: {{image: {IMAGE}}}}}\nenvironments: {{dev: {{path: dev, from: registry}}}}\n"
    )
    company.registry.push_image("acme/web", "v1.2.0")
    docker_config(tmp_path, {"registry.example.com": {"username": "bot", "password": "s3cret"}})
    environment = company.variables | {
        "REGISTRY_ALLOW": "registry.example.com",
        "DOCKER_CONFIG": str(tmp_path),
        "PYTHONPATH": str(Path.cwd()),
        "PATH": os.environ["PATH"],
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "versions", "web",
        cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert (process.returncode, output.decode().splitlines()[0]) == (0, "→ v1.2.0")


HOSTS = "github.com ghcr.io acme.example registry.acme.example 10.1.2.3 [fd00::7] localhost 127.0.0.1"


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        ("", ""),
        ("*", "github.com ghcr.io acme.example registry.acme.example 10.1.2.3 [fd00::7]"),
        ("acme.example", "acme.example registry.acme.example"),
        (".acme.example", "acme.example registry.acme.example"),
        ("*.acme.example", "acme.example registry.acme.example"),
        ("ACME.example", "acme.example registry.acme.example"),
        ("cme.example", ""),
        ("acme.example:443", "acme.example registry.acme.example"),
        ("acme.example:8443", ""),
        ("10.0.0.0/8", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3:443", "10.1.2.3"),
        ("10.1.2.3:80", ""),
        ("192.168.0.0/16,fd00::/8", "[fd00::7]"),
        ("fd00::7", "[fd00::7]"),
        ("[fd00::7]", "[fd00::7]"),
        ("[fd00::7]:443", "[fd00::7]"),
        ("[fd00::7]:80", ""),
        ("github.com, ghcr.io", "github.com ghcr.io"),
        ("github.com ghcr.io", "github.com ghcr.io"),
        (",,10.0.0.0/99,/,.,:80,[", ""),
    ],
)
def test_forms_of_no_proxy(no_proxy: str, direct: str) -> None:
    """The forms that curl, Go and Python read between them; this machine itself is never asked through a proxy."""
    found = settings(HTTPS_PROXY="http://proxy.example.com:3128", NO_PROXY=no_proxy)
    seen = [host for host in HOSTS.split() if found.proxy(URL(f"https://{host}/x")) is None]
    assert seen == [host for host in HOSTS.split() if host in {*direct.split(), "localhost", "127.0.0.1"}]


@pytest.mark.parametrize(
    ("variables", "https", "http"),
    [
        ({}, None, None),
        ({"HTTPS_PROXY": "http://proxy.example.com:3128"}, "http://proxy.example.com:3128", None),
        ({"https_proxy": "http://proxy.example.com:3128"}, "http://proxy.example.com:3128", None),
        ({"HTTPS_PROXY": "proxy.example.com:3128"}, "http://proxy.example.com:3128", None),
        ({"HTTPS_PROXY": "https://proxy.example.com"}, "https://proxy.example.com", None),
        ({"HTTPS_PROXY": "http://a.example:1", "https_proxy": "http://b.example:2"}, "http://a.example:1", None),
        ({"HTTP_PROXY": "http://proxy.example.com:3128"}, None, "http://proxy.example.com:3128"),
    ],
)
def test_which_proxy_is_asked(variables: dict[str, str], https: str | None, http: str | None) -> None:
    found = settings(**variables)
    shown = [each and str(each.url) for each in (found.https, found.http)]
    assert shown == [https, http]
    assert found.proxy(URL("https://ghcr.io")) == found.https
    assert found.proxy(URL("http://ghcr.io")) == found.http


@pytest.mark.parametrize(
    "given",
    ["socks5://bot:hunter2@proxy.example.com", "http://", "http://bot:hunter2@proxy.example.com:port", "ftp://hunter2"],
)
def test_an_invalid_proxy_is_reported_without_showing_it(given: str) -> None:
    reader = Reader({"https_proxy": given})
    network(reader)
    (problem,) = reader.problems
    assert str(problem).startswith("https_proxy is not the URL of a proxy; expected an http or https URL")
    assert "hunter2" not in str(problem)


def test_unreadable_certificates_are_reported(tmp_path: Path) -> None:
    """OpenSSL would ignore them, and every connection would fail later."""
    (tmp_path / "empty.pem").write_text("")
    for variables, seen in (
        ({"SSL_CERT_FILE": str(tmp_path / "none.pem")}, "which does not exist; expected the path of a PEM file"),
        ({"SSL_CERT_FILE": str(tmp_path / "empty.pem")}, "which holds no certificate that can be read"),
        (
            {"SSL_CERT_DIR": str(tmp_path / "none")},
            "which does not exist; expected the path of a folder with PEM files",
        ),
    ):
        reader = Reader(variables)
        network(reader)
        assert [seen in str(problem) for problem in reader.problems] == [True]


async def test_a_folder_of_authorities(certificate_authority: trustme.CA, clock: Clock, tmp_path: Path) -> None:
    """`SSL_CERT_DIR`: each file has the name that `openssl rehash` gives it."""
    pem = certificate_authority.cert_pem
    pem.write_to_path(tmp_path / f"{subject_hash(x509.load_pem_x509_certificate(pem.bytes()))}.0")
    registry = Registry(now=clock.now)
    registry.push_image("acme/web", "v1")
    context = certified(certificate_authority, "localhost")
    async with serving(application=registry.application(), context=context) as url:
        host = f"localhost:{port_of(url)}"
        async with client_session(settings(SSL_CERT_DIR=str(tmp_path)), private=frozenset({host})) as session:
            found = await client(session, f"https://{host}", clock=clock).tags("ghcr.io/acme/web")
    assert found == Tags("ghcr.io/acme/web", ("v1",))


def subject_hash(certificate: x509.Certificate) -> str:
    """OpenSSL's X509_subject_name_hash: of the subject in small letters, without its outermost header."""
    small = [x509.NameAttribute(each.oid, str(each.value).lower()) for each in certificate.subject]
    encoded = x509.Name(small).public_bytes()
    assert encoded[1] < 128, "the header has two bytes"
    digest = hashlib.sha1(encoded[2:], usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"
