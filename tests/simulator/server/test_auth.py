"""Authentication: accepted credentials, and GitHub's messages for the others."""

import base64
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.simulator.github.access.auth import TokenFormat
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.code.settings import Visibility
from tests.simulator.http_world import World

TOO_FAR = "'Expiration time' claim ('exp') is too far in the future"
NOT_FUTURE = (
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion "
    "expires"
)
NOT_ISSUED = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"


async def test_an_app_authenticates_with_its_key(world: World) -> None:
    reply = await world.as_app.get("/app")

    assert reply.status == 200
    assert reply.body["slug"] == "gitops-bot"
    assert reply.body["permissions"]["contents"] == "write"
    assert reply.body["installations_count"] == 1


async def test_the_issuer_may_be_the_client_id(world: World) -> None:
    reply = await world.client(f"Bearer {world.jwt(iss=world.app.client_id)}").get("/app")

    assert reply.status == 200


@pytest.mark.parametrize(
    ("shifts", "status", "message"),
    [
        ({"exp": timedelta(minutes=10)}, 200, None),
        ({"exp": timedelta(minutes=10, seconds=1)}, 401, TOO_FAR),
        ({"exp": timedelta(seconds=0)}, 401, NOT_FUTURE),
        ({"iat": timedelta(seconds=30)}, 401, NOT_ISSUED),
    ],
)
async def test_a_jwt_with_invalid_times_is_refused(
    world: World, shifts: dict[str, timedelta], status: int, message: str | None
) -> None:
    claims = {name: int((world.github.now() + shift).timestamp()) for name, shift in shifts.items()}

    reply = await world.client(f"Bearer {world.jwt(**claims)}").get("/app")

    assert reply.status == status
    assert reply.body.get("message") == message


async def test_invalid_jwts_are_refused(world: World) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    claims = {"iat": 0, "exp": 2**31, "iss": str(world.app.id)}
    cases = [
        (jwt.encode(claims, other, algorithm="RS256"), 401, "A JSON web token could not be decoded"),
        ("no.jwt.this", 401, "A JSON web token could not be decoded"),
        (world.jwt(iss="4711"), 404, "Integration not found"),
        (world.jwt(iss=None), 401, "Missing 'issuer' claim ('iss') in assertion"),
    ]
    for token, status, message in cases:
        reply = await world.client(f"Bearer {token}").get("/app")
        assert (reply.status, reply.body["message"]) == (status, message)


async def test_an_installation_token_cannot_act_as_the_app(world: World) -> None:
    reply = await world.as_bot.get("/app")

    assert (reply.status, reply.body["message"]) == (401, "A JSON web token could not be decoded")


@pytest.mark.parametrize("token_format", list(TokenFormat))
async def test_a_token_is_issued_with_permissions_and_repositories(world: World, token_format: TokenFormat) -> None:
    world.running.tokens.token_format = token_format

    reply = await world.as_app.post(f"/app/installations/{world.installation.id}/access_tokens")

    assert reply.status == 201
    assert reply.body["expires_at"] == "2026-11-23T10:00:00Z"
    assert reply.body["repository_selection"] == "all"
    assert "repositories" not in reply.body
    token = reply.body["token"]
    assert (len(token) == 40) is (token_format is TokenFormat.CLASSIC)
    if token_format is TokenFormat.STATELESS:
        assert 450 < len(token) < 600
        assert token.startswith(f"ghs_{world.app.id}_")
    seen = await world.client(f"token {token}").get("/installation/repositories")
    assert [one["full_name"] for one in seen.body["repositories"]] == ["acme/manifests"]


async def test_a_restricted_token_covers_only_its_repositories(world: World) -> None:
    other = world.github.create_repository("acme/web", files={"a": "b"}, by=world.octocat)
    body = {"repositories": ["web"], "permissions": {"contents": "read"}}

    reply = await world.as_app.post(f"/app/installations/{world.installation.id}/access_tokens", body)
    client = world.client(f"Bearer {reply.body['token']}")

    assert reply.body["permissions"] == {"metadata": "read", "contents": "read"}
    assert [one["name"] for one in reply.body["repositories"]] == ["web"]
    assert (await client.get("/repos/acme/web/contents/a")).status == 200
    assert (await client.get("/repos/acme/manifests")).status == 404
    refused = await client.post("/repos/acme/web/git/refs", {"ref": "refs/heads/x", "sha": other.head()})
    assert (refused.status, refused.body["message"]) == (403, "Resource not accessible by integration")
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "contents=write"


