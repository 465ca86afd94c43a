"""Lists of tags as registries really page them, and lists too long for one look."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import aiohttp
import pytest
from aiohttp import web

from bot.core.values.artifacts import Missing, Tags, Unanswered
from bot.registries.limits import Limits
from tests.registries.kit import IMAGE, LIMITS, NOW, Clock, client, serving

LIST = "/v2/acme/web/tags/list"
UNKNOWN = {"errors": [{"code": "NAME_UNKNOWN", "message": "repository name not known to registry"}]}


def numbered(count: int) -> list[str]:
    return [f"v{number:06}" for number in range(count)]


@dataclass(slots=True)
class Paged:
    """Sorted tags, page by page. page: the most that it sends; link: what it writes into a page's Link, if anything.

    before: called before each page, with the number of the request; what it returns is the answer instead. hangs: requests
    that are not answered in time.
    """

    tags: list[str]
    page: int = 1000
    link: Callable[[str], str] | None = lambda query: f"<{LIST}?{query}>"
    before: Callable[[int], web.Response | None] = lambda _: None
    slow: float = 0.0
    hangs: frozenset[int] = frozenset()
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.query_string)
        instead = self.before(len(self.asked))
        await asyncio.sleep(5 if len(self.asked) in self.hangs else self.slow)
        if instead is not None:
            return instead
        size = min(int(request.query.get("n", len(self.tags))), self.page)
        rest = [tag for tag in self.tags if tag > request.query.get("last", "")]
        headers = {}
        if self.link is not None and len(rest) > size:
            headers["Link"] = f'{self.link(f"last={rest[size - 1]}&n={size}")}; rel="next"'
        return web.json_response({"tags": rest[:size]}, headers=headers)

    def serve(self) -> web.RouteDef:
        return web.get(LIST, self.answer)


@pytest.mark.parametrize(
    "link",
    [
        pytest.param(lambda query: f"</v2/web/tags/list?{query}>", id="without the repository's first part"),
        pytest.param(lambda query: f"</artifactory/api/docker/v2/acme/web/tags/list?{query}>", id="below another path"),
        pytest.param(lambda query: f"<http://10.0.0.7:8081{LIST}?{query}>", id="at the address behind a proxy"),
        pytest.param(lambda query: f"<?{query}>", id="the query alone"),
    ],
)
async def test_a_next_link_with_a_wrong_path_leads_to_the_next_page(
    link: Callable[[str], str], session: aiohttp.ClientSession
) -> None:
    """Artifactory's next link loses the repository (renovate#15080)."""
    paged = Paged(numbered(25), page=10, link=link)
    async with serving(paged.serve()) as url:
        assert await client(session, url).tags(IMAGE) == Tags(IMAGE, tuple(numbered(25)))
    assert len(paged.asked) == 3


@pytest.mark.parametrize("count", [1502, 2000, 1000, 999])
async def test_a_full_page_without_a_link_is_not_the_end(count: int, session: aiohttp.ClientSession) -> None:
    """Nexus honours `n` and sends no link: 1,000 of 1,502 tags (renovate#18447)."""
    paged = Paged(numbered(count), page=5000, link=None)
    async with serving(paged.serve()) as url:
        assert await client(session, url).tags(IMAGE) == Tags(IMAGE, tuple(numbered(count)))
    assert len(paged.asked) == count // 1000 + 1


@pytest.mark.parametrize("count", [1502, 1000])
async def test_a_registry_that_ignores_last_is_asked_for_everything_at_once(
    count: int, session: aiohttp.ClientSession
) -> None:
    asked = []

    async def page(request: web.Request) -> web.Response:
        asked.append(request.query_string)
        return web.json_response({"tags": numbered(count)[: int(request.query.get("n", count))]})

    async with serving(web.get(LIST, page)) as url:
        assert await client(session, url).tags(IMAGE) == Tags(IMAGE, tuple(numbered(count)))
    assert asked == ["n=1000", "n=1000&last=v000999", ""]


