"""The source repositories of many applications, fifty in a document.

Only those of the manifests repository's own account, under the names that they have now: whatever else there is to a source
repository, the look at its application finds out. One that cannot be read is left out.
"""

from collections.abc import Iterable, Mapping

from bot.core.needs.sources import SourceNeeds
from bot.core.observation.source import SourceSeen
from bot.github.auth.installation import is_repository, owner_of
from bot.github.auth.tokens import Tokens
from bot.github.client import Client
from bot.github.documents import questions
from bot.github.parsing.source import glimpsed

AT_ONCE = 50
"""Each asks for two connections at most, so that a document costs one point."""


async def source_glimpses(
    client: Client, tokens: Tokens, repository: str, wanted: Iterable[SourceNeeds]
) -> Mapping[SourceNeeds, SourceSeen]:
    """Return what these source repositories show, as far as it is complete. Raises Temporary."""
    ours = [each for each in dict.fromkeys(wanted) if _is_near(each.repository, repository)]
    found: dict[SourceNeeds, SourceSeen] = {}
    for start in range(0, len(ours), AT_ONCE):
        now = ours[start : start + AT_ONCE]
        credential = await tokens.reading_around(repository)
        document, variables = questions.sources(now)
        answer = await client.ask(document, variables, credential=credential)
        for number, each in enumerate(now):
            seen = glimpsed(answer.data.get(f"r{number}"))
            if seen is not None and seen.name.lower() == each.repository.lower():
                found[each] = seen
    return found


def _is_near(source: str, repository: str) -> bool:
    return is_repository(source) and owner_of(source) == owner_of(repository)
