"""What a pipeline outside of GitHub may say, and who may say it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.needs.subscriptions import image_topic, source_topic
from bot.web.pipelines import EXPECTED, UnusableError, due_for
from tests.web.server import SECRET, Served, serving, signature

CI = "a secret of the pipelines"
WEB, IMAGE = source_topic("acme/web"), image_topic("ghcr.io/acme/web")


@pytest.fixture
async def listening(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, ci_secret=CI) as served:
        yield served


@pytest.mark.parametrize(
    ("payload", "topics"),
    [
        ({"repository": "acme/web"}, {WEB}),
        ({"repository": "Acme/Web", "commit": "1" * 40, "state": "failed"}, {WEB}),
        ({"image": "ghcr.io/Acme/Web:v1"}, {IMAGE}),
        ({"repository": "acme/web", "images": ["ghcr.io/acme/web", "not an image"]}, {WEB, IMAGE}),
    ],
)
def test_it_names_a_repository_or_images(payload: object, topics: set[str]) -> None:
    assert set(due_for(json.dumps(payload).encode()).topics) == topics


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"{}", b'{"repository": 7}', b'{"repository": "acme"}', b'{"repository": "../../x"}',
     b'{"image": "a b"}', b'{"images": "ghcr.io/acme/web"}', b"[" * 100_000, b"\xff"],
)  # fmt: skip
def test_anything_else_is_told_what_is_expected(body: bytes) -> None:
    with pytest.raises(UnusableError) as raised:
        due_for(body)
    assert str(raised.value) == EXPECTED


async def test_a_signed_word_makes_the_applications_due_that_are_built_there(listening: Served) -> None:
    await listening.queue.subscribe("acme/deploy", frozenset({(WEB, "acme/deploy#web"), (IMAGE, "acme/deploy#other")}))
    body = b'{"repository": "acme/web"}'

    headers = {"X-Hub-Signature-256": signature(body, CI)}
    answer = await listening.client.post("/webhooks/ci", data=body, headers=headers)

    assert (answer.status, await listening.keys()) == (202, ["acme/deploy#web"])
    assert await listening.webhooks("ci", "", "accepted") == 1


@pytest.mark.parametrize(
    ("body", "signed_with", "status"),
    [
        (b'{"repository": "acme/web"}', "wrong", 401),
        (b'{"repository": "acme/web"}', SECRET, 401),
        (b'{"repository": "acme/web"}', None, 401),
        (b"{}", CI, 400),
    ],
)
async def test_a_stranger_and_nonsense_are_refused(
    listening: Served, body: bytes, signed_with: str | None, status: int
) -> None:
    headers = {"X-Hub-Signature-256": signature(body, signed_with)} if signed_with else {}

    answer = await listening.client.post("/webhooks/ci", data=body, headers=headers)

    assert (answer.status, await listening.keys()) == (status, [])
    assert await listening.webhooks("ci", "", "rejected") == 1


async def test_without_a_secret_it_is_off(server: Served) -> None:
    body = b'{"repository": "acme/web"}'
    answer = await server.client.post("/webhooks/ci", data=body, headers={"X-Hub-Signature-256": signature(body, "")})

    assert answer.status == 404
    assert "CI_WEBHOOK_SECRET" in await answer.text()