async def test_a_full_page_in_no_order_cannot_be_continued_from_its_last_tag(session: aiohttp.ClientSession) -> None:
    tags = numbered(1502)[::-1]
    asked = []

    async def page(request: web.Request) -> web.Response:
        asked.append(request.query_string)
        return web.json_response({"tags": tags[: int(request.query.get("n", 5000))]})

    async with serving(web.get(LIST, page)) as url:
        found = await client(session, url).tags(IMAGE)
    assert isinstance(found, Tags)
    assert sorted(found.tags) == numbered(1502)
    assert asked == ["n=1000", ""]


@pytest.mark.parametrize(
    ("status", "body"), [(404, UNKNOWN), (404, {}), (500, {}), (400, UNKNOWN), (403, UNKNOWN)], ids=str
)
async def test_a_failed_page_says_nothing_about_the_image(
    status: int, body: dict[str, object], session: aiohttp.ClientSession
) -> None:
    """Neither that it is absent (renovate#15080), nor that the tags so far are all."""

    def third(number: int) -> web.Response | None:
        return web.json_response(body, status=status) if number == 3 else None

    paged = Paged(numbered(25), page=10, before=third)
    async with serving(paged.serve()) as url:
        asked = client(session, url)
        found = await asked.tags(IMAGE)
        assert isinstance(found, Unanswered)
        assert f"answered {status}" in found.reason
        # And the next look gets them all.
        assert await asked.tags(IMAGE) == Tags(IMAGE, tuple(numbered(25)))


async def test_only_the_first_page_can_say_that_there_is_no_such_image(session: aiohttp.ClientSession) -> None:
    paged = Paged([], before=lambda _: web.json_response(UNKNOWN, status=404))
    async with serving(paged.serve()) as url:
        assert await client(session, url).tags(IMAGE) == Missing(IMAGE, None)


async def test_an_expired_page_token_is_given_up(session: aiohttp.ClientSession) -> None:
    """Page tokens do not last for ever: after three refusals, the list is read from its beginning."""

    def expired(number: int) -> web.Response | None:
        return web.json_response(UNKNOWN, status=400) if 3 <= number <= 5 else None

    paged = Paged(numbered(25), page=10, before=expired)
    async with serving(paged.serve()) as url:
        asked = client(session, url)
        for read in (20, 20, 0):
            found = await asked.tags(IMAGE)
            assert isinstance(found, Unanswered)
            assert found.read == read
        assert await asked.tags(IMAGE) == Tags(IMAGE, tuple(numbered(25)))
    assert paged.asked[5] == "n=1000"


async def test_a_list_begun_an_hour_ago_is_begun_anew(session: aiohttp.ClientSession, clock: Clock) -> None:
    paged = Paged(numbered(25), page=10, before=lambda number: web.Response(status=500) if number == 3 else None)
    async with serving(paged.serve()) as url:
        asked = client(session, url, clock=clock)
        assert isinstance(await asked.tags(IMAGE), Unanswered)
        clock.advance(minutes=61)
        assert isinstance(await asked.tags(IMAGE), Tags)
    assert paged.asked[3] == "n=1000"


async def test_the_next_look_goes_on_where_the_last_one_stopped(session: aiohttp.ClientSession) -> None:
    """12,000 tags at 100 a page and 0.6 s each (argocd-image-updater#108), a thousand times faster."""
    paged = Paged(numbered(295), page=10, slow=0.03)
    async with serving(paged.serve()) as url:
        asked = client(session, url, limits=replace(LIMITS, deadline=0.4))
        read = 0
        for _look in range(30):
            found = await asked.tags(IMAGE)
            if isinstance(found, Tags):
                break
            assert isinstance(found, Unanswered)
            assert (
                f"{found.read:,} tags of `{IMAGE}` were read within 0.4 seconds (`REGISTRY_DEADLINE`)" in found.reason
            )
            assert found.read > read, "each look gets further"
            read = found.read
        assert found == Tags(IMAGE, tuple(numbered(295)))
        assert read > 0
        assert len(set(paged.asked)) == 30
        # What was whole counts while it is read again, with what is new.
        paged.tags.insert(0, "new")
        paged.tags.sort()
        again = await asked.tags(IMAGE)
        assert isinstance(again, Tags)
        assert set(again.tags) >= set(numbered(295))


