"""A refusal is not the last word: a login that was remembered is asked for again, and one that was not tried is tried."""

import json
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.images import ImageName
from bot.registries.authorization import advice
from bot.registries.hosts import Hosts, Location
from bot.registries.keychain import Keychain
from bot.registries.oci import Registries
from bot.simulator.registry import Access, Challenge, Registry
from tests.registries.kit import IMAGE, Clock, authority_of, client, docker_config, serving

TAGS = "/v2/acme/web/tags/list"
UNKNOWN = {"errors": [{"code": "NAME_UNKNOWN", "message": "repository acme/web not found"}]}
DENIED = {"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]}


class Private:
    """A registry with one password. refuses: what it answers to a wrong one; it challenges only at its root."""

    def __init__(self, password: str, *, stranger: int, wrong: int) -> None:
        self.password = password
        self.stranger = stranger
        self.wrong = wrong
        self.seen: list[str] = []

    def routes(self) -> tuple[web.RouteDef, ...]:
        return (
            web.get("/v2/", self.root),
            web.get(TAGS, self.tags),
            web.get("/v2/acme/web/manifests/{tag}", self.absent),
        )

    async def root(self, _: web.Request) -> web.Response:
        return web.json_response({}, status=401, headers={"WWW-Authenticate": 'Basic realm="registry"'})

    async def tags(self, request: web.Request) -> web.Response:
        return self._refusal(request) or web.json_response({"tags": ["v1"]})

    async def absent(self, request: web.Request) -> web.Response:
        return self._refusal(request) or web.json_response(UNKNOWN, status=404)

    def _refusal(self, request: web.Request) -> web.Response | None:
        header = request.headers.get("Authorization", "")
        self.seen.append(header)
        if header == aiohttp.encode_basic_auth("AWS", self.password):
            return None
        status = self.wrong if header else self.stranger
        challenge = {"WWW-Authenticate": 'Basic realm="registry"'} if status == 401 else {}
        return web.json_response(UNKNOWN if status == 404 else DENIED, status=status, headers=challenge)


def login(folder: Path, url: str, password: str) -> Path:
    return docker_config(folder, {authority_of(url): {"username": "AWS", "password": password}})


@pytest.mark.parametrize(("registry", "status"), [("ECR", 403), ("ECR Public", 400), ("others", 401)])
async def test_a_login_that_expired_is_asked_for_again(
    registry: str, status: int, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """ECR's logins live for twelve hours; then it answers 403, and ECR Public 400 (source-controller#787)."""
    private = Private("first", stranger=401, wrong=status)
    async with serving(*private.routes()) as url:
        asked = client(session, url, config=login(tmp_path, url, "first"))
        assert await asked.tags(IMAGE) == Tags(IMAGE, ("v1",))
        private.password = "second"
        login(tmp_path, url, "second")
        assert await asked.tags(IMAGE) == Tags(IMAGE, ("v1",))
        private.seen.clear()
        await asked.tags(IMAGE)
        assert len(private.seen) == 1, "the fresh login is remembered"


async def test_the_same_login_is_not_offered_twice(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    private = Private("first", stranger=401, wrong=403)
    async with serving(*private.routes()) as url:
        asked = client(session, url, config=login(tmp_path, url, "first"))
        await asked.tags(IMAGE)
        private.password = "second"
        private.seen.clear()
        found = await asked.tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "this server's login may not read it; check it in the docker config.json" in found.reason
    assert len(private.seen) == 1, "the same login is not offered twice"


@pytest.mark.parametrize("stranger", [401, 403, 404])
async def test_a_login_is_tried_where_a_registry_hides_from_strangers(
    stranger: int, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Harbor answers an anonymous request with 403 or 404, and without a challenge (harbor#10305)."""
    private = Private("s3cret", stranger=stranger, wrong=403)
    async with serving(*private.routes()) as url:
        asked = client(session, url, config=login(tmp_path, url, "s3cret"))
        assert await asked.tags(IMAGE) == Tags(IMAGE, ("v1",))
        assert await asked.artifact(IMAGE, "v2") == Missing(IMAGE, "v2")


@pytest.mark.parametrize(
    ("stranger", "seen"),
    [
        (
            403,
            "answered 403 (DENIED: requested access to the resource is denied) for `acme/web`: this server has no login",
        ),
        (
            401,
            "answered 401 (DENIED: requested access to the resource is denied) for `acme/web`: this server has no login",
        ),
    ],
)
async def test_without_a_login_the_reason_says_so(stranger: int, seen: str, session: aiohttp.ClientSession) -> None:
    private = Private("s3cret", stranger=stranger, wrong=403)
    async with serving(*private.routes()) as url:
        found = await client(session, url).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert seen in found.reason


async def test_a_404_without_a_login_means_what_it_says(session: aiohttp.ClientSession, clock: Clock) -> None:
    private = Private("s3cret", stranger=404, wrong=403)
    async with serving(*private.routes()) as url:
        assert await client(session, url, clock=clock).tags(IMAGE) == Missing(IMAGE, None)


async def test_a_public_registry_is_asked_for_its_challenge_once_a_minute(
    session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    """Tags that are not there are asked for all the time, and a login cannot help."""
    pings: list[str] = []

    async def root(_: web.Request) -> web.Response:
        pings.append("ping")
        return web.json_response({})

    async def absent(_: web.Request) -> web.Response:
        return web.json_response(UNKNOWN, status=404)

    async with serving(web.get("/v2/", root), web.get("/v2/acme/web/manifests/{tag}", absent)) as url:
        asked = client(session, url, clock=clock, config=login(tmp_path, url, "s3cret"))
        for _ in range(3):
            assert await asked.artifact(IMAGE, "v2") == Missing(IMAGE, "v2")
        assert len(pings) == 1
        clock.advance(minutes=1)
        assert await asked.artifact(IMAGE, "v2") == Missing(IMAGE, "v2")
        assert len(pings) == 2


async def test_a_refused_token_is_not_offered_again(
    session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    """A token service that hands out the same token again and again, which the registry refuses."""
    seen: list[str] = []

    async def token(_: web.Request) -> web.Response:
        return web.json_response({"token": "stale"})

    async def tags(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.json_response(DENIED, status=401, headers={"WWW-Authenticate": f'Bearer realm="{url}/token"'})

    async with serving(web.get("/token", token), web.get(TAGS, tags)) as url:
        asked = client(session, url, clock=clock, config=login(tmp_path, url, "s3cret"))
        assert isinstance(await asked.tags(IMAGE), Unanswered)
        assert isinstance(await asked.tags(IMAGE), Unanswered)
    assert seen == ["", "Bearer stale", "Bearer stale"]


@pytest.mark.parametrize("challenge", [Challenge.BASIC, Challenge.TOKEN])
async def test_many_that_are_refused_at_once_share_the_fresh_login(
    challenge: Challenge, session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    registry = Registry(now=clock.now, access=Access(challenge=challenge, users={"AWS": "s3cret"}))
    registry.push_image("acme/web", "v1")
    async with registry.serve() as url:
        asked = client(session, url, clock=clock, config=login(tmp_path, url, "s3cret"))
        await asked.tags(IMAGE)
        registry.authenticator.revoke_tokens()
        registry.requests.clear()
        found = await asked.artifacts(IMAGE, ["v1"] * 4)
    assert [type(each) for each in found] == [Artifact] * 4
    assert sum(each.path.startswith("/token") for each in registry.requests) == (challenge is Challenge.TOKEN)


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_token_service_that_refuses(
    status: int, session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    async def token(_: web.Request) -> web.Response:
        return web.json_response({}, status=status)

    async def tags(_: web.Request) -> web.Response:
        return web.Response(status=401, headers={"WWW-Authenticate": f'Bearer realm="{url}/token"'})

    async with serving(web.get("/token", token), web.get(TAGS, tags)) as url:
        for config, said in (
            (None, "gives no token for `acme/web` without a login: this server has no login for it; add one for"),
            (login(tmp_path, url, "s3cret"), "refused this server's login for"),
        ):
            found = await client(session, url, clock=clock, config=config).tags(IMAGE)
            assert isinstance(found, Unanswered)
            assert said in found.reason


async def test_a_helper_without_credentials_is_named(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    """Amazon's says this where the machine has no role, and nothing of the cause."""
    helper = tmp_path / "docker-credential-ecr-login"
    helper.write_text("#!/bin/sh\necho 'credentials not found in native keychain'\nexit 1\n")
    helper.chmod(0o755)
    private = Private("s3cret", stranger=401, wrong=403)
    async with serving(*private.routes()) as url:
        config = tmp_path / "config.json"
        config.write_text(json.dumps({"credHelpers": {authority_of(url): "ecr-login"}}))
        asked = Registries(
            session,
            hosts=Hosts(allow=frozenset({"ghcr.io"}), overrides={"ghcr.io": url}),
            keychain=Keychain(config, search_path=f"{tmp_path}:/usr/bin:/bin"),
            runtime=Clock().runtime(),
        )
        found = await asked.tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert found.reason.endswith(
        f"`docker-credential-ecr-login` has no credentials for `{authority_of(url)}`;"
        " check this server's cloud identity and its role"
    )


def test_a_private_package_of_github_needs_a_token_of_its_own() -> None:
    """An installation token logs in at ghcr.io and is then denied (kargo#2391)."""
    github = Location(ImageName("ghcr.io", "acme/web"), URL("https://ghcr.io"), "acme/web")
    mirror = Location(ImageName("ghcr.io", "acme/web"), URL("https://harbor.example.com"), "ghcr/acme/web")

    assert "a classic personal access token with `read:packages`" in advice(github)
    assert advice(mirror) == ""
