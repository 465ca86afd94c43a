"""The setup page's endpoints, and the one setup that goes on behind them.

Races accepted. A second return from GitHub waits for the first, and then finds the App. A process that is killed between the
exchange and the file loses the key, but not the App: its settings page makes another one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot.core.values.errors import Temporary
from bot.doctor.findings import Finding
from bot.github.registration.conversion import ConversionError, Registered, SpentCodeError
from bot.setup.access import Access, Entered
from bot.setup.choices import Choices, Unusable, defaults, read_choices
from bot.setup.flow import Returned, Setup, Step
from bot.web.setup import html, pages
from bot.web.setup.guard import guarded, origin_of

_log = logging.getLogger(__name__)

COOKIE = "gitops-bot-setup"
LARGEST_FORM = 16 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the secrets. said: a sentence; secrets: the text to show, '' where it is somewhere else."""

    said: str
    secrets: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupParts:
    """Everything that the pages call.

    convert: exchanges GitHub's code. store: keeps the secrets; it never raises. accounts: those on which the App is installed;
    raises Temporary. diagnose: asks the doctor. finished: set when setup is over. file: where secrets can be stored, '' where
    the person has no choice. printed: they are printed on the terminal. following: what happens, or what to do, after setup.
    public_url: PUBLIC_URL, '' where it is not set. github: the host that the form proposes.
    """

    convert: Callable[[Choices, str], Awaitable[Registered]]
    store: Callable[[Registered, Choices], Stored]
    accounts: Callable[[Registered, Choices], Awaitable[tuple[str, ...]]]
    diagnose: Callable[[], Awaitable[Sequence[Finding]]]
    announce: Callable[[str], None]
    new_id: Callable[[], str]
    finished: asyncio.Event
    file: str = ""
    printed: bool = False
    following: str
    public_url: str = ""
    github: str = "github.com"


def create_setup(parts: SetupParts) -> tuple[web.Application, Access, Setup]:
    """Return the application that serves `/setup`, with what guards it and how far it is."""
    application = web.Application(client_max_size=LARGEST_FORM)
    access, setup = Access(parts.new_id, parts.announce), Setup(parts.new_id)
    served = _Pages(parts, access, setup)
    safe = guarded(parts.public_url)
    application.add_routes(
        [
            web.get("/", safe(served.elsewhere)),
            web.get("/setup", safe(served.show)),
            web.get("/setup/style.css", safe(served.style)),
            web.get("/setup/created", safe(served.created)),
            web.post("/setup/enter", safe(served.enter)),
            web.post("/setup/choose", safe(served.choose)),
            web.post("/setup/again", safe(served.again)),
            web.get("/healthz", served.healthz),
            web.get("/readyz", served.readyz),
        ]
    )
    return application, access, setup