async def test_a_whole_list_counts_for_an_hour(session: aiohttp.ClientSession, clock: Clock) -> None:
    paged = Paged(numbered(25), page=10, hangs=frozenset({3, 5, 6, 7}))
    async with serving(paged.serve()) as url:
        asked = client(session, url, clock=clock, limits=replace(LIMITS, deadline=0.5))
        assert isinstance(await asked.tags(IMAGE), Unanswered)
        whole = Tags(IMAGE, tuple(numbered(25)))
        assert await asked.tags(IMAGE) == whole
        clock.advance(minutes=60)
        assert await asked.tags(IMAGE) == whole, "it is read again, and was read to its end an hour ago"
        clock.advance(seconds=1)
        assert isinstance(await asked.tags(IMAGE), Unanswered)


async def test_two_hundred_thousand_tags_and_more(session: aiohttp.ClientSession) -> None:
    """202,169 tags (arcane#3968): the limit is a setting, and the message names it."""
    tags = [f"v{number}" for number in range(202_169)]

    async def page(request: web.Request) -> web.Response:
        start = int(request.query.get("after", "0"))
        link = {"Link": f'<{LIST}?after={start + 1000}>; rel="next"'} if start + 1000 < len(tags) else {}
        return web.json_response({"tags": tags[start : start + 1000]}, headers=link)

    async with serving(web.get(LIST, page)) as url:
        found = await client(session, url, limits=replace(LIMITS, deadline=60)).tags(IMAGE)
        assert found == Unanswered(
            IMAGE,
            f"`{IMAGE}` has more than 200,000 tags; raise `REGISTRY_MAX_TAGS`, or delete tags that nobody needs",
            NOW.replace(hour=10),
        )
        raised = replace(LIMITS, deadline=60, tags=300_000)
        assert await client(session, url, limits=raised).tags(IMAGE) == Tags(IMAGE, tuple(tags))


async def test_a_list_that_is_too_long_is_left_alone_for_an_hour(session: aiohttp.ClientSession, clock: Clock) -> None:
    paged = Paged(numbered(25), page=10)
    async with serving(paged.serve()) as url:
        asked = client(session, url, clock=clock, limits=replace(LIMITS, tags=20))
        for _ in range(2):
            found = await asked.tags(IMAGE)
            assert isinstance(found, Unanswered)
            assert "has more than 20 tags; raise `REGISTRY_MAX_TAGS`" in found.reason
            assert found.again_at is not None
        assert len(paged.asked) == 3
        clock.advance(hours=1)
        del paged.tags[20:]
        assert await asked.tags(IMAGE) == Tags(IMAGE, tuple(numbered(20)))


async def test_empty_pages_are_turned_over(session: aiohttp.ClientSession) -> None:
    async def page(request: web.Request) -> web.Response:
        number = int(request.query.get("page", "0"))
        link = {"Link": f'<{LIST}?page={number + 1}>; rel="next"'} if number < 20 else {}
        return web.json_response({"tags": [f"v{number}"] if number % 10 == 0 else None}, headers=link)

    async with serving(web.get(LIST, page)) as url:
        assert await client(session, url).tags(IMAGE) == Tags(IMAGE, ("v0", "v10", "v20"))


async def test_memory_between_looks_is_bounded(session: aiohttp.ClientSession) -> None:
    """Lists that are half read hold no more than two of the longest that are allowed."""

    async def page(request: web.Request) -> web.Response:
        if "last" in request.query:
            return web.Response(status=500)
        return web.json_response({"tags": numbered(8)}, headers={"Link": f"<{request.path}?last=1>; rel=next"})

    async with serving(web.get("/v2/{name:.+}/tags/list", page)) as url:
        asked = client(session, url, limits=replace(LIMITS, tags=10))
        for number in range(20):
            assert isinstance(await asked.tags(f"ghcr.io/acme/web{number}"), Unanswered)
        kept = asked._lists._unfinished
        assert kept.currsize <= 22
        assert len(kept) == 2


async def test_tags_that_no_manifest_could_name_are_left_out(session: aiohttp.ClientSession) -> None:
    tags = ["v1", "", "a b", "-x", "v1\n", "@evil", "x" * 129]
    async with serving(Paged(tags).serve()) as url:
        assert await client(session, url).tags(IMAGE) == Tags(IMAGE, ("v1",))


def test_limits_that_people_meet_have_settings() -> None:
    assert (Limits().tags, Limits().request, Limits().deadline, Limits().parallel) == (200_000, 15.0, 60.0, 4)
