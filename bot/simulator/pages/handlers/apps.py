"""GitHub's pages on which a person registers an App from a manifest, and installs it.

The form with the manifest comes from another site, as on GitHub: nothing happens until the person presses the button of the
page that shows it. https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from aiohttp import web

from bot.simulator.github.model.accounts.accounts import Account, Organisation, OrganisationRole, User
from bot.simulator.github.model.accounts.apps import App, Installation
from bot.simulator.github.model.accounts.registrations import Manifest, read_manifest
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.world.errors import Reason, Refused, not_found, unprocessable
from bot.simulator.pages.handlers.guard import HEADERS, Handler, is_loopback, refusal
from bot.simulator.pages.rendering.app_pages import render

STATUS = {Reason.NOT_FOUND: 404, Reason.FORBIDDEN: 403}

Redirected = Mapping[str, str]


def app_pages(github: GitHub, person: str) -> Callable[[web.Application], None]:
    """Return a function for `serve(github, pages=…)` that adds these pages. person: the login of who is signed in."""
    pages = AppPages(github, person)

    def add(application: web.Application) -> None:
        for path in ("/settings/apps/new", "/organizations/{organisation}/settings/apps/new"):
            application.router.add_post(path, pages.guarded(pages.show_manifest, foreign=True))
        application.router.add_post("/-/apps", pages.guarded(pages.register))
        application.router.add_get("/apps/{slug}", pages.guarded(pages.app))
        application.router.add_get("/apps/{slug}/installations/new", pages.guarded(pages.choose))
        application.router.add_post("/apps/{slug}/installations/new", pages.guarded(pages.install))

    return add


@dataclass(frozen=True, slots=True)
class AppPages:
    """Handlers of these pages. person: who is signed in."""

    github: GitHub
    person: str

    def guarded(self, handler: Callable[[web.Request], Awaitable[web.Response]], *, foreign: bool = False) -> Handler:
        """Wrap a handler: requests from this machine alone. foreign: other sites may send this form."""

        async def handle(request: web.Request) -> web.StreamResponse:
            why = refusal(request)
            if why is not None and not (foreign and is_loopback(request)):
                return web.Response(status=403, text=why, headers=HEADERS)
            try:
                response = await handler(request)
            except Refused as refused:
                text = render("app_refused.html", words=refused.message)
                response = web.Response(status=STATUS.get(refused.reason, 422), text=text, content_type="text/html")
            # The button leads back to the site that sent the manifest, and Chromium holds redirects to this too.
            policy = HEADERS["Content-Security-Policy"].replace("form-action 'self'", "form-action *")
            policy = policy.replace("style-src 'self'", "style-src 'unsafe-inline'")
            response.headers.update(HEADERS | {"Content-Security-Policy": policy})
            return response

        return handle

    @property
    def me(self) -> User:
        return self.github.user(self.person)

    async def show_manifest(self, request: web.Request) -> web.Response:
        """Show what the App would be, with the button that registers it."""
        form = await request.post()
        text = str(form.get("manifest", ""))
        manifest = read_manifest(text)
        owner = self._owner(request.match_info.get("organisation", ""))
        return self._form(manifest, text, owner=owner, state=request.query.get("state", ""))

    async def register(self, request: web.Request) -> web.Response:
        """Register the App, and lead back with the code. A name that is taken is asked for again."""
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        text, state, name = form.get("manifest", ""), form.get("state", ""), form.get("name", "")
        manifest = read_manifest(text)
        login = form.get("owner", "")
        owner = self._owner("" if login.lower() == self.me.login.lower() else login)
        try:
            code = self.github.register(manifest, name=name, owner=owner)
        except Refused as refused:
            return self._form(manifest, text, owner=owner, state=state, name=name, problem=refused.message, status=422)
        if manifest.redirect_url is None:
            return _see(f"/apps/{quote(name.lower().replace(' ', '-'))}")
        return _see(_with(manifest.redirect_url, {"code": code} | ({"state": state} if state else {})))

    async def app(self, request: web.Request) -> web.Response:
        """Show an App."""
        app = self._app(request)
        return _page("app.html", app=app, installed=[one.account.login for one in app.installations])

    async def choose(self, request: web.Request) -> web.Response:
        """Ask for the account and the repositories."""
        app = self._app(request)
        accounts = [app.owner] if app.owner is not self.me else [self.me, *self._own_organisations()]
        repositories = [one for one in self.github.repositories.values() if one.owner in accounts]
        return _page("app_install.html", app=app, accounts=accounts, repositories=repositories, problem="")

    async def install(self, request: web.Request) -> web.Response:
        """Install the App, and lead to its setup page where it has one."""
        app = self._app(request)
        form = await request.post()
        account = self._owner(str(form.get("account", "")))
        chosen = form.get("selection", "selected")
        wanted = [self.github.repository(str(name)) for name in form.getall("repository", [])]
        if chosen != "all" and not wanted:
            raise unprocessable("Select at least one repository.")
        if any(one.account is account for one in app.installations):
            raise unprocessable(f"{app.name} is installed on {account.login} already.")
        made = self.github.install(app, account, repositories=None if chosen == "all" else wanted, by=self.me)
        return self._installed(app, made)

    def _installed(self, app: App, made: Installation) -> web.Response:
        if app.setup_url is None:
            return _page("app_installed.html", app=app, account=made.account)
        return _see(_with(app.setup_url, {"installation_id": str(made.id), "setup_action": "install"}))

    def _form(
        self,
        manifest: Manifest,
        text: str,
        *,
        owner: Account,
        state: str,
        name: str | None = None,
        problem: str = "",
        status: int = 200,
    ) -> web.Response:
        return _page(
            "app_register.html",
            status=status,
            manifest=manifest,
            permissions={key: level.name.lower() for key, level in manifest.permissions.items()},
            text=json.dumps(json.loads(text)),
            owner=owner,
            state=state,
            name=manifest.name if name is None else name,
            problem=problem,
        )

    def _owner(self, organisation: str) -> Account:
        """Return the account that is to own the App; only owners of an organisation may register one there.

        https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/roles-in-an-organization
        """
        if not organisation or organisation.lower() == self.me.login.lower():
            return self.me
        found = self.github.find_account(organisation)
        if not isinstance(found, Organisation) or found.members.get(self.me) is not OrganisationRole.ADMIN:
            raise not_found("Not Found")
        return found

    def _own_organisations(self) -> list[Organisation]:
        accounts = self.github.accounts.values()
        return [
            one
            for one in accounts
            if isinstance(one, Organisation) and one.members.get(self.me) is OrganisationRole.ADMIN
        ]

    def _app(self, request: web.Request) -> App:
        found = self.github.apps.get(request.match_info["slug"])
        if found is None:
            raise not_found("Not Found")
        return found


def _with(url: str, more: Redirected) -> str:
    """Add parameters to an address's query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(more))))))


def _page(template: str, *, status: int = 200, **facts: object) -> web.Response:
    return web.Response(status=status, text=render(template, **facts), content_type="text/html")


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
