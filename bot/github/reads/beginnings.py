"""What this App opened in a repository, and on which branch a policy is being written.

What it opened is listed by its present name, which the same look tells, and compared by its number: issues and pull requests
alike, open and closed (https://docs.github.com/en/rest/issues/issues#list-repository-issues).
"""

from urllib.parse import quote

from bot.core.observation.beginnings import Beginnings, Opened
from bot.core.values.errors import Temporary
from bot.github.auth.tokens import Tokens
from bot.github.client import Client, Credential, below
from bot.github.documents import questions
from bot.github.errors import Json
from bot.github.parsing.answers import next_page, nodes
from bot.github.reads.look import repository_in

PAGES = 20
"""Of a hundred branches each. Somebody may be writing a policy on any of them."""

ENOUGH = 100
"""Of what the App opened. One is as good as a thousand: then nothing is proposed."""


async def find(client: Client, tokens: Tokens, repository: str) -> Beginnings:
    """Return what there is. Raises Temporary."""
    credential = await tokens.working_on(repository)
    after: str | None = None
    elsewhere = login = ""
    bot_id = 0
    for _ in range(PAGES):
        document, variables = questions.beginnings(repository, after=after)
        answer = await client.ask(document, variables, credential=credential)
        seen = repository_in(answer)
        bot_id, login = tokens.recognise(answer).bot_id, str(answer.data["me"]["login"])
        default = (seen["defaultBranchRef"] or {}).get("name")
        found = (each["name"] for each in nodes(seen["refs"]) if each["name"] != default and _has_policy(each))
        elsewhere = elsewhere or next(found, "")
        after = next_page(seen["refs"])
        if after is None or elsewhere:
            break
    if after is not None and not elsewhere:
        raise Temporary(f"{repository}: a policy may be on any of more than {PAGES * 100} branches")
    opened = await _opened(client, repository, login, bot_id, credential)
    return Beginnings(opened, bool(seen["hasIssuesEnabled"]), elsewhere)


def _has_policy(branch: Json) -> bool:
    return bool((branch["target"] or {}).get("policy"))


async def _opened(
    client: Client, repository: str, login: str, bot_id: int, credential: Credential
) -> tuple[Opened, ...]:
    query = f"creator={quote(login)}&state=all&sort=created&direction=asc&per_page={ENOUGH}"
    path = f"{below(repository, 'issues')}?{query}"
    answer = await client.get(path, credential=credential, operation="own_issues")
    return tuple(
        Opened(
            node_id=each["node_id"],
            number=each["number"],
            is_pull="pull_request" in each,
            is_open=each["state"] == "open",
            title=each["title"],
            body=each["body"] or "",
        )
        for each in answer
        if each["user"] and each["user"]["id"] == bot_id
    )
