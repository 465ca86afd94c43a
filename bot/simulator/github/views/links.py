"""The addresses in answers and payloads.

They are built from the host the client used, as GitHub Enterprise Server does, so a client that compares the host of
an address with the one it was configured with is content. Logins of bots are percent-encoded: `[` may not stand in a URL.
"""

from dataclasses import dataclass
from urllib.parse import quote

from bot.simulator.github.model.accounts.accounts import Account, Organisation, Team
from bot.simulator.github.model.accounts.apps import App, Bot
from bot.simulator.github.model.code.repository import CodeRepository


@dataclass(frozen=True, slots=True)
class Links:
    """api: the API's root without a slash at the end, `http://127.0.0.1:80/api/v3`. html: that of the pages."""

    api: str
    html: str

    def account(self, account: Account) -> str:
        """Return the API's address of a user or bot. Organisations as owners have a user's address too."""
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
    """Return a path, ref or name for a URL; slashes stay."""
    return quote(path, safe="/")
