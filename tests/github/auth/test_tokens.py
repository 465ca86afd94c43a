"""JWTs, installation tokens limited to the work and reused while they are valid, and where the App is installed."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest

from bot.core.values.errors import NotInstalled, Temporary
from bot.github.auth.app import AppCredential
from bot.github.auth.tokens import Tokens
from bot.simulator.github.access.auth import TokenFormat
from bot.simulator.github.model.accounts.apps import Access, RepositorySelection
from bot.simulator.github.traffic.faults import Answer, Moment, Which
from tests.github.conftest import REPOSITORY, Bench, bench_of, runtime_of
from tests.simulator.http_world import key_pair

TOKENS = Which(path="/app/installations/*/access_tokens")


async def test_a_jwt_is_backdated_and_valid_for_at_most_nine_minutes(bench: Bench) -> None:
    credential = AppCredential(4711, key_pair()[0], runtime_of(bench.world))
    now = bench.world.github.now().timestamp()

    claims = jwt.decode(
        await credential.token(),
        key_pair()[1],
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_iat": False},
    )

    assert claims == {"iat": int(now) - 60, "exp": int(now) + 480, "iss": "4711"}


async def test_a_jwt_is_renewed_before_it_expires(bench: Bench) -> None:
    credential = AppCredential(4711, key_pair()[0], runtime_of(bench.world))
    first = await credential.token()
    bench.world.github.clock.advance(timedelta(minutes=6))
    same = await credential.token()
    bench.world.github.clock.advance(timedelta(minutes=2))
    other = await credential.token()

    assert first == same
    assert first != other


async def test_the_refusal_of_an_older_jwt_says_nothing_of_the_present_one(bench: Bench) -> None:
    credential = AppCredential(4711, key_pair()[0], runtime_of(bench.world))
    first = await credential.token()
    bench.world.github.clock.advance(timedelta(minutes=8))
    second = await credential.token()
    bench.world.github.clock.advance(timedelta(seconds=1))

    credential.refused(first)
    assert await credential.token() == second
    credential.refused(second)
    assert await credential.token() != second


@pytest.mark.parametrize("form", list(TokenFormat))
async def test_a_token_covers_only_the_work(bench: Bench, form: TokenFormat) -> None:
    world = bench.world
    world.running.tokens.token_format = form
    web = world.github.create_repository("acme/web", files={"x": "y"}, by=world.octocat)
    world.github.create_repository("acme/secret", files={"x": "y"}, by=world.octocat)

    credential = await bench.github.tokens.working_on(REPOSITORY, source="acme/web")
    caller = world.running.tokens.caller(f"Bearer {await credential.token()}")

    assert caller.repositories == frozenset({world.repository.id, web.id})
    assert caller.permissions["contents"] is Access.WRITE
    assert caller.permissions["statuses"] is Access.READ  # the App may do more than the work needs
    assert "administration" not in caller.permissions


async def test_a_source_that_the_installation_does_not_cover_is_left_out(bench: Bench) -> None:
    world = bench.world
    world.github.select_repositories(world.installation, add=[world.repository])
    world.installation.selection = RepositorySelection.SELECTED
    world.github.create_repository("acme/web", files={"x": "y"}, by=world.octocat)

    credential = await bench.github.tokens.working_on(REPOSITORY, source="acme/web")
    caller = world.running.tokens.caller(f"Bearer {await credential.token()}")

    assert caller.repositories == frozenset({world.repository.id})
    # For both, for the names that they have now, for the manifests repository alone.
    assert bench.world.running.log.count(TOKENS) == 3
    await credential.token()
    assert bench.world.running.log.count(TOKENS) == 3


async def test_a_former_name_gets_a_token_of_the_present_one(bench: Bench) -> None:
    """policy-bot#408: GitHub leads on from a former name, and makes no token of it."""
    world = bench.world
    source = world.github.create_repository("acme/web", files={"x": "y"}, by=world.octocat)
    world.github.rename_repository(world.repository, "deploy", by=world.octocat)
    world.github.rename_repository(source, "site", by=world.octocat)

    credential = await bench.github.tokens.working_on(REPOSITORY, source="acme/web")
    caller = world.running.tokens.caller(f"Bearer {await credential.token()}")

    assert caller.repositories == frozenset({world.repository.id, source.id})


