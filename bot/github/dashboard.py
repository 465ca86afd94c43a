"""The dashboard issue: found by its label and its author, opened once, edited in place.

Race accepted: two processes that find none at the same moment open two; both are found from then on, and the elder is kept.
"""

from bot.core.observation.actors import Actor
from bot.core.pages.dashboard import LABEL, Dashboard, DashboardPage
from bot.core.values.errors import Temporary
from bot.core.values.permit import Permit
from bot.github import composition, documents, nouns
from bot.github.auth import Tokens
from bot.github.client import Client, below
from bot.github.look import repository_in


class Dashboards:
    """Reads and writes them."""

    def __init__(self, client: Client, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    async def find(self, repository: str) -> Dashboard:
        """The one that is open, else the one that somebody closed. Raises Temporary."""
        credential = await self._tokens.working_on(repository)
        app = await self._tokens.app()
        document, variables = composition.dashboard(repository, LABEL)
        seen = repository_in(await self._client.ask(document, variables, credential=credential))
        ours = [
            issue
            for issue in nouns.nodes(seen["issues"])
            if nouns.actor(issue["author"]) == Actor(app.slug, is_bot=True)
        ]
        found = next((issue for issue in ours if issue["state"] == "OPEN"), ours[0] if ours else None)
        if found is None:
            return Dashboard(possible=seen["hasIssuesEnabled"])
        return Dashboard(seen["hasIssuesEnabled"], found["id"], found["state"] == "OPEN", found["body"])

    async def write(self, repository: str, page: DashboardPage, permit: Permit) -> None:
        """Open it, or edit it and open it again. Raises Temporary where it was not written, LeaseLost as `apply` does."""
        credential = await self._tokens.working_on(repository)
        await permit.confirm()
        if page.issue_id is None:
            # A label that does not exist yet is created by this: https://docs.github.com/en/rest/issues/issues#create-an-issue
            issue = {"title": page.title, "body": page.body, "labels": [page.label]}
            path = below(repository, "issues")
            await self._client.send(path, issue, credential=credential, operation="open_dashboard")
            return
        document = documents.mutation("write_dashboard", ["updateIssue"])
        change = {"id": page.issue_id, "title": page.title, "body": page.body, "state": "OPEN"}
        answer = await self._client.ask(document, {"m0": change}, credential=credential)
        if not answer.data.get("m0"):
            said = "; ".join(map(str, answer.complaints)) or "GitHub gave no answer"
            raise Temporary(f"could not write the dashboard: {said}")
