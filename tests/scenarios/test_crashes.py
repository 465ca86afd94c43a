"""A crashed pass is retried, so only the test world's check shows it."""

from datetime import datetime

import pytest

from tests.scenarios.world import a_world


async def crashing_once() -> None:
    """A scenario in which one pass meets a bug, and the next one does its work."""
    async with a_world() as world:
        runner = world.stage.service.runner
        handle, crashes = runner._handler, ["once"]

        async def handler(key: str, permit: object, /) -> datetime | None:
            if crashes:
                raise KeyError(crashes.pop())
            return await handle(key, permit)  # type: ignore[arg-type]

        runner._handler = handler
        await world.comment(
            "Hello.", by="dana", on=world.stage.manifests.open_issue("A", by=world.stage.person("dana")).number
        )


async def test_a_scenario_fails_when_a_pass_crashes() -> None:
    with pytest.raises(
        AssertionError, match=r"passes crashed, and were tried again: .*acme/manifests failed: KeyError"
    ):
        await crashing_once()