async def test_a_source_that_was_transferred_takes_no_consent_along(bench: Bench) -> None:
    """The server lets acme's policies read globex; what globex gave away belongs to somebody else."""
    world = bench.world
    globex, initech = world.github.organisation("globex"), world.github.organisation("initech")
    initech.add_member(world.octocat)
    for owner in (globex, initech):
        world.github.install(world.app, owner, by=world.octocat)
    source = world.github.create_repository("globex/web", files={"x": "y"}, by=world.octocat)
    tokens = bench.github.tokens
    tokens.sources = frozenset({("acme", "globex")})
    assert await tokens.source_installation(REPOSITORY, "globex/web") is not None

    world.github.transfer_repository(source, initech, by=world.octocat)
    tokens.reconsider()

    assert await tokens.source_installation(REPOSITORY, "globex/web") is None


async def test_what_an_installation_lost_is_looked_up_anew(bench: Bench) -> None:
    """Nothing said so, and what is remembered of it is wrong."""
    world = bench.world
    globex = world.github.organisation("globex")
    globex.add_member(world.octocat)
    await bench.github.tokens.installation(REPOSITORY)
    world.github.transfer_repository(world.repository, globex, by=world.octocat)

    credential = await bench.github.tokens.working_on(REPOSITORY)
    with pytest.raises(Temporary):
        await credential.token()
    with pytest.raises(NotInstalled):
        await bench.github.tokens.working_on(REPOSITORY)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_source_that_is_added_to_the_installation_is_covered(bench: Bench, announced: bool) -> None:  # noqa: FBT001 -- a column
    """At once when a webhook says so, otherwise after ten minutes; an old token would keep its old rights for an hour."""
    world = bench.world
    world.github.select_repositories(world.installation, add=[world.repository])
    world.installation.selection = RepositorySelection.SELECTED
    web = world.github.create_repository("acme/web", files={"x": "y"}, by=world.octocat)
    credential = await bench.github.tokens.working_on(REPOSITORY, source="acme/web")
    old = await credential.token()
    world.github.select_repositories(world.installation, add=[web])

    if announced:
        bench.github.tokens.reconsider()
    else:
        world.github.clock.advance(timedelta(minutes=9))
        assert await credential.token() == old
        world.github.clock.advance(timedelta(minutes=2))
    credential = await bench.github.tokens.working_on(REPOSITORY, source="acme/web")
    new = await credential.token()

    assert new != old
    caller = world.running.tokens.caller(f"Bearer {new}")
    assert caller.repositories == frozenset({world.repository.id, web.id})


async def test_a_permission_that_was_granted_is_used_at_once(bench: Bench) -> None:
    world = bench.world
    world.installation.permissions = {"metadata": Access.READ, "contents": Access.READ}
    credential = await bench.github.tokens.working_on(REPOSITORY)
    await credential.token()
    world.installation.permissions = {"metadata": Access.READ, "contents": Access.WRITE}

    bench.github.tokens.reconsider()
    credential = await bench.github.tokens.working_on(REPOSITORY)

    caller = world.running.tokens.caller(f"Bearer {await credential.token()}")
    assert caller.permissions["contents"] is Access.WRITE


async def test_a_suspended_source_installation_is_not_used(bench: Bench) -> None:
    """The source is unreadable then, and no request is sent for it."""
    world = bench.world
    globex = world.github.organisation("globex")
    globex.add_member(world.octocat)
    world.github.create_repository("globex/web", files={"x": "y"}, by=world.octocat)
    there = world.github.install(world.app, globex, by=world.octocat)
    tokens = bench.github.tokens
    tokens.sources = frozenset({("acme", "globex")})
    assert await tokens.source_installation(REPOSITORY, "globex/web") is not None

    world.github.suspend(there)
    tokens.reconsider()

    assert await tokens.source_installation(REPOSITORY, "globex/web") is None


async def test_a_token_is_reused_until_shortly_before_it_expires(bench: Bench) -> None:
    await bench.observe()
    clock = bench.world.github.clock
    clock.advance(timedelta(minutes=54))
    await bench.observe()
    assert bench.world.running.log.count(TOKENS) == 1
    clock.advance(timedelta(minutes=2))

    await bench.observe()

    assert bench.world.running.log.count(TOKENS) == 2


async def test_concurrent_callers_share_one_request(bench: Bench) -> None:
    await asyncio.gather(*(bench.observe() for _ in range(20)))

    asked = [one for one in bench.asked() if "installation" in one]
    assert sorted(asked) == [
        "GET /repos/acme/manifests/installation",
        f"POST /app/installations/{bench.world.installation.id}/access_tokens",
    ]


async def test_a_cancelled_caller_does_not_cancel_the_request_of_others(bench: Bench) -> None:
    credential = await bench.github.tokens.working_on(REPOSITORY)
    first = asyncio.create_task(credential.token())
    second = asyncio.create_task(credential.token())
    await asyncio.sleep(0)
    first.cancel()

    assert await second
    assert first.cancelled()
    assert bench.world.running.log.count(TOKENS) == 1


