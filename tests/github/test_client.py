"""Failures between the bot and GitHub: sorted, with the time to come back, never retried blindly, without secrets."""

import logging
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientTimeout

from bot.core.needs.application import Needs
from bot.core.values.errors import Temporary
from bot.core.values.permit import PRIORITY, Priority
from bot.github.client import Roots, below, roots
from bot.github.errors import Refused, TooMuch, complaint, redact
from bot.github.facade import GitHub
from bot.simulator.github.access.auth import TokenFormat
from bot.simulator.github.traffic.faults import Answer, Moment, Slow, Which
from tests.github.conftest import REPOSITORY, Bench, runtime_of
from tests.simulator.http_world import key_pair

OBSERVE = Which(operation="Observe")


@pytest.mark.parametrize(
    ("api", "graphql", "expected"),
    [
        ("https://api.github.com", None, Roots("https://api.github.com", "https://api.github.com/graphql")),
        ("https://api.github.com/", None, Roots("https://api.github.com", "https://api.github.com/graphql")),
        ("https://ghe.x/api/v3", None, Roots("https://ghe.x/api/v3", "https://ghe.x/api/graphql")),
        ("https://ghe.x:8443/api/v3/", None, Roots("https://ghe.x:8443/api/v3", "https://ghe.x:8443/api/graphql")),
        ("https://api.acme.ghe.com", None, Roots("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql")),
        ("http://proxy/gh", "http://elsewhere/q", Roots("http://proxy/gh", "http://elsewhere/q")),
    ],
)
def test_graphqls_address_follows_from_rests(api: str, graphql: str | None, expected: Roots) -> None:
    assert roots(api, graphql) == expected


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ("https://api.github.com/", True),
        ("https://api.acme.ghe.com", True),
        ("https://ghe.com.acme.example/api/v3", False),
        ("https://ghe.x/api/v3", False),
        ("http://127.0.0.1:8080", False),
    ],
)
def test_which_githubs_sign_every_commit_of_an_app(api: str, expected: bool) -> None:  # noqa: FBT001
    assert roots(api).is_githubs_own is expected


def test_paths_are_quoted() -> None:
    assert below("acme/web", "git", "trees", "a/b?c") == "/repos/acme/web/git/trees/a%2Fb%3Fc"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token ghs_16C7e42F292c6912E7710c838347Ae178B4a is bad", "token *** is bad"),
        ("ghs_4711_eyJhbGciOi.eyJpc3MiOi-x_y.Sig-na_ture!", "***!"),
        ("Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0NzExIn0.c2lnbmF0dXJl", "Bearer ***"),
        ("v1.1f699f1069f60xxx is too short to be one", "v1.1f699f1069f60xxx is too short to be one"),
        ("v1." + "a1" * 20, "***"),
        ("github_pat_11AAAAAAA0_abc and ghp_abc", "*** and ***"),
        ("nothing here: v1.5.0", "nothing here: v1.5.0"),
    ],
)
def test_secrets_are_redacted(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        ({"type": "STALE_DATA", "path": ["m0"], "message": "Expected"}, "STALE_DATA", "m0: Expected"),
        ({"extensions": {"code": "undefinedField"}, "message": "No such field"}, "UNDEFINEDFIELD", "No such field"),
        ({"message": "Something went wrong with ghs_abc", "path": None}, "", "Something went wrong with ***"),
        ({}, "", "no message"),
    ],
)
def test_graphql_errors_are_parsed_in_every_shape(error: dict[str, object], kind: str, said: str) -> None:
    found = complaint(error)

    assert (found.kind, str(found)) == (kind, said)


