"""All of GitHub's example payloads go through the bot's own receiver, as the demo's stage runs it."""

import hashlib
import hmac

import aiohttp
import pytest

from bot.cli.demo.stage import WEBHOOK_SECRET
from tests.contract.examples import EXPECTED, examples
from tests.scenarios.world import a_world

pytestmark = pytest.mark.contract


async def test_every_example_is_accepted() -> None:
    """Signed and sent as GitHub would: none is refused, none breaks a pass, and the bot writes nothing for any of them."""
    async with a_world() as world, aiohttp.ClientSession() as session:
        answers: dict[str, int] = {}
        for number, example in enumerate(examples()):
            signature = hmac.new(WEBHOOK_SECRET.encode(), example.body, hashlib.sha256).hexdigest()
            headers = {
                "Content-Type": "application/json",
                "X-GitHub-Event": example.event,
                "X-GitHub-Delivery": f"example-{number}",
                "X-Hub-Signature-256": f"sha256={signature}",
            }
            url = f"{world.stage.service.url}/webhooks/github"
            async with session.post(url, data=example.body, headers=headers) as answer:
                answers[example.name] = answer.status

        assert len(answers) == EXPECTED
        assert {name: status for name, status in answers.items() if status != 202} == {}
        await world.stage.settle()
        rows = await world.stage.service.queue.snapshot()
        assert [row.last_error for row in rows if row.last_error] == []
