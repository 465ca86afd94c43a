"""A host that hangs costs one timeout, once, and costs nobody else anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.core.values.artifacts import Artifact, Tags, Unanswered
from bot.core.values.errors import Temporary
from bot.registries.breakers import FIRST_PAUSE, LONGEST_PAUSE, Breakers, Busy, NoAnswer, Paused
from bot.registries.hosts import Hosts
from bot.registries.keychain import Keychain
from bot.registries.oci import Registries
from bot.simulator.registry import Registry
from tests.registries.kit import IMAGE, LIMITS, NOW, Clock, authority_of, client, serving

IMPATIENT = replace(LIMITS, request=0.3)


@asynccontextmanager
async def hanging() -> AsyncIterator[tuple[str, list[asyncio.StreamWriter]]]:
    """A host that accepts connections and never answers; with the connections that it has accepted."""
    accepted: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", accepted
        for writer in accepted:
            writer.close()


async def test_one_silent_registry_and_sixty_applications(session: aiohttp.ClientSession, clock: Clock) -> None:
    """As many as may ask at once wait for one timeout; all others are answered at once, with since when and until when."""
    async with hanging() as (url, accepted):
        asked = client(session, url, clock=clock, limits=replace(IMPATIENT, parallel=4))
        started = asyncio.get_running_loop().time()
        found = await asyncio.gather(*(asked.tags(f"ghcr.io/acme/app-{number}") for number in range(60)))
        assert asyncio.get_running_loop().time() - started < 1.5, "sixty timeouts in a row would be 4.5 seconds"
        host = authority_of(url)
        reasons = {each.reason for each in found if isinstance(each, Unanswered)}
        assert reasons == {
            f"`{host}` did not answer within 0.3 seconds (`REGISTRY_TIMEOUT`)",
            f"`{host}` has not answered since 09:00:00 UTC; trying again at 09:00:15 UTC",
        }
        assert {each.again_at for each in found if isinstance(each, Unanswered)} == {NOW + FIRST_PAUSE}
        assert len(accepted) == 4
        await asked.artifact(IMAGE, "v1")
        assert len(accepted) == 4, "nobody is asked during the pause"


async def test_a_silent_registry_does_not_delay_others(session: aiohttp.ClientSession, clock: Clock) -> None:
    registry = Registry(now=clock.now)
    registry.push_image("acme/web", "v1")
    async with hanging() as (url, _), registry.serve() as other:
        hosts = Hosts(allow=frozenset({"ghcr.io", "quay.io"}), overrides={"ghcr.io": url, "quay.io": other})
        asked = Registries(session, hosts=hosts, keychain=Keychain(None), runtime=clock.runtime(), limits=LIMITS)
        silent = [asyncio.create_task(asked.tags(f"ghcr.io/acme/app-{number}")) for number in range(20)]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(2):
            assert await asked.tags("quay.io/acme/web") == Tags("quay.io/acme/web", ("v1",))
            assert isinstance(await asked.artifact("quay.io/acme/web", "v1"), Artifact)
        assert not any(each.done() for each in silent)
        for each in silent:
            each.cancel()
        await asyncio.gather(*silent, return_exceptions=True)


async def test_one_question_goes_through_after_the_pause(session: aiohttp.ClientSession, clock: Clock) -> None:
    """If it is answered, all may ask again; if not, the pause doubles."""
    registry = Registry(now=clock.now)
    registry.push_image("acme/web", "v1")
    silent = True

    async def sometimes(request: web.Request) -> web.StreamResponse:
        if silent:
            seen.append(request.path)
            await asyncio.sleep(5)
        return web.json_response({"tags": ["v1"]})

    seen: list[str] = []
    async with serving(web.get("/v2/acme/{name}/tags/list", sometimes)) as url:
        asked = client(session, url, clock=clock, limits=IMPATIENT)
        pauses = []
        for _ in range(8):
            found = await asyncio.gather(*(asked.tags(f"ghcr.io/acme/app-{number}") for number in range(3)))
            again_at = max(each.again_at for each in found if isinstance(each, Unanswered) and each.again_at)
            pauses.append((again_at - clock.now()).total_seconds())
            clock.advance(seconds=pauses[-1])
        assert pauses == [15, 30, 60, 120, 240, 480, 600, 600]
        assert len(seen) == 3 + 7, "the first three were on their way together; then one at a time"
        silent = False
        clock.advance(seconds=600)
        assert isinstance(await asked.tags(IMAGE), Tags)
        assert isinstance(await asked.tags(IMAGE), Tags)


async def test_a_hanging_token_service_costs_one_timeout(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with hanging() as (silent, accepted):

        async def challenge(_: web.Request) -> web.Response:
            return web.Response(status=401, headers={"WWW-Authenticate": f'Bearer realm="{silent}/token"'})

        async with serving(web.get("/v2/acme/{name}/tags/list", challenge)) as url:
            allow = frozenset({"ghcr.io", authority_of(silent)})
            asked = client(session, url, clock=clock, limits=IMPATIENT, allow=allow)
            started = asyncio.get_running_loop().time()
            found = await asyncio.gather(*(asked.tags(f"ghcr.io/acme/app-{number}") for number in range(12)))
            assert asyncio.get_running_loop().time() - started < 1.5
    assert len(accepted) == 1
    assert all(isinstance(each, Unanswered) and authority_of(silent) in each.reason for each in found)


async def test_a_hanging_credential_helper_costs_one_timeout(
    session: aiohttp.ClientSession, clock: Clock, tmp_path: Path
) -> None:
    script = tmp_path / "docker-credential-slow"
    script.write_text("#!/bin/sh\nexec sleep 60\n")
    script.chmod(0o755)
    (tmp_path / "config.json").write_text('{"credsStore": "slow"}')
    keychain = Keychain(tmp_path / "config.json", search_path=f"{tmp_path}:/usr/bin:/bin", seconds=0.3)

    async def challenge(_: web.Request) -> web.Response:
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="registry"'})

    async with serving(web.get("/v2/acme/{name}/tags/list", challenge)) as url:
        hosts = Hosts(allow=frozenset({"ghcr.io"}), overrides={"ghcr.io": url})
        asked = Registries(session, hosts=hosts, keychain=keychain, runtime=clock.runtime(), limits=LIMITS)
        started = asyncio.get_running_loop().time()
        found = await asyncio.gather(*(asked.tags(f"ghcr.io/acme/app-{number}") for number in range(12)))
        assert asyncio.get_running_loop().time() - started < 2.0
    reasons = [each.reason for each in found if isinstance(each, Unanswered)]
    assert sum("`docker-credential-slow` did not answer within 0.3 seconds" in each for each in reasons) == 1
    assert sum("the credential helper for" in each for each in reasons) == 11


class Asked:
    """What a guarded question meets, in order; how often it was asked."""

    def __init__(self, *outcomes: Temporary | str) -> None:
        self.outcomes = list(outcomes)

    async def __call__(self) -> str:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, str):
            return outcome
        raise outcome


async def test_an_error_is_an_answer(clock: Clock) -> None:
    breakers = Breakers(clock.runtime())
    ask = Asked(Temporary("connection refused"), Temporary("500"), "answer")
    for _ in range(2):
        with pytest.raises(Temporary):
            await breakers.guard("ghcr.io", ask)
    assert await breakers.guard("ghcr.io", ask) == "answer"


@pytest.mark.parametrize("probe", [Temporary("connection refused"), "answer"])
async def test_whatever_answers_the_one_question_ends_the_pause(probe: Temporary | str, clock: Clock) -> None:
    breakers = Breakers(clock.runtime())
    ask = Asked(NoAnswer("silence"), NoAnswer("silence"), probe, NoAnswer("silence"))
    for pause in (FIRST_PAUSE, 2 * FIRST_PAUSE):
        with pytest.raises(NoAnswer) as raised:
            await breakers.guard("ghcr.io", ask)
        assert raised.value.again_at == clock.now() + pause
        clock.advance(seconds=pause.total_seconds())
    if isinstance(probe, str):
        assert await breakers.guard("ghcr.io", ask) == probe
    else:
        with pytest.raises(Temporary, match="connection refused"):
            await breakers.guard("ghcr.io", ask)
    with pytest.raises(NoAnswer) as raised:
        await breakers.guard("ghcr.io", ask)
    assert raised.value.again_at == clock.now() + FIRST_PAUSE, "the pauses begin small again"


async def test_a_question_that_is_cancelled_lets_the_next_one_through(clock: Clock) -> None:
    breakers = Breakers(clock.runtime())
    with pytest.raises(NoAnswer):
        await breakers.guard("ghcr.io", Asked(NoAnswer("silence")))
    clock.advance(seconds=15)

    async def never() -> str:
        await asyncio.sleep(60)
        return "answer"

    probe = asyncio.create_task(breakers.guard("ghcr.io", never))
    await asyncio.sleep(0)
    with pytest.raises(NoAnswer, match="has not answered since 09:00:00 UTC"):
        await breakers.guard("ghcr.io", Asked("while the one question is on its way"))
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    assert await breakers.guard("ghcr.io", Asked("answer")) == "answer"


async def test_what_is_paused_is_told_until_it_answers(session: aiohttp.ClientSession, clock: Clock) -> None:
    async with hanging() as (url, _):
        asked = client(session, url, clock=clock, limits=IMPATIENT)
        assert asked.paused() == ()
        await asked.tags(IMAGE)
        silent = Paused(authority_of(url), "has not answered since 09:00:00 UTC", NOW, NOW + FIRST_PAUSE)
        assert asked.paused() == (silent,)

    breakers = Breakers(clock.runtime())
    for host, failure in (("quay.io", Busy("429")), ("ghcr.io", NoAnswer("silence"))):
        with pytest.raises(type(failure)):
            await breakers.guard(host, Asked(failure))
    assert [(each.host, each.reason) for each in breakers.paused()] == [
        ("ghcr.io", "has not answered since 09:00:00 UTC"),
        ("quay.io", "answered that it is busy"),
    ]
    clock.advance(seconds=FIRST_PAUSE.total_seconds())
    assert len(breakers.paused()) == 2, "only an answer ends a pause"
    await breakers.guard("ghcr.io", Asked("answer"))
    assert [each.host for each in breakers.paused()] == ["quay.io"]


@pytest.mark.parametrize("wanted", [timedelta(seconds=90), None])
async def test_a_busy_host_is_left_alone_as_long_as_it_wants(wanted: timedelta | None, clock: Clock) -> None:
    breakers = Breakers(clock.runtime())
    again_at = NOW + wanted if wanted else None
    with pytest.raises(Busy) as raised:
        await breakers.guard("ghcr.io", Asked(Busy("429", again_at=again_at)))
    until = again_at or NOW + FIRST_PAUSE
    assert raised.value.again_at == until
    with pytest.raises(Busy, match=f"answered that it is busy; trying again at {until:%H:%M:%S} UTC"):
        await breakers.guard("ghcr.io", Asked("answer"))


async def test_pauses_end_at_ten_minutes_and_are_spread(clock: Clock) -> None:
    for chance, share in ((0.0, 0.9), (0.5, 1.0), (0.99, 1.098)):
        breakers = Breakers(replace(clock.runtime(), random=partial(float, chance)))
        for _ in range(30):
            with pytest.raises(NoAnswer) as raised:
                await breakers.guard("ghcr.io", Asked(NoAnswer("silence")))
            assert raised.value.again_at is not None
            pause = raised.value.again_at - clock.now()
            clock.moment = raised.value.again_at
        assert pause.total_seconds() == pytest.approx(LONGEST_PAUSE.total_seconds() * share)
