"""Over real TLS: an object store of another name is followed, without the login; a certificate nobody knows is not."""

import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.core.values.artifacts import Artifact, Unanswered
from bot.simulator.registry import Access, Challenge, Registry
from tests.registries.kit import COMMIT, IMAGE, Clock, authority_of, client


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of `localhost` that signed itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC) - timedelta(days=1)  # noqa: TID251 -- TLS reads the real clock
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@asynccontextmanager
async def serving_tls(registry: Registry, certificate: Path) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    runner = web.AppRunner(registry.application(), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield f"https://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def trusting(certificate: Path) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=certificate))
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def test_a_blob_comes_from_an_object_store_without_the_login(
    certificate: Path, clock: Clock, tmp_path: Path
) -> None:
    registry = Registry(now=clock.now, access=Access(challenge=Challenge.BASIC, users={"bot": "s3cret"}))
    registry.push_image("acme/web", "v1", revision=COMMIT)
    store = Registry(now=clock.now)
    store.push_image("acme/web", "v1", revision=COMMIT)
    async with registry.serve() as url, serving_tls(store, certificate) as store_url, trusting(certificate) as session:
        registry.pulls.blob_base = store_url
        config = tmp_path / "config.json"
        login = base64.b64encode(b"bot:s3cret").decode()
        config.write_text(json.dumps({"auths": {authority_of(url): {"auth": login}}}))
        found = await client(session, url, clock=clock, config=config).artifact(IMAGE, "v1")
    assert isinstance(found, Artifact)
    assert found.revision == COMMIT
    assert [(request.authorization, request.status) for request in store.requests] == [("", 200)]


async def test_manifests_do_not_come_from_elsewhere(certificate: Path, clock: Clock) -> None:
    registry = Registry(now=clock.now)
    registry.push_image("acme/web", "v1")

    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"{base}{request.path}")

    async with serving_tls(registry, certificate) as base, trusting(certificate) as session:
        application = web.Application()
        application.router.add_get("/v2/{path:.*}", elsewhere)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        url = f"http://{host}:{port}"
        found = await client(session, url, clock=clock).artifact(IMAGE, "v1")
        assert isinstance(found, Unanswered)
        assert "which this server may not contact" in found.reason
        assert registry.requests == []
        # Unless whoever runs the server allows it.
        allow = frozenset({"ghcr.io", base.removeprefix("https://")})
        assert isinstance(await client(session, url, clock=clock, allow=allow).artifact(IMAGE, "v1"), Artifact)
        await runner.cleanup()


async def test_a_certificate_that_nobody_knows(certificate: Path, clock: Clock, session: aiohttp.ClientSession) -> None:
    async with serving_tls(Registry(now=clock.now), certificate) as url:
        found = await client(session, url, clock=clock).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "shows a TLS certificate that this server does not trust" in found.reason