class _Pages:
    def __init__(self, parts: SetupParts, access: Access, setup: Setup) -> None:
        self._parts = parts
        self._access = access
        self._setup = setup
        self._exchange = asyncio.Lock()
        self._stored = Stored("")

    async def healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        return web.Response(status=503, text="not ready: this server has no GitHub App yet; open /setup\n")

    async def style(self, _request: web.Request) -> web.Response:
        return web.Response(text=html.STYLE, content_type="text/css")

    async def elsewhere(self, _request: web.Request) -> web.Response:
        return _see("/setup")

    async def show(self, request: web.Request) -> web.Response:
        """Show the present step. A link with the code, as printed on a terminal, admits at once."""
        given = request.query.get("code", "")
        if given and not self._admits(request):
            return self._entered(given, request)
        if not self._admits(request):
            return _page(pages.taken() if self._access.session else pages.locked())
        match self._setup.step:
            case Step.INSTALL:
                return await self._install()
            case Step.DONE:
                return await self._done()
        return self._choose(defaults(github=self._parts.github, public_url=self._parts.public_url), {})

    async def enter(self, request: web.Request) -> web.Response:
        """Admit the browser that knows the code."""
        if self._admits(request):
            return _see("/setup")
        form = await _form(request)
        return self._entered(form.get("code", ""), request)

    async def choose(self, request: web.Request) -> web.Response:
        """Check the choices, and show the way to GitHub."""
        if not self._admits(request) or self._setup.registered is not None:
            return _see("/setup")
        form = await _form(request)
        choices = read_choices(form)
        if isinstance(choices, Unusable):
            return self._choose(form, choices.problems, status=422)
        back = f"{origin_of(request, self._parts.public_url)}/setup/created"
        return _page(pages.register(choices, self._setup.choose(choices, back=back)))

    async def again(self, request: web.Request) -> web.Response:
        """Go back to the first step."""
        if self._admits(request):
            self._setup.start_again()
        return _see("/setup")

    async def created(self, request: web.Request) -> web.Response:
        """Take the person back from GitHub, and exchange the code. To load this page again is safe."""
        if not self._admits(request):
            text = (
                "GitHub sent you here, but this browser did not start the setup. Open the page that the server printed."
            )
            return _page(pages.refused("This is not your setup", text), status=403)
        code, state = request.query.get("code", ""), request.query.get("state", "")
        async with self._exchange:
            match self._setup.returned(code=code, state=state):
                case Returned.STRANGE:
                    text = (
                        "This return from GitHub does not belong to the form that you sent last, so it is not followed."
                    )
                    return _page(pages.refused("Not the return that was expected", text), status=403)
                case Returned.EXCHANGE:
                    refused = await self._convert(code)
                    if refused is not None:
                        return refused
        return _see("/setup")

    async def _convert(self, code: str) -> web.Response | None:
        choices = self._setup.choices
        if choices is None:
            return _see("/setup")
        try:
            registered = await self._parts.convert(choices, code)
        except ConversionError as error:
            _log.warning("setup: %s", error)
            status = 410 if isinstance(error, SpentCodeError) else 502
            return _page(pages.refused("GitHub did not hand out the App", str(error)), status=status)
        self._stored = self._parts.store(registered, choices)
        self._setup.created(registered)
        _log.info("setup: the App %s (%d) was created", registered.slug, registered.app_id)
        return None

    async def _install(self) -> web.Response:
        registered, choices = self._setup.registered, self._setup.choices
        if registered is None or choices is None:
            return _see("/setup")
        try:
            accounts = await self._parts.accounts(registered, choices)
        except Temporary as trouble:
            _log.warning("setup: %s", trouble.reason)
            accounts = ()
        if accounts:
            self._setup.installed(accounts)
            return await self._done()
        return _page(pages.install(registered, self._setup.install_url, self._stored.said, self._stored.secrets))

    async def _done(self) -> web.Response:
        findings = await self._parts.diagnose()
        answer = _page(
            pages.done(self._setup.accounts, findings, following=self._parts.following, secrets=self._stored.secrets)
        )
        self._parts.finished.set()
        return answer

    def _choose(self, form: Mapping[str, str], problems: Mapping[str, str], *, status: int = 200) -> web.Response:
        return _page(pages.choose(form, problems, file=self._parts.file, printed=self._parts.printed), status=status)

    def _entered(self, given: str, request: web.Request) -> web.Response:
        match self._access.enter(given):
            case Entered.ADMITTED:
                answer = _see("/setup")
                secure = origin_of(request, self._parts.public_url).startswith("https:")
                # Lax: GitHub leads back with a plain navigation, which must carry it.
                answer.set_cookie(COOKIE, self._access.session, path="/", httponly=True, samesite="Lax", secure=secure)
                return answer
            case Entered.TAKEN:
                return _page(pages.taken(), status=403)
            case Entered.REPLACED:
                text = "That was wrong too often. The server has printed another code."
                return _page(pages.locked(text), status=403)
            case Entered.WRONG:
                return _page(pages.locked("That is not the code that the server printed last."), status=403)

    def _admits(self, request: web.Request) -> bool:
        return self._access.admits(request.cookies.get(COOKIE, ""))


async def _form(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _page(text: str, *, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html")


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