async def test_an_empty_restriction_means_no_restriction(world: World) -> None:
    reply = await world.as_app.post(
        f"/app/installations/{world.installation.id}/access_tokens", {"permissions": {}, "repositories": []}
    )

    assert reply.body["permissions"]["contents"] == "write"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"permissions": {"secrets": "read"}}, "The permissions requested are not granted to this installation."),
        ({"permissions": {"members": "write"}}, "The permissions requested are not granted to this installation."),
        (
            {"repositories": ["nothing"]},
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        ),
        ({"repository_ids": ["1"]}, "Invalid request.\n\nFor 'items', \"1\" is not an integer."),
        ({"permissions": {"contents": "all"}}, "is not a member of [none, read, write, admin]."),
    ],
)
async def test_restricting_to_unknown_repositories_is_refused(
    world: World, body: dict[str, object], message: str
) -> None:
    reply = await world.as_app.post(f"/app/installations/{world.installation.id}/access_tokens", body)

    assert reply.status == 422
    assert message in reply.body["message"]


async def test_a_token_expires_after_an_hour(world: World) -> None:
    client = world.as_bot
    world.github.clock.advance(timedelta(minutes=59, seconds=59))
    assert (await client.get("/repos/acme/manifests")).status == 200

    world.github.clock.advance(timedelta(seconds=1))
    reply = await client.get("/repos/acme/manifests")

    assert (reply.status, reply.body["message"]) == (401, "Bad credentials")


async def test_a_token_can_be_revoked(world: World) -> None:
    client = world.as_bot

    assert (await client.delete("/installation/token")).status == 204
    assert (await client.get("/repos/acme/manifests")).status == 401


async def test_a_deleted_installation_can_do_nothing(world: World) -> None:
    client = world.as_bot
    world.github.uninstall(world.installation, by=world.octocat)

    reply = await client.get("/repos/acme/manifests")

    assert (reply.status, reply.body["message"]) == (401, "Bad credentials")
    minted = await world.as_app.post(f"/app/installations/{world.installation.id}/access_tokens")
    assert minted.status == 404


async def test_a_suspended_installation_can_do_nothing(world: World) -> None:
    client = world.as_bot
    world.github.suspend(world.installation, by=world.octocat)

    reply = await client.get("/repos/acme/manifests")

    assert (reply.status, reply.body["message"]) == (403, "This installation has been suspended")
    minted = await world.as_app.post(f"/app/installations/{world.installation.id}/access_tokens")
    assert minted.status == 403


async def test_basic_credentials_carry_tokens_too(world: World) -> None:
    token = world.running.tokens.for_user(world.mona)
    for pair in (f"x-access-token:{token}", f"{token}:", f"{token}:x-oauth-basic"):
        client = world.client("Basic " + base64.b64encode(pair.encode()).decode())
        assert (await client.get("/user")).body["login"] == "mona"


@pytest.mark.parametrize("authorization", ["Bearer ghs_nobody", "Basic !!!", "Digest x", "token"])
async def test_unknown_credentials_are_refused(world: World, authorization: str) -> None:
    reply = await world.client(authorization).get("/repos/acme/manifests")

    assert (reply.status, reply.body["message"]) == (401, "Bad credentials")


async def test_private_repositories_are_hidden_from_strangers(world: World) -> None:
    for client in (world.client(), world.as_user(world.hubot)):
        assert (await client.get("/repos/acme/manifests")).status == 404


async def test_public_repositories_can_be_read_but_not_written(world: World) -> None:
    world.github.create_repository("acme/open", visibility=Visibility.PUBLIC, files={"a": "b"}, by=world.octocat)

    anybody, stranger = world.client(), world.as_user(world.hubot)

    assert (await anybody.get("/repos/acme/open/contents/a")).status == 200
    assert (await anybody.post("/repos/acme/open/issues", {"title": "Hello"})).status == 401
    assert (await stranger.post("/repos/acme/open/issues", {"title": "Hello"})).status == 201
    assert (await stranger.post("/repos/acme/open/git/blobs", {"content": "x"})).status == 403


async def test_an_app_lists_its_installations(world: World) -> None:
    app = world.as_app

    listed = await app.get("/app/installations")
    by_id = await app.get(f"/app/installations/{world.installation.id}")
    by_repository = await app.get("/repos/acme/manifests/installation")
    by_organisation = await app.get("/orgs/acme/installation")

    assert [one["id"] for one in listed.body] == [world.installation.id]
    assert by_id.body == by_repository.body == by_organisation.body == listed.body[0]
    assert by_id.body["account"]["login"] == "acme"
    personal = world.github.install(world.app, world.mona)
    assert (await app.get("/users/mona/installation")).body["id"] == personal.id
    assert (await app.get("/repos/acme/nothing/installation")).status == 404
    assert (await app.get("/users/hubot/installation")).status == 404
    assert (await app.get("/app/installations/1")).status == 404


async def test_person_and_app_endpoints_refuse_each_others_credentials(world: World) -> None:
    assert (await world.as_bot.get("/user")).status == 403
    assert (await world.client().get("/user")).status == 401
    assert (await world.as_user(world.mona).get("/installation/repositories")).status == 403
    assert (await world.client().get("/installation/repositories")).status == 401


def test_access_levels_are_ordered() -> None:
    assert Access.NONE < Access.READ < Access.WRITE < Access.ADMIN
