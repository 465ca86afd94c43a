"""The addresses in answers and payloads.

They use the host that the client used, as GitHub Enterprise Server does, so that clients may compare it with the
configured one. Logins of bots are percent-encoded, because `[` is not allowed in a URL.
"""

from dataclasses import dataclass
from urllib.parse import quote

from bot.simulator.github.model.accounts.accounts import Account, Organisation, Team
from bot.simulator.github.model.accounts.apps import App, Bot
from bot.simulator.github.model.code.repository import CodeRepository


@dataclass(frozen=True, slots=True)
class Links:
    """api: the API's root without a trailing slash, `http://127.0.0.1:80/api/v3`. html: the root of the pages."""

    api: str
    html: str

    def account(self, account: Account) -> str:
        """Return the API's address of an account. An organisation as an owner has a user's address."""
        return f"{self.api}/users/{quote(account.login, safe='')}"

    def organisation(self, organisation: Organisation) -> str:
        return f"{self.api}/orgs/{organisation.login}"

    def team(self, team: Team) -> str:
        return f"{self.api}/organizations/{team.organisation.id}/team/{team.id}"

    def account_page(self, account: Account) -> str:
        if isinstance(account, Bot):
            return f"{self.html}/apps/{account.app.slug}"
        return f"{self.html}/{account.login}"

    def app_page(self, app: App) -> str:
        return f"{self.html}/apps/{app.slug}"

    def repository(self, repository: CodeRepository) -> str:
        return f"{self.api}/repos/{repository.full_name}"

    def repository_page(self, repository: CodeRepository) -> str:
        return f"{self.html}/{repository.full_name}"

    def avatar(self, identifier: int) -> str:
        return f"{self.html}/avatars/u/{identifier}?v=4"


def escaped(path: str) -> str:
    """Percent-encode a path, ref or name; slashes stay."""
    return quote(path, safe="/")