class TestLimits:
    """https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""

    async def test_primary_limit_of_graphql(self, bench: Bench) -> None:
        await bench.observe()
        until = bench.world.github.now().replace(microsecond=0) + timedelta(minutes=20)
        bench.world.running.faults.exhaust("graphql", until=until)

        with pytest.raises(Temporary) as caught:
            await bench.observe()

        assert caught.value.again_at == until

    @pytest.mark.parametrize(
        ("used", "priority", "goes_ahead"),
        [
            (4_400, Priority.SWEEP, True),
            (4_600, Priority.SWEEP, False),
            (4_600, Priority.EVENT, True),
            (4_800, Priority.EVENT, False),
            (4_900, Priority.PEOPLE, True),
        ],
    )
    async def test_the_rest_of_an_hour_is_kept_for_people(
        self, bench: Bench, *, used: int, priority: Priority, goes_ahead: bool
    ) -> None:
        PRIORITY.set(Priority.PEOPLE)
        await bench.observe()
        for (_, resource), window in bench.world.running.limits._windows.items():
            window.used = used if resource == "graphql" else window.used
        await bench.observe()
        bench.forget()
        PRIORITY.set(priority)

        if goes_ahead:
            await bench.observe()
            return
        with pytest.raises(Temporary, match=r"of 5000 requests or points are left .* kept for people") as caught:
            await bench.observe()
        assert bench.asked() == []
        assert caught.value.again_at is not None
        bench.world.github.clock.set(caught.value.again_at)
        await bench.observe()

    async def test_primary_limit_of_rest(self, bench: Bench) -> None:
        until = bench.world.github.now().replace(microsecond=0) + timedelta(minutes=20)
        bench.world.running.faults.exhaust("core", until=until)

        with pytest.raises(Temporary) as caught:
            await bench.github.repositories()

        assert caught.value.again_at == until

    @pytest.mark.parametrize(("retry_after", "seconds"), [(90, 90), (None, 60)])
    async def test_secondary_limit(self, bench: Bench, retry_after: int | None, seconds: int) -> None:
        await bench.observe()
        bench.world.running.faults.secondary_limit(retry_after=retry_after, which=OBSERVE)

        with pytest.raises(Temporary, match="secondary rate limit") as caught:
            await bench.observe()

        assert caught.value.again_at == bench.world.github.now() + timedelta(seconds=seconds)

    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ({}, timedelta(minutes=1)),
            (
                {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795000000"},
                datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC),
            ),
        ],
    )
    async def test_limit_with_http_status_200(
        self, bench: Bench, headers: dict[str, str], expected: datetime | timedelta
    ) -> None:
        await bench.observe()
        body = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for installation ID 1."}]}
        bench.world.running.faults.next_requests(Answer(200, body, headers), which=OBSERVE)

        with pytest.raises(Temporary, match="GitHub's rate limit is reached: API rate limit exceeded") as caught:
            await bench.observe()

        wanted = expected if isinstance(expected, datetime) else bench.world.github.now() + expected
        assert caught.value.again_at == wanted

    async def test_resource_limit(self, bench: Bench) -> None:
        await bench.observe()
        bench.world.running.faults.resource_limits(("repository", "state"), which=OBSERVE)

        with pytest.raises(TooMuch):
            await bench.observe(environments=())


class TestFailures:
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    async def test_a_server_error_is_temporary_and_not_retried(self, bench: Bench, status: int) -> None:
        await bench.observe()
        bench.forget()
        bench.world.running.faults.fail(status, which=OBSERVE)

        with pytest.raises(Refused, match=f"observe: GitHub answered {status}") as caught:
            await bench.observe()

        assert caught.value.again_at is None
        assert bench.asked() == ["POST /graphql"]

    async def test_a_proxys_error_page(self, bench: Bench) -> None:
        await bench.observe()
        bench.world.running.faults.bad_gateway(which=OBSERVE)

        with pytest.raises(Temporary, match="GitHub answered 502"):
            await bench.observe()

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(200, "<html>", {"Content-Type": "application/json"}),
            Answer(200, "<html>", {"Content-Type": "text/html"}),
            Answer(200, {"neither": 1}),
        ],
    )
    async def test_an_unreadable_answer(self, bench: Bench, answer: Answer) -> None:
        await bench.observe()
        bench.world.running.faults.next_requests(answer, which=OBSERVE)

        with pytest.raises(Temporary, match="observe: "):
            await bench.observe()

    async def test_a_dropped_connection(self, bench: Bench) -> None:
        await bench.observe()
        bench.forget()
        bench.world.running.faults.hang_up(Moment.BEFORE, which=OBSERVE)

        with pytest.raises(Temporary, match="observe: no answer from GitHub"):
            await bench.observe()

        assert bench.asked() == ["POST /graphql"]

    async def test_a_refused_connection(self, bench: Bench) -> None:
        adapter = GitHub(
            bench.world.session,
            app_id=1,
            private_key=key_pair()[0],
            runtime=runtime_of(bench.world),
            api_url="http://127.0.0.1:1",
        )

        with pytest.raises(Temporary, match="no answer from GitHub"):
            await adapter.app()

    async def test_a_timeout(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        await bench.observe()
        monkeypatch.setattr("bot.github.client.client.TIMEOUT", ClientTimeout(total=0.05))
        bench.world.running.faults.next_requests(Slow(0.5), which=OBSERVE)

        with pytest.raises(Temporary, match="observe: GitHub did not answer in time"):
            await bench.observe()

    async def test_unexplained_holes_are_not_read_as_values(self, bench: Bench) -> None:
        await bench.observe()
        body = {
            "data": {"repository": None},
            "errors": [{"message": "Something went wrong while executing your query.", "path": ["repository", "p0"]}],
        }
        bench.world.running.faults.next_requests(Answer(200, body), which=OBSERVE)

        with pytest.raises(Temporary, match=r"could not show everything: repository\.p0: Something went wrong"):
            await bench.observe(people=frozenset({"mona"}))


class TestTokens:
    async def test_a_refused_token_is_replaced_once(self, bench: Bench) -> None:
        await bench.observe()
        credential = await bench.github.tokens.working_on(REPOSITORY)
        bench.world.running.tokens.revoke(await credential.token())
        bench.forget()

        await bench.observe()

        assert [one for one in bench.asked() if one != "POST /graphql"] == [
            f"POST /app/installations/{bench.world.installation.id}/access_tokens"
        ]
        assert bench.asked().count("POST /graphql") == 2

    async def test_a_second_refusal_is_final(self, bench: Bench) -> None:
        await bench.observe()
        bench.world.running.faults.fail(401, count=2, message="Bad credentials", which=OBSERVE)

        with pytest.raises(Refused, match="GitHub answered 401: Bad credentials"):
            await bench.observe()

    async def test_a_refused_jwt_is_reported_in_githubs_words(self, bench: Bench) -> None:
        now = bench.world.github.now
        bench.world.running.faults.fail(
            401, count=2, message="'Expiration time' claim ('exp') is too far in the future", which=Which(path="/app")
        )

        with pytest.raises(Refused, match="too far in the future"):
            await bench.github.app()

        assert now() == bench.world.github.now()

    @pytest.mark.parametrize("form", list(TokenFormat))
    async def test_no_token_reaches_a_log_or_an_error(
        self, bench: Bench, form: TokenFormat, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        bench.world.running.tokens.token_format = form
        await bench.observe()
        credential = await bench.github.tokens.working_on(REPOSITORY)
        secrets = [await credential.token(), await bench.github.tokens.app_credential.token(), key_pair()[0]]
        faults = bench.world.running.faults
        faults.fail(502, message=f"upstream saw {secrets[0]}", which=OBSERVE)
        faults.fail(422, message=f"no {secrets[1]}", which=OBSERVE)
        faults.hang_up(Moment.BEFORE, which=OBSERVE)
        faults.next_requests(Answer(200, f"not JSON {secrets[0]}", {"Content-Type": "application/json"}), which=OBSERVE)
        faults.next_requests(Answer(200, {"errors": [{"message": f"saw {secrets[0]}"}]}), which=OBSERVE)

        texts = [
            repr(credential),
            repr(bench.github.tokens),
            repr(await bench.github.tokens.grant(credential)),
            caplog.text,
        ]
        for _ in range(5):
            with pytest.raises(Temporary) as caught:
                await bench.observe()
            texts.append("".join(traceback.format_exception(caught.value)))

        assert not [secret for secret in secrets for text in texts if secret in text]


async def test_an_unchanged_answer_costs_no_limit(bench: Bench) -> None:
    await bench.github.repositories()
    bench.forget()

    again = await bench.github.repositories()

    assert again == (REPOSITORY,)
    assert [one.status for one in bench.world.running.log] == [304, 304]


async def test_another_host_gets_no_token(bench: Bench) -> None:
    headers = {"Link": '<https://evil.example/app/installations?page=2>; rel="next"'}
    which = Which(path="/app/installations")
    bench.world.running.faults.next_requests(
        Answer(200, "[]", {**headers, "Content-Type": "application/json"}), which=which
    )

    with pytest.raises(Temporary, match="points to another host"):
        await bench.github.repositories()


async def test_a_renamed_repository_is_found_at_its_new_address(bench: Bench) -> None:
    answer = Answer(301, {"message": "Moved Permanently"}, {"Location": "/api/v3/repos/acme/manifests/installation"})
    bench.world.running.faults.next_requests(answer, which=Which(path="/repos/acme/old/installation"))

    found = await bench.github.tokens.installation("acme/old")

    assert found is not None
    assert found.id == bench.world.installation.id


async def test_requests_and_points_are_counted_by_operation(bench: Bench) -> None:
    await bench.open()
    await bench.github.observe(Needs(REPOSITORY, "web"))

    counted = bench.github.client.requests
    assert (counted["observe"], counted["open"]) == (3, 1)
    assert bench.github.client.points["observe"] >= 3
    assert sum(counted.values()) == len(bench.world.running.log)
