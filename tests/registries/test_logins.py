"""Logins: given to the registry that asks, remembered as long as they are good, and given to nobody else."""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.core.values.artifacts import Artifact, Tags, Unanswered
from bot.registries.authorization import Challenge as Offered
from bot.registries.authorization import read_challenges
from bot.simulator.registry import Access, Challenge, Fault, Pulls, Registry
from tests.registries.kit import IMAGE, Clock, authority_of, client, serving

USERS = {"bot": "s3:cret ü"}


def config_for(folder: Path, url: str, entry: Mapping[str, str] | None = None) -> Path:
    """A docker config.json with one login for this registry."""
    given = entry or {"auth": base64.b64encode("bot:s3:cret ü".encode()).decode()}
    path = folder / "config.json"
    path.write_text(json.dumps({"auths": {authority_of(url): given}}))
    return path


def registry_with(access: Access, clock: Clock) -> Registry:
    registry = Registry(now=clock.now, access=access)
    registry.push_image("acme/web", "v1")
    registry.push_image("acme/api", "v1")
    return registry


def asked_paths(registry: Registry) -> list[str]:
    return [f"{request.authorization or '-'} {request.path.partition('?')[0]}" for request in registry.requests]


@pytest.mark.parametrize("challenge", list(Challenge))
async def test_a_private_image_with_a_login(
    challenge: Challenge, session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    registry = registry_with(Access(challenge=challenge, users=USERS), clock)
    async with registry.serve() as url:
        asked = client(session, url, clock=clock, config=config_for(tmp_path, url))
        assert await asked.tags(IMAGE) == Tags(IMAGE, ("v1",))
        assert isinstance(await asked.artifact(IMAGE, "v1"), Artifact)
    refused = [request for request in registry.requests if request.status == 401]
    assert len(refused) == (0 if challenge is Challenge.NONE else 1)


async def test_public_images_need_no_login(session: aiohttp.ClientSession, clock: Clock) -> None:
    registry = registry_with(Access(challenge=Challenge.TOKEN, pulls=Pulls.ANYONE), clock)
    async with registry.serve() as url:
        assert await client(session, url, clock=clock).tags(IMAGE) == Tags(IMAGE, ("v1",))
    assert asked_paths(registry) == ["- /v2/acme/web/tags/list", "- /token", "Bearer /v2/acme/web/tags/list"]


@pytest.mark.parametrize(
    ("challenge", "said"),
    [(Challenge.BASIC, "this server has no login for it"), (Challenge.TOKEN, "this server has no login for it")],
)
async def test_private_images_without_a_login(
    challenge: Challenge, said: str, session: aiohttp.ClientSession, clock: Clock
) -> None:
    registry = registry_with(Access(challenge=challenge, users=USERS), clock)
    async with registry.serve() as url:
        found = await client(session, url, clock=clock).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert said in found.reason
    assert "docker config.json" in found.reason


@pytest.mark.parametrize("challenge", [Challenge.BASIC, Challenge.TOKEN])
async def test_a_wrong_login_is_reported_without_showing_it(
    challenge: Challenge, session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    registry = registry_with(Access(challenge=challenge, users=USERS), clock)
    async with registry.serve() as url:
        config = config_for(tmp_path, url, {"username": "bot", "password": "hunter2"})
        asked = client(session, url, clock=clock, config=config)
        for _ in range(2):
            found = await asked.tags(IMAGE)
            assert isinstance(found, Unanswered)
            assert "hunter2" not in found.reason
            assert "config.json" in found.reason


async def test_a_token_is_used_until_shortly_before_its_end(
    session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    access = Access(challenge=Challenge.TOKEN, users=USERS, token_lifetime=timedelta(minutes=5))
    registry = registry_with(access, clock)
    async with registry.serve() as url:
        asked = client(session, url, clock=clock, config=config_for(tmp_path, url))
        await asked.tags(IMAGE)
        clock.advance(minutes=3.9)
        registry.requests.clear()
        await asked.tags(IMAGE)
        assert asked_paths(registry) == ["Bearer /v2/acme/web/tags/list"]
        clock.advance(minutes=0.2)
        registry.requests.clear()
        assert isinstance(await asked.tags(IMAGE), Tags)
        assert asked_paths(registry) == ["- /v2/acme/web/tags/list", "Basic /token", "Bearer /v2/acme/web/tags/list"]


async def test_a_token_that_is_refused_is_replaced(
    session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    registry = registry_with(Access(challenge=Challenge.TOKEN, users=USERS), clock)
    async with registry.serve() as url:
        asked = client(session, url, clock=clock, config=config_for(tmp_path, url))
        await asked.tags(IMAGE)
        registry.authenticator.revoke_tokens()
        assert isinstance(await asked.tags(IMAGE), Tags)


async def test_a_rotated_password_counts_without_a_restart(
    session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    registry = registry_with(Access(challenge=Challenge.BASIC, users={"bot": "new"}), clock)
    async with registry.serve() as url:
        config = config_for(tmp_path, url, {"username": "bot", "password": "old"})
        asked = client(session, url, clock=clock, config=config)
        assert isinstance(await asked.tags(IMAGE), Unanswered)
        config_for(tmp_path, url, {"username": "bot", "password": "new"})
        assert isinstance(await asked.tags(IMAGE), Tags)


async def test_a_token_opens_one_repository(session: aiohttp.ClientSession, clock: Clock, tmp_path: Path) -> None:
    registry = registry_with(Access(challenge=Challenge.TOKEN, users=USERS), clock)
    async with registry.serve() as url:
        asked = client(session, url, clock=clock, config=config_for(tmp_path, url))
        await asked.tags(IMAGE)
        assert isinstance(await asked.tags("ghcr.io/acme/api"), Tags)
    tokens = [request.path for request in registry.requests if request.path.startswith("/token")]
    assert [path.partition("scope=")[2] for path in tokens] == [
        "repository:acme/web:pull",
        "repository:acme/api:pull",
    ]


async def test_many_at_once_share_one_token(session: aiohttp.ClientSession, clock: Clock, tmp_path: Path) -> None:
    registry = registry_with(Access(challenge=Challenge.TOKEN, users=USERS), clock)
    async with registry.serve() as url:
        asked = client(session, url, clock=clock, config=config_for(tmp_path, url))
        await asked.artifacts(IMAGE, [f"v{number}" for number in range(8)])
    assert asked_paths(registry).count("Basic /token") == 1


async def test_an_identity_token_is_exchanged(session: aiohttp.ClientSession, clock: Clock, tmp_path: Path) -> None:
    access = Access(challenge=Challenge.TOKEN, refresh_tokens={"refresh-me": "bot"})
    registry = registry_with(access, clock)
    async with registry.serve() as url:
        config = config_for(tmp_path, url, {"identitytoken": "refresh-me"})
        assert isinstance(await client(session, url, clock=clock, config=config).tags(IMAGE), Tags)
    assert "POST" in {request.method for request in registry.requests}
    assert not any("refresh-me" in request.path for request in registry.requests)


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.GARBAGE, Fault.REFUSE, Fault.TOO_MANY_REQUESTS])
async def test_a_token_service_that_is_broken(
    fault: Fault, session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    registry = registry_with(Access(challenge=Challenge.TOKEN, users=USERS), clock)
    registry.faults.add(fault, path="^/token", retry_after=40)
    async with registry.serve() as url:
        found = await client(session, url, clock=clock, config=config_for(tmp_path, url)).tags(IMAGE)
    assert isinstance(found, Unanswered)
    expected = clock.now() + timedelta(seconds=40) if fault is Fault.TOO_MANY_REQUESTS else None
    assert found.again_at == expected


@pytest.mark.parametrize(
    "realm", ["https://collector.example/token", "http://collector.example/t", "/token", "", "x:y"]
)
async def test_a_login_is_not_sent_to_an_unknown_realm(
    realm: str, session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    async def challenge(_: web.Request) -> web.Response:
        return web.Response(status=401, headers={"WWW-Authenticate": f'Bearer realm="{realm}",service="x"'})

    async with serving(web.get("/v2/acme/web/tags/list", challenge)) as url:
        found = await client(session, url, clock=clock, config=config_for(tmp_path, url)).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "token" in found.reason


async def test_a_login_is_not_sent_to_another_loopback_port(
    session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    taken: list[str] = []

    async def collect(request: web.Request) -> web.Response:
        taken.append(request.headers.get("Authorization", ""))
        return web.json_response({"token": "t"})

    async with serving(web.get("/token", collect)) as collector:

        async def challenge(_: web.Request) -> web.Response:
            return web.Response(status=401, headers={"WWW-Authenticate": f'Bearer realm="{collector}/token"'})

        async with serving(web.get("/v2/acme/web/tags/list", challenge)) as url:
            config = config_for(tmp_path, url)
            assert isinstance(await client(session, url, clock=clock, config=config).tags(IMAGE), Unanswered)
            assert taken == []
            # Unless the operator of the server allows it.
            allow = frozenset({"ghcr.io", authority_of(collector)})
            await client(session, url, clock=clock, config=config, allow=allow).tags(IMAGE)
            assert len(taken) == 1


async def test_the_login_is_not_sent_to_an_object_store(
    session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    registry = registry_with(Access(challenge=Challenge.BASIC, users=USERS), clock)
    store = Registry(now=clock.now)
    store.push_image("acme/web", "v1")
    async with registry.serve() as url, store.serve() as store_url:
        registry.pulls.blob_base = store_url
        config = config_for(tmp_path, url)
        found = await client(session, url, clock=clock, config=config).artifact(IMAGE, "v1")
        assert isinstance(found, Unanswered)  # the store speaks plain http
        assert "is not https" in found.reason
        assert store.requests == []


async def test_redirects_in_circles_end(session: aiohttp.ClientSession) -> None:
    async def again(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"{request.path}?again")

    async with serving(web.get("/v2/acme/web/tags/list", again)) as url:
        found = await client(session, url).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "redirects in a loop" in found.reason


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], ()),
        (['Basic realm="basic-realm"'], (Offered("basic", {"realm": "basic-realm"}),)),
        (
            ['Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:acme/web:pull,push"'],
            (
                Offered(
                    "bearer",
                    {
                        "realm": "https://ghcr.io/token",
                        "service": "ghcr.io",
                        "scope": "repository:acme/web:pull,push",
                    },
                ),
            ),
        ),
        (
            ['Negotiate, BASIC Realm = "a \\"b\\", c=d" , charset=UTF-8', "Bearer realm=x"],
            (
                Offered("negotiate", {}),
                Offered("basic", {"realm": 'a "b", c=d', "charset": "UTF-8"}),
                Offered("bearer", {"realm": "x"}),
            ),
        ),
        (['realm="y"'], ()),
        ([',,, "unclosed'], (Offered("unclosed", {}),)),
    ],
)
def test_challenges_are_read(headers: list[str], expected: tuple[Offered, ...]) -> None:
    assert read_challenges(headers) == expected
