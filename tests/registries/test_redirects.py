"""Redirects over real TLS: followed by name and without the login, to public addresses and to hosts that are allowed."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import AF_INET, AddressFamily

import aiohttp
import pytest
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.core.values.artifacts import Artifact, Tags, Unanswered
from bot.network import Network, PublicResolver, client_session, is_public
from bot.registries.oci import Registries
from bot.simulator.registry import Access, Challenge, Registry
from tests.registries.kit import (
    COMMIT,
    IMAGE,
    Clock,
    authority_of,
    certified,
    client,
    docker_config,
    port_of,
    serving,
)

STORE = "europe-docker.example.com"
ERRORS = {"errors": [{"code": "NAME_UNKNOWN", "message": "no such repository"}]}


@dataclass(slots=True)
class Addresses(AbstractResolver):
    """Names and their addresses; asked: every name, with its port."""

    addresses: dict[str, tuple[str, ...]]
    asked: list[str] = field(default_factory=list)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: AddressFamily = AF_INET,  # noqa: ARG002 -- the interface has it
    ) -> list[ResolveResult]:
        self.asked.append(f"{host}:{port}")
        return [
            ResolveResult(hostname=host, host=each, port=port, family=AF_INET, proto=0, flags=0)
            for each in self.addresses[host]
        ]

    async def close(self) -> None:
        """Nothing is open."""


def network(folder: Path, authority: trustme.CA) -> Network:
    path = folder / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return Network(certificate_file=path)


@pytest.fixture
async def trusting(
    certificate_authority: trustme.CA, tmp_path: Path
) -> AsyncIterator[Callable[[str], aiohttp.ClientSession]]:
    """Sessions that trust the authority and find the store on this machine; they may connect to one host beside it."""
    made: list[aiohttp.ClientSession] = []

    def session(private: str) -> aiohttp.ClientSession:
        resolver = Addresses({STORE: ("127.0.0.1",)})
        built = client_session(
            network(tmp_path, certificate_authority), private=frozenset({private}), resolver=resolver
        )
        made.append(built)
        return built

    yield session
    for each in made:
        await each.close()


@pytest.fixture
def context(certificate_authority: trustme.CA) -> ssl.SSLContext:
    return certified(certificate_authority, STORE)


@asynccontextmanager
async def redirecting(target: str, *, prefix: str = "") -> AsyncIterator[str]:
    """A registry that has nothing itself, as registry.k8s.io; it forgets the query. gives its URL."""

    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"{target}/v2{prefix}/{request.match_info['path']}")

    async with serving(web.get("/v2/{path:.*}", elsewhere)) as url:
        yield url


async def test_a_registry_that_redirects_by_region(
    context: ssl.SSLContext, trusting: Callable[[str], aiohttp.ClientSession], clock: Clock, tmp_path: Path
) -> None:
    """Tags, manifests and blobs come from elsewhere, and the login does not go there (registry.k8s.io#256)."""
    region = Registry(now=clock.now, tag_page=2)
    for tag in ("v1", "v2", "v3"):
        region.push_image("k8s-artifacts-prod/acme/web", tag, revision=COMMIT)
    async with serving(application=region.application(), context=context) as url:
        host = f"{STORE}:{port_of(url)}"
        async with redirecting(f"https://{host}", prefix="/k8s-artifacts-prod") as home:
            config = docker_config(tmp_path, {authority_of(home): {"username": "bot", "password": "s3cret"}})
            asked = client(trusting(host), home, clock=clock, config=config)
            assert await asked.tags(IMAGE) == Tags(IMAGE, ("v1", "v2", "v3"))
            found = await asked.artifact(IMAGE, "v1")
    assert isinstance(found, Artifact)
    assert found.revision == COMMIT
    assert {request.authorization for request in region.requests} == {""}


async def test_a_blob_comes_from_an_object_store_without_the_login(
    context: ssl.SSLContext, trusting: Callable[[str], aiohttp.ClientSession], clock: Clock, tmp_path: Path
) -> None:
    registry = Registry(now=clock.now, access=Access(challenge=Challenge.BASIC, users={"bot": "s3cret"}))
    registry.push_image("acme/web", "v1", revision=COMMIT)
    store = Registry(now=clock.now)
    store.push_image("acme/web", "v1", revision=COMMIT)
    async with registry.serve() as url, serving(application=store.application(), context=context) as store_url:
        host = f"{STORE}:{port_of(store_url)}"
        registry.pulls.blob_base = f"https://{host}"
        config = docker_config(tmp_path, {authority_of(url): {"username": "bot", "password": "s3cret"}})
        found = await client(trusting(host), url, clock=clock, config=config).artifact(IMAGE, "v1")
    assert isinstance(found, Artifact)
    assert found.revision == COMMIT
    assert [(request.authorization, request.status) for request in store.requests] == [("", 200)]


async def test_a_redirect_to_a_name_with_a_private_address_is_not_followed(
    context: ssl.SSLContext, trusting: Callable[[str], aiohttp.ClientSession], clock: Clock
) -> None:
    """The name looks public. What it resolves to counts, at the moment of the connection."""
    region = Registry(now=clock.now)
    async with serving(application=region.application(), context=context) as url:
        host = f"{STORE}:{port_of(url)}"
        async with redirecting(f"https://{host}") as home:
            found = await client(trusting("another.example.com"), home, clock=clock).artifact(IMAGE, "v1")
    assert isinstance(found, Unanswered)
    expected = f"`{host}` has only private addresses; the server's operator can allow it in `REGISTRY_ALLOW`"
    assert found.reason == expected
    assert region.requests == []


@pytest.mark.parametrize(("status", "said"), [(401, "answered 401"), (403, "answered 403"), (500, "answered 500")])
async def test_a_refusal_after_a_redirect_names_the_other_host(
    status: int,
    said: str,
    context: ssl.SSLContext,
    trusting: Callable[[str], aiohttp.ClientSession],
    clock: Clock,
    tmp_path: Path,
) -> None:
    """And no login is tried there, whatever that host offers."""
    seen: list[str] = []

    async def refuse(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.json_response(ERRORS, status=status, headers={"WWW-Authenticate": 'Basic realm="x"'})

    async with serving(web.get("/{path:.*}", refuse), context=context) as url:
        host = f"{STORE}:{port_of(url)}"
        async with redirecting(f"https://{host}") as home:
            config = docker_config(tmp_path, {authority_of(home): {"username": "bot", "password": "s3cret"}})
            found = await client(trusting(host), home, clock=clock, config=config).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert f"redirected to `{host}`, which {said} (NAME_UNKNOWN: no such repository)" in found.reason
    assert seen == [""]


async def test_the_next_page_is_not_read_from_a_third_host(
    context: ssl.SSLContext, trusting: Callable[[str], aiohttp.ClientSession], clock: Clock
) -> None:
    async def page(_: web.Request) -> web.Response:
        link = {"Link": '<https://third.example.com/v2/x/tags/list?last=v1>; rel="next"'}
        return web.json_response({"tags": ["v1"]}, headers=link)

    async with serving(web.get("/{path:.*}", page), context=context) as url:
        host = f"{STORE}:{port_of(url)}"
        async with redirecting(f"https://{host}") as home:
            found = await client(trusting(host), home, clock=clock).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "its link leads to `third.example.com` instead" in found.reason


async def test_a_certificate_of_a_private_authority(
    certificate_authority: trustme.CA, clock: Clock, tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    """`SSL_CERT_FILE` names the authority (image-reflector#322); without it, nothing is believed."""
    registry = Registry(now=clock.now)
    registry.push_image("acme/web", "v1")
    context = certified(certificate_authority, "localhost")
    async with serving(application=registry.application(), context=context) as url:
        host = f"localhost:{port_of(url)}"
        found = await client(session, f"https://{host}", clock=clock).tags(IMAGE)
        assert isinstance(found, Unanswered)
        assert f"this server does not trust the TLS certificate of `{host}` (" in found.reason
        async with client_session(network(tmp_path, certificate_authority), private=frozenset({host})) as trusting:
            asked: Registries = client(trusting, f"https://{host}", clock=clock)
            assert await asked.tags(IMAGE) == Tags(IMAGE, ("v1",))


@pytest.mark.parametrize(
    ("found", "public"),
    [
        (("140.82.121.33",), ("140.82.121.33",)),
        (("10.0.0.7", "140.82.121.33", "fd00::7"), ("140.82.121.33",)),
        (("2606:50c0:8000::154",), ("2606:50c0:8000::154",)),
        (("127.0.0.1",), ()),
        (("169.254.169.254",), ()),
        (("100.64.0.1",), ()),
    ],
)
async def test_names_lead_to_public_addresses_only(found: tuple[str, ...], public: tuple[str, ...]) -> None:
    resolver = PublicResolver(
        frozenset({"registry.acme.example", "lan.example:8443"}), resolver=Addresses({"x": found})
    )
    if public:
        assert tuple(each["host"] for each in await resolver.resolve("x", 443)) == public
    else:
        with pytest.raises(OSError, match="x has only private addresses"):
            await resolver.resolve("x", 443)


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [
        ("registry.acme.example", 443, True),
        ("registry.acme.example", 8443, False),
        ("lan.example", 8443, True),
        ("lan.example", 443, False),
    ],
)
async def test_hosts_of_the_settings_may_be_private(host: str, port: int, allowed: bool) -> None:  # noqa: FBT001 -- a table
    named = frozenset({"registry.acme.example", "lan.example:8443"})
    resolver = PublicResolver(named, resolver=Addresses({host: ("10.0.0.7",)}))
    if allowed:
        assert [each["host"] for each in await resolver.resolve(host, port)] == ["10.0.0.7"]
    else:
        with pytest.raises(OSError, match="has only private addresses"):
            await resolver.resolve(host, port)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("140.82.121.33", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("0.0.0.0", False),  # noqa: S104 -- an address in a table
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd12:3456::1", False),
        ("ff0e::1", False),
        ("2606:50c0:8000::154", True),
        # IPv4 addresses within IPv6 ones: mapped, 6to4, and as DNS64 writes them.
        ("::ffff:127.0.0.1", False),
        ("::ffff:140.82.121.33", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::10.0.0.7", False),
        ("64:ff9b::140.82.121.33", True),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:  # noqa: FBT001 -- a table
    assert is_public(address) is public
