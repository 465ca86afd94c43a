"""Which files the commits of a source repository change. GraphQL does not say; REST does, one commit at a time.

https://docs.github.com/en/rest/commits/commits#get-a-commit
"""

from collections.abc import Iterable, Mapping

from bot.core.observation.source import ChangedFiles
from bot.github.auth.tokens import Tokens
from bot.github.client import Client, Credential, below
from bot.github.errors import Refused

MOST_FILES = 3000
"""GitHub lists no more, on pages of 300."""


async def changed_files(
    client: Client, tokens: Tokens, repository: str, source: str, commits: Iterable[str]
) -> Mapping[str, ChangedFiles]:
    """Return the files by commit, for the commits that GitHub shows the App. Raises Temporary.

    repository: the manifests repository whose policy names the source repository.
    """
    own = await tokens.source_installation(repository, source)
    credential = own or await tokens.working_on(repository, source=source)
    found = {oid: await _of_commit(client, source, oid, credential) for oid in sorted(commits)}
    return {oid: changed for oid, changed in found.items() if changed is not None}


async def _of_commit(client: Client, source: str, oid: str, credential: Credential) -> ChangedFiles | None:
    """Return a commit's files against its first parent: for a merge, everything that it brings in.

    A file that was moved is listed under both names. Returns None where GitHub does not show the commit.
    """
    paths: list[str] = []
    listed = 0
    try:
        async for page in client.pages(below(source, "commits", oid), credential=credential, operation="changes"):
            listed += len(page["files"])
            for file in page["files"]:
                paths += [file["filename"], *([file["previous_filename"]] if "previous_filename" in file else [])]
    except Refused as refusal:
        if refusal.status in (404, 409, 422):
            return None
        raise
    return ChangedFiles(tuple(paths), complete=listed < MOST_FILES)