async def test_a_failure_reaches_every_caller_and_is_not_cached(bench: Bench) -> None:
    credential = await bench.github.tokens.working_on(REPOSITORY)
    bench.world.running.faults.hang_up(Moment.BEFORE, which=TOKENS)

    answers = await asyncio.gather(*(credential.token() for _ in range(3)), return_exceptions=True)

    assert all(isinstance(answer, Temporary) for answer in answers)
    assert await credential.token()


async def test_a_suspended_installation_is_reported(bench: Bench) -> None:
    bench.world.github.suspend(bench.world.installation)

    with pytest.raises(NotInstalled, match="acme/manifests: the App is suspended there"):
        await bench.observe()


async def test_a_later_installation_is_noticed_after_ten_minutes(bench: Bench) -> None:
    world = bench.world
    globex = world.github.organisation("globex")
    globex.add_member(world.octocat)
    world.github.create_repository("globex/web", files={"x": "y"}, by=world.octocat)
    assert await bench.github.tokens.installation("globex/web") is None
    world.github.install(world.app, globex, by=world.octocat)
    assert await bench.github.tokens.installation("globex/web") is None  # believed for ten minutes
    world.github.clock.advance(timedelta(minutes=11))

    found = await bench.github.tokens.installation("globex/web")

    assert found is not None
    assert found.account == "globex"


async def test_an_announced_installation_is_noticed_at_once(bench: Bench) -> None:
    world = bench.world
    world.github.uninstall(world.installation)
    with pytest.raises(NotInstalled):
        await bench.observe()
    world.github.install(world.app, world.installation.account, by=world.octocat)

    bench.github.tokens.reconsider()

    assert await bench.observe()


async def test_a_removed_installation_is_forgotten(bench: Bench) -> None:
    world = bench.world
    await bench.observe()
    world.github.uninstall(world.installation)
    with pytest.raises(Temporary):
        await bench.observe()
    world.github.install(world.app, world.installation.account, by=world.octocat)

    assert await bench.observe()


async def test_repositories_of_every_installation_are_listed(bench: Bench) -> None:
    world = bench.world
    globex = world.github.organisation("globex")
    globex.add_member(world.octocat)
    world.github.create_repository("globex/web", files={"x": "y"}, by=world.octocat)
    for number in range(101):
        world.github.create_repository(f"acme/many-{number}", by=world.octocat)
    world.github.repository("acme/many-7").archive(by=world.octocat)
    world.github.install(world.app, globex, by=world.octocat)
    gone = world.github.organisation("gone")
    world.github.suspend(world.github.install(world.app, gone, by=world.octocat))

    repositories = await bench.github.repositories()

    assert len(repositories) == 102
    assert {"globex/web", REPOSITORY, "acme/many-100"} <= set(repositories)
    assert "acme/many-7" not in repositories


async def test_a_token_asks_for_no_more_than_was_granted(bench: Bench) -> None:
    world = bench.world
    world.installation.permissions = {"metadata": Access.READ, "contents": Access.READ, "checks": Access.WRITE}

    credential = await bench_of(world).github.tokens.working_on(REPOSITORY)
    caller = world.running.tokens.caller(f"Bearer {await credential.token()}")

    assert dict(caller.permissions) == dict(world.installation.permissions)


async def test_the_app_knows_its_numbers_and_its_name(bench: Bench) -> None:
    app = await bench.github.app()

    assert (app.id, app.slug) == (bench.world.app.id, "gitops-bot")
    assert bench.github.tokens.bot_id is None
    await bench.observe()
    assert bench.github.tokens.bot_id == bench.world.app.bot.id


async def everything_asked(tokens: Tokens) -> None:
    await (await tokens.working_on(REPOSITORY)).token()
    for each in await tokens.installations():
        await tokens.repositories(each)
    await tokens.app()


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/repos/acme/manifests/installation", "installation"),
        ("/app/installations/*/access_tokens", "access_token"),
        ("/app/installations", "installations?"),
        ("/installation/repositories", "repositories"),
        ("/app", "app"),
    ],
)
@pytest.mark.parametrize("body", [{"unexpected": 1}, "<html>A proxy's page</html>", ""])
async def test_an_answer_that_is_not_as_documented_says_so(
    bench: Bench, path: str, operation: str, body: Mapping[str, Any] | str
) -> None:
    """A proxy may answer 200 in GitHub's place. The bot says what was asked, and asks again later."""
    bench.world.running.faults.next_requests(Answer(200, body), which=Which(path=path))
    said = f"^{operation}: GitHub's answer (is not as documented|could not be read)"
    with pytest.raises(Temporary, match=said):
        await everything_asked(bench.github.tokens)
