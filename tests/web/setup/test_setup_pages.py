"""The setup page against those who should not use it, and against a GitHub that says no."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from itertools import count

import aiohttp
import pytest

from bot.core.values.errors import Temporary
from bot.doctor.findings import Finding, good, problem
from bot.github.registration.conversion import ConversionError, Registered, SpentCodeError
from bot.setup.access import Access
from bot.setup.choices import Choices
from bot.setup.flow import Setup
from bot.web.listening import listening
from bot.web.setup.application import SetupParts, Stored, create_setup

FORM = {
    "github": "github.com",
    "account": "organisation",
    "organisation": "acme",
    "name": "acme-gitops",
    "delivery": "pull",
}
SECRET_KEY = "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n"


def registered(**changes: object) -> Registered:
    values: dict[str, object] = {
        "app_id": 7, "slug": "acme-gitops", "name": "acme-gitops", "owner": "acme", "is_organisation": True,
        "html_url": "https://github.com/apps/acme-gitops", "private_key": SECRET_KEY, "webhook_secret": "s" * 40,
    }  # fmt: skip
    return Registered(**{**values, **changes})  # type: ignore[arg-type]


@dataclass
class Server:
    """The page, and the world behind it as the test sets it. codes: those that were exchanged."""

    url: str = ""
    answer: Registered | ConversionError = field(default_factory=registered)
    accounts: Sequence[str] | None = ()
    stored: Stored = field(default_factory=lambda: Stored("Its secrets are kept."))
    codes: list[str] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    access: Access = field(init=False)
    setup: Setup = field(init=False)

    async def convert(self, _: Choices, code: str) -> Registered:
        self.codes.append(code)
        await asyncio.sleep(0)
        if isinstance(self.answer, ConversionError):
            raise self.answer
        return self.answer

    async def installed(self, *_: object) -> tuple[str, ...]:
        if self.accounts is None:
            raise Temporary("GitHub did not answer in time")
        return tuple(self.accounts)

    async def diagnose(self) -> Sequence[Finding]:
        return (
            good("settings", "Fine."),
            problem("clock-off", "<b>5 minutes</b>", "Set it.", link="https://docs.github.com"),
        )


@dataclass
class Browser:
    """A browser with cookies of its own. It says where its forms come from, as browsers do."""

    session: aiohttp.ClientSession
    url: str

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.session.get(f"{self.url}{path}", headers=headers) as answer:
            return answer.status, unescape(await answer.text())

    async def post(self, path: str, form: Mapping[str, str], **headers: str) -> tuple[int, str]:
        sent = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", **headers}
        async with self.session.post(f"{self.url}{path}", data=form, headers=sent) as answer:
            return answer.status, unescape(await answer.text())

    async def begin(self, code: str) -> None:
        assert "Create the GitHub App" in (await self.post("/setup/enter", {"code": code}))[1]

    async def state(self, **changes: str) -> str:
        """Send the form. Returns the state that GitHub would return."""
        status, text = await self.post("/setup/choose", {**FORM, **changes})
        assert status == 200, text
        found = re.search(
            r'action="https://github\.com/organizations/acme/settings/apps/new\?state=([0-9a-f]{64})"', text
        )
        assert found, text
        return found[1]


@asynccontextmanager
async def serving(*, public_url: str = "") -> AsyncIterator[Server]:
    server, numbers = Server(), count()
    parts = SetupParts(
        convert=server.convert, store=lambda *_: server.stored, accounts=server.installed, diagnose=server.diagnose,
        announce=server.announced.append, new_id=lambda: f"id {next(numbers)}", finished=server.finished,
        following="The bot starts now.", public_url=public_url,
    )  # fmt: skip
    application, server.access, server.setup = create_setup(parts)
    async with listening(application, host="127.0.0.1", port=0) as server.url:
        yield server


@asynccontextmanager
async def browser(server: Server) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Browser(session, server.url)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as found:
        yield found


@pytest.fixture
async def alice(server: Server) -> AsyncIterator[Browser]:
    """Yield the browser that entered the code."""
    async with browser(server) as found:
        await found.begin(server.access.code)
        yield found


async def test_nothing_is_shown_without_the_code(server: Server) -> None:
    async with browser(server) as stranger:
        for path in ("/", "/setup", "/setup?code=", "/setup?code=XXXX-XXXX"):
            text = (await stranger.get(path))[1]
            assert "enter the code" in text or "not the code" in text
            assert "organisation" not in text
        for path in ("/setup/choose", "/setup/again"):
            assert "enter the code" in (await stranger.post(path, FORM))[1]
        assert (await stranger.get("/setup/created?code=c&state=s"))[0] == 403
        assert (await stranger.get("/healthz"))[0] == 200
        assert (await stranger.get("/readyz"))[0] == 503
    assert server.setup.choices is None
    assert server.codes == []


async def test_guessing_replaces_the_code(server: Server) -> None:
    first = server.access.code
    async with browser(server) as stranger:
        for _ in range(5):
            assert (await stranger.post("/setup/enter", {"code": "AAAA-AAAA"}))[0] == 403
        assert server.announced == [server.access.code]
        assert server.access.code != first
        assert (await stranger.post("/setup/enter", {"code": first}))[0] == 403
        await stranger.begin(server.access.code.lower().replace("-", " "))


async def test_a_second_visitor_is_told_so(server: Server, alice: Browser) -> None:
    async with browser(server) as other:
        status, text = await other.post("/setup/enter", {"code": server.access.code})
        assert (status, "open in another browser" in text) == (403, True)
        assert "open in another browser" in (await other.get("/setup"))[1]
        state = await alice.state()
        assert (await other.get(f"/setup/created?code=c&state={state}"))[0] == 403
    assert server.codes == []


async def test_the_cookie_is_no_scripts_and_no_other_sites(server: Server) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"{server.url}/setup?code={server.access.code}"
        async with session.get(url, allow_redirects=False) as answer:
            cookie = answer.headers["Set-Cookie"]
            assert answer.headers["Location"] == "/setup"
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_other_sites_send_no_forms(server: Server, alice: Browser, headers: Mapping[str, str]) -> None:
    status, _ = await alice.post("/setup/choose", FORM, **headers)
    assert status == 403
    assert server.setup.choices is None


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "bot.example.com", "[::1", "10.0.0.7:8080"])
async def test_other_names_are_not_answered(server: Server, host: str) -> None:
    """DNS rebinding, and a Host header that would have GitHub send the code elsewhere (putme-in/putmein#113)."""
    async with browser(server) as stranger:
        status, text = await stranger.get("/setup", Host=host)
        assert status in {400, 421}
        assert "Create the GitHub App" not in text
        status, _ = await stranger.post(
            "/setup/enter", {"code": server.access.code}, Host=host, Origin=f"http://{host}"
        )
        assert status in {400, 403, 421}
    assert server.access.session == ""


async def test_the_public_name_is_answered_and_githubs_way_back() -> None:
    async with serving(public_url="https://bot.example.com") as server, aiohttp.ClientSession() as session:
        headers = {"Host": "bot.example.com", "Origin": "https://bot.example.com", "Sec-Fetch-Site": "same-origin"}
        form = {"code": server.access.code}
        async with session.post(
            f"{server.url}/setup/enter", data=form, headers=headers, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            assert "Secure" in answer.headers["Set-Cookie"]
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
        push = {**FORM, "delivery": "push", "public_url": "https://bot.example.com"}
        async with session.post(
            f"{server.url}/setup/choose", data=push, headers={**headers, "Cookie": cookie}
        ) as answer:
            text = unescape(await answer.text())
    manifest = json.loads(text.partition('name="manifest" value="')[2].partition('">')[0])
    assert manifest["redirect_url"] == "https://bot.example.com/setup/created"
    assert manifest["hook_attributes"] == {"url": "https://bot.example.com/webhooks/github", "active": True}


async def test_every_answer_forbids_scripts_frames_and_caches(server: Server) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/setup", "/setup/style.css", "/setup/created"):
            async with session.get(f"{server.url}{path}") as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'none'" in policy
                assert "script" not in policy
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_a_return_with_another_state_is_not_followed(server: Server, alice: Browser) -> None:
    old = await alice.state()
    new = await alice.state(name="another-name")
    for query in (
        f"code=c&state={old}",
        "code=c",
        "code=c&state=",
        f"state={new}",
        f"code=a/b&state={new}",
        "code=ä&state=ü",
    ):
        status, text = await alice.get(f"/setup/created?{query}")
        assert (status, "does not belong to the form" in text) == (403, True), query
    assert server.codes == []


async def test_a_code_is_exchanged_once_however_often_the_page_is_loaded(server: Server, alice: Browser) -> None:
    state = await alice.state()
    answers = await asyncio.gather(*(alice.get(f"/setup/created?code=c1&state={state}") for _ in range(3)))
    assert [status for status, _ in answers] == [200, 200, 200]
    assert all("Install the App" in text for _, text in answers)
    assert (await alice.get("/setup/created?code=c2&state=x"))[0] == 200
    assert server.codes == ["c1"]
    assert "Install the App" in (await alice.post("/setup/choose", FORM))[1]
    assert "Install the App" in (await alice.post("/setup/again", {}))[1]


async def test_a_spent_code_says_what_to_do(server: Server, alice: Browser) -> None:
    server.answer = SpentCodeError()
    status, text = await alice.get(f"/setup/created?code=c&state={await alice.state()}")
    assert (status, "older than an hour" in text, "Start again" in text) == (410, True, True)
    assert "Create the GitHub App" in (await alice.post("/setup/again", {}))[1]


async def test_a_github_that_does_not_answer_can_be_asked_again(server: Server, alice: Browser) -> None:
    server.answer = ConversionError("GitHub did not answer in time. Reload this page to try again.")
    path = f"/setup/created?code=c&state={await alice.state()}"
    assert (await alice.get(path))[0] == 502
    server.answer = registered()
    assert "Install the App" in (await alice.get(path))[1]


async def test_secrets_are_shown_only_where_they_are_kept_nowhere_else(server: Server, alice: Browser) -> None:
    server.stored = Stored("They could not be written.", "GITHUB_PRIVATE_KEY=<abc>\n")
    text = (await alice.get(f"/setup/created?code=c&state={await alice.state()}"))[1]
    assert "GITHUB_PRIVATE_KEY=<abc>" in text
    server.accounts = ("acme",)
    assert "GITHUB_PRIVATE_KEY=<abc>" in (await alice.get("/setup"))[1]


async def test_the_page_waits_for_the_installation_and_then_says_what_is_wrong(server: Server, alice: Browser) -> None:
    text = (await alice.get(f"/setup/created?code=c&state={await alice.state()}"))[1]
    assert 'href="https://github.com/apps/acme-gitops/installations/new"' in text
    assert "hunter2" not in text
    server.accounts = None
    assert "Install the App" in (await alice.get("/setup"))[1]
    server.accounts = ("acme", "others")
    assert not server.finished.is_set()
    text = (await alice.get("/setup"))[1]
    assert "installed on acme, others. The bot starts now." in text
    assert "clock-off" in text
    assert server.finished.is_set()


async def test_an_address_of_another_site_is_no_link(server: Server, alice: Browser) -> None:
    """What GitHub says is its page must be on the GitHub that was chosen."""
    server.answer = registered(html_url="https://evil.example/apps/x")
    text = (await alice.get(f"/setup/created?code=c&state={await alice.state()}"))[1]
    assert 'href="https://evil.example' not in text
    assert "settings page" in text


async def test_what_people_type_is_escaped(alice: Browser) -> None:
    form = {**FORM, "name": '"><script>alert(1)</script>', "organisation": "a b"}
    async with alice.session.post(
        f"{alice.url}/setup/choose", data=form, headers={"Origin": alice.url, "Sec-Fetch-Site": "same-origin"}
    ) as answer:
        text = await answer.text()
    assert answer.status == 422
    assert "<script>" not in text
    assert "Write 1 to 34 letters" in text
    assert "Write the organisation&#x27;s name" in text
