"""The dashboard issue, found by its label and by its author, the App."""

from bot.core.pages.dashboard import LABEL, Dashboard
from bot.github.auth.tokens import Tokens
from bot.github.client import Client
from bot.github.documents import questions
from bot.github.parsing.answers import nodes
from bot.github.reads.look import repository_in


async def find(client: Client, tokens: Tokens, repository: str) -> Dashboard:
    """Return the open dashboard issue; otherwise the one that somebody closed. Raises Temporary."""
    credential = await tokens.working_on(repository)
    document, variables = questions.dashboard(repository, LABEL)
    seen = repository_in(await client.ask(document, variables, credential=credential))
    ours = [issue for issue in nodes(seen["issues"]) if issue["viewerDidAuthor"]]
    found = next((issue for issue in ours if issue["state"] == "OPEN"), ours[0] if ours else None)
    if found is None:
        return Dashboard(possible=seen["hasIssuesEnabled"])
    return Dashboard(seen["hasIssuesEnabled"], found["id"], found["state"] == "OPEN", found["body"])
