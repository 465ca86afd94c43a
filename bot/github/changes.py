"""Which files the commits of a source repository change. GraphQL does not tell; REST does, a commit at a time.

https://docs.github.com/en/rest/commits/commits#get-a-commit
"""

from collections.abc import Iterable, Mapping

from bot.core.observation.source import ChangedFiles
from bot.github.auth import Tokens
from bot.github.client import Client, Credential, below
from bot.github.errors import Refused

MOST_FILES = 3000
"""GitHub lists no more, on pages of 300."""


class Changes:
    """Asks for them; remembers nothing."""

    def __init__(self, client: Client, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    async def of(self, repository: str, source: str, commits: Iterable[str]) -> Mapping[str, ChangedFiles]:
        """By commit, those that GitHub shows us. repository: the manifests repository that asks. Raises Temporary."""
        own = await self._tokens.source_installation(repository, source)
        credential = own or await self._tokens.working_on(repository, source=source)
        found = {oid: await self._of_one(source, oid, credential) for oid in sorted(commits)}
        return {oid: changed for oid, changed in found.items() if changed is not None}

    async def _of_one(self, source: str, oid: str, credential: Credential) -> ChangedFiles | None:
        """Against the first parent: of a merge, all that it brings. A file that was moved is listed under both names."""
        paths: list[str] = []
        listed = 0
        try:
            async for page in self._client.pages(
                below(source, "commits", oid), credential=credential, operation="changes"
            ):
                listed += len(page["files"])
                for file in page["files"]:
                    paths += [file["filename"], *([file["previous_filename"]] if "previous_filename" in file else [])]
        except Refused as refusal:
            if refusal.status in (404, 409, 422):
                return None
            raise
        return ChangedFiles(tuple(paths), complete=listed < MOST_FILES)
