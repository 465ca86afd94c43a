"""The loop of the simulation: time, order, processes and connections."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest
from aiohttp import ClientConnectionError, ClientSession, web

from tests.simulation.loop import Process, SimulatedLoop


@pytest.fixture
def loop() -> Iterator[SimulatedLoop]:
    """A loop that is taken apart afterwards."""
    made = SimulatedLoop(1)
    yield made
    made.end()


def test_hours_pass_at_once_and_in_order(loop: SimulatedLoop) -> None:
    heard: list[float] = []

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds)
        heard.append(loop.time())

    async def main() -> None:
        await asyncio.gather(wait(7200), wait(3600), wait(0.5))

    loop.run_until_complete(main())
    assert heard == [0.5, 3600, 7200]


def test_the_seed_chooses_the_order_of_what_is_ready() -> None:
    async def main(order: list[int]) -> None:
        async def one(number: int) -> None:
            order.append(number)

        await asyncio.gather(*(one(number) for number in range(6)))

    def run(seed: int) -> list[int]:
        loop, order = SimulatedLoop(seed), list[int]()
        loop.run_until_complete(main(order))
        loop.end()
        return order

    assert run(1) == run(1)
    assert len({tuple(run(seed)) for seed in range(20)}) > 10


def test_a_killed_process_runs_nothing_more_not_even_finally(loop: SimulatedLoop) -> None:
    heard: list[str] = []
    process = Process("victim")

    async def victim() -> None:
        try:
            for number in itertools.count():
                heard.append(str(number))
                await asyncio.sleep(1)
        finally:
            heard.append("finally")

    async def main() -> None:
        loop.start(process, victim())
        await asyncio.sleep(2.5)
        loop.kill(process)
        await asyncio.sleep(60)

    loop.run_until_complete(main())
    assert heard == ["0", "1", "2"]


def test_a_frozen_process_continues_where_it_stood(loop: SimulatedLoop) -> None:
    heard: list[float] = []
    process = Process("slow")

    async def slow() -> None:
        while True:
            heard.append(loop.time())
            await asyncio.sleep(1)

    async def main() -> None:
        loop.start(process, slow())
        await asyncio.sleep(1.5)
        loop.freeze(process, 10)
        await asyncio.sleep(12)
        loop.kill(process)

    loop.run_until_complete(main())
    assert heard[:3] == [0, 1, 11.5]


async def _serve(seconds: float) -> web.AppRunner:
    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        return web.Response(text="x" * 1_000_000)

    application = web.Application()
    application.add_routes([web.get("/", answer)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 8080).start()
    return runner


def test_http_runs_over_connections_in_memory(loop: SimulatedLoop) -> None:
    async def main() -> int:
        runner = await _serve(0)
        async with ClientSession() as session, session.get("http://127.0.0.1:8080/") as answer:
            size = len(await answer.text())
        await runner.cleanup()
        return size

    assert loop.run_until_complete(main()) == 1_000_000


def test_whoever_talks_to_a_killed_process_sees_a_reset(loop: SimulatedLoop) -> None:
    process = Process("server")

    async def server() -> None:
        await _serve(10)
        await asyncio.Event().wait()

    async def main() -> None:
        loop.start(process, server())
        await asyncio.sleep(1)
        async with ClientSession() as session:
            asking = asyncio.ensure_future(session.get("http://127.0.0.1:8080/"))
            await asyncio.sleep(1)
            loop.kill(process)
            with pytest.raises(ClientConnectionError):
                await asking
            with pytest.raises(ClientConnectionError):
                await session.get("http://127.0.0.1:8080/")

    loop.run_until_complete(main())


def test_a_crash_comes_between_two_steps(loop: SimulatedLoop) -> None:
    heard: list[int] = []

    async def main() -> None:
        loop.at_step(loop.steps + 5, lambda: heard.append(loop.steps))
        for _ in range(10):
            await asyncio.sleep(0)

    loop.run_until_complete(main())
    assert heard == [6]
