"""Workflow files of GitHub Actions, which an App may change only with the permission `workflows`.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps#repository-permissions-for-workflows
"""

from collections.abc import Iterable

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import Access, Bot
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.world.errors import Reason, Refused

FOLDER = ".github/workflows/"


def needs_permission(repository: CodeRepository, user: User) -> bool:
    """Report whether this user is an App without `workflows` here. People need only write access."""
    if not isinstance(user, Bot):
        return False
    installation = repository.github.installation_of(user, repository)
    return installation is None or installation.permissions.get("workflows", Access.NONE) < Access.WRITE


def refusal(paths: Iterable[str], *, rest_message: str | None = None) -> Refused | None:
    """Return GitHub's refusal to such an App for these paths; None if none is a workflow file.

    The message: https://github.com/peter-evans/create-pull-request/issues/1234.
    """
    path = next((found for found in paths if found.startswith(FOLDER)), None)
    if path is None:
        return None
    sentence = f"refusing to allow a GitHub App to create or update workflow `{path}` without `workflows` permission"
    return Refused(Reason.FORBIDDEN, sentence, rest_message=rest_message)
