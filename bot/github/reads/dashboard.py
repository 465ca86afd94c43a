"""The dashboard issue, found by its label and by its author, the App."""

from bot.core.pages.dashboard import LABEL, Dashboard
from bot.core.values.errors import Temporary
from bot.github.auth.tokens import Tokens
from bot.github.client import Client
from bot.github.documents import questions
from bot.github.errors import Json
from bot.github.parsing.answers import next_page, nodes
from bot.github.reads.look import repository_in

PAGES = 20
"""Of ten issues each. Others can have the label; a second dashboard must not come from that."""


async def find(client: Client, tokens: Tokens, repository: str) -> Dashboard:
    """Return the open dashboard issue; otherwise the one that somebody closed. Raises Temporary."""
    credential = await tokens.working_on(repository)
    after: str | None = None
    ours: list[Json] = []
    for _ in range(PAGES):
        document, variables = questions.dashboard(repository, LABEL, after=after)
        seen = repository_in(await client.ask(document, variables, credential=credential))
        ours += [issue for issue in nodes(seen["issues"]) if issue["viewerDidAuthor"]]
        after = next_page(seen["issues"])
        if after is None or any(issue["state"] == "OPEN" for issue in ours):
            break
    if after is not None and not ours:
        raise Temporary(
            f"{repository}: the dashboard may be any of more than {PAGES * 10} issues with the label {LABEL}"
        )
    found = next((issue for issue in ours if issue["state"] == "OPEN"), ours[0] if ours else None)
    if found is None:
        return Dashboard(possible=seen["hasIssuesEnabled"])
    return Dashboard(seen["hasIssuesEnabled"], found["id"], found["state"] == "OPEN", found["body"])
