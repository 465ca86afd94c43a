"""The dashboard issue: opened once, edited in place.

Race accepted: two processes that find none at the same moment each open one. Both are found from then on; the older is kept.
"""

from bot.core.pages.dashboard import DashboardPage
from bot.core.values.errors import Temporary
from bot.core.values.permit import Permit
from bot.github.auth.tokens import Tokens
from bot.github.client import Client, below
from bot.github.documents import templates


async def write(client: Client, tokens: Tokens, repository: str, page: DashboardPage, permit: Permit) -> None:
    """Open the issue, or edit and reopen it. Raises Temporary where GitHub refused, LeaseLost as `apply` does."""
    credential = await tokens.working_on(repository)
    await permit.confirm()
    if page.issue_id is None:
        # GitHub creates a label that does not exist yet: https://docs.github.com/en/rest/issues/issues#create-an-issue
        issue = {"title": page.title, "body": page.body, "labels": [page.label]}
        await client.send(below(repository, "issues"), issue, credential=credential, operation="open_dashboard")
        return
    document = templates.mutation("write_dashboard", ["updateIssue"])
    change = {"id": page.issue_id, "title": page.title, "body": page.body, "state": "OPEN"}
    answer = await client.ask(document, {"m0": change}, credential=credential)
    if not answer.data.get("m0"):
        said = "; ".join(map(str, answer.complaints)) or "GitHub gave no answer"
        raise Temporary(f"could not write the dashboard: {said}")
