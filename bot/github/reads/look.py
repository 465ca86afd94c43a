"""What every look at a manifests repository shares: its policy, people and teams, and the bytes of files.

Most of it is in the answer. The rest (deep folders, large files, a team's second page) is asked for here.
"""

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass

from cachetools import LRUCache

from bot.core.needs.application import Needs
from bot.core.observation.files import ListedFile
from bot.core.values.errors import Temporary
from bot.github.client import Client, Credential
from bot.github.documents import questions
from bot.github.documents.questions import Question
from bot.github.errors import UNREADABLE, Answer, Complaint, Json, Refused
from bot.github.parsing import files as parsed
from bot.github.parsing.answers import nodes
from bot.github.parsing.files import Harvest, Listing
from bot.github.reads.objects import Objects, take_in

POLICY = ".gitops.yml"
POLICIES = ".gitops"
POLICY_BYTES_KEPT = 32 * 1024 * 1024

# What may be missing because its value can say so: teams, blobs, commits, the source, and rules. Likewise a comment
# that was deleted, and two parts of a pull request: the head of a private fork, and a merge queue.
_OPTIONAL = re.compile(
    r"(?:source|waiting|t\d+|repository\.(?:[bcn]\d+|n\d+_head|open\.nodes\.\d+\.(?:headRef|mergeQueueEntry)"
    r"|defaultBranchRef\.(?:rules|refUpdateRule)))(?:\.|$)"
)


class Illegible(Temporary):
    """GitHub answered but does not hand out a file's content. Another version of the file may be readable."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The files below `.gitops`: the id of the tree, and path → text."""

    tree: str
    files: Mapping[str, str]

    @property
    def size(self) -> int:
        """Its approximate size in memory, in bytes."""
        return 1 + sum(len(path) + len(text) for path, text in self.files.items())


Policies = MutableMapping[str, Policy]
"""What was read last, by repository. A look asks again only for what has changed."""


def no_policies() -> Policies:
    """Return an empty cache, limited in bytes."""
    return LRUCache(POLICY_BYTES_KEPT, getsizeof=lambda policy: min(policy.size, POLICY_BYTES_KEPT))


def repository_in(answer: Answer) -> Json:
    """Return the repository of an answer. Raises Temporary where GitHub could not read something that must be there."""
    wrong = [each for each in answer.complaints if not _may_be_missing(each)]
    if wrong:
        raise Temporary("GitHub could not show everything: " + "; ".join(sorted({str(each) for each in wrong})))
    repository = answer.data.get("repository")
    if repository is None:
        raise Temporary("the App cannot see this repository. Check that the App is installed there")
    return dict(repository)


def base_of(repository: Json) -> Json:
    """Return the commit that the default branch points at. Raises Temporary where the repository is empty."""
    if not (repository.get("defaultBranchRef") or {}).get("target"):
        raise Temporary(f"{repository['nameWithOwner']} is empty: it has no default branch with a commit yet")
    return dict(repository["defaultBranchRef"]["target"])


def _is_yaml(path: str) -> bool:
    """Return whether a file can be part of the policy. Others, such as a picture, need not be readable."""
    return path.endswith((".yml", ".yaml"))


class Look:
    """One look at one repository, and the bytes read so far."""

    def __init__(self, client: Client, objects: Objects, *, repository: str, credential: Credential) -> None:
        self.harvest = Harvest()
        self._client = client
        self._objects = objects
        self.repository = repository
        self._credential = credential

    async def folder(self, path: str, tree: Json | None, wanted: Callable[[str], bool]) -> Listing | None:
        """Return every file below a folder; None where there is no such folder. Adds the wanted files to the harvest."""
        listing = parsed.listing(path, tree)
        self.harvest.gather(parsed.texts_of(tree, wanted))
        if listing is None or not listing.deeper:
            return listing
        files = await self._objects.files(self.repository, path, listing.tree, credential=self._credential)
        have = self.harvest.blobs.keys() | self.harvest.missing.keys()
        ids = {file.blob_id for file in files if wanted(file.path)} - have
        await self._objects.gather(self.repository, ids, self.harvest, credential=self._credential)
        return Listing(listing.tree, files, deeper=False)

    async def blobs(self, seen: Json, needs: Needs) -> None:
        """Add the blobs that were asked for by their ids."""
        inline = questions.inline_blobs(needs)
        take_in(self.harvest, inline, seen)
        rest = needs.blobs.difference(inline)
        await self._objects.gather(self.repository, rest, self.harvest, credential=self._credential)

    async def fill(self) -> None:
        """Fetch the bytes that are still missing."""
        await self._objects.fill(self.repository, self.harvest, credential=self._credential)

    async def ask(self, question: Question) -> Json:
        """Send one more document about the same repository. Raises as `repository_in`."""
        document, variables = question
        return repository_in(await self._client.ask(document, variables, credential=self._credential))

    async def tree(self, oid: str) -> Json | None:
        """Return a tree with its texts, by its id; None where GitHub does not have it."""
        found: Json | None = (await self.ask(questions.tree(self.repository, oid)))["tree"]
        return found

    async def texts(
        self, tree: Json | None, wanted: Callable[[str], bool]
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return path → text of the wanted files, and path → the reason for those that cannot be read."""
        self.harvest.gather(parsed.texts_of(tree, wanted))
        await self.fill()
        listing = parsed.listing("", tree)
        read: dict[str, str] = {}
        unreadable: dict[str, str] = {}
        for file in filter(lambda each: wanted(each.path), listing.files if listing else ()):
            try:
                read[file.path] = self._text(file)
            except Illegible as trouble:
                unreadable[file.path] = trouble.reason
        return read, unreadable

    async def policy(self, head: Json, known: Policies) -> tuple[Mapping[str, str], str]:
        """Return the policy's files, path → text, and an id that changes when any of them does.

        Raises Illegible where one of them cannot be read: going on without it could loosen what it demands.
        """
        folder = head["policies"] or {}
        tree = folder.get("oid", "")
        below = known.get(self.repository) if tree else Policy("", {})
        if below is None or below.tree != tree:
            below = known[self.repository] = Policy(tree, await self._policies(tree, folder))
        root = (head["policy"] or {}).get("object")
        if not root or "text" not in root:
            return below.files, f":{tree}"
        self.harvest.gather([root])
        await self.fill()
        text = self._text(ListedFile(POLICY, root["oid"], parsed.REGULAR_FILE))
        return {POLICY: text, **below.files}, f"{root['oid']}:{tree}"

    async def code_owners(self, head: Json) -> str | None:
        """Return the text of CODEOWNERS, '' where there is none; None where it cannot be read or was not asked for."""
        found = [head.get(f"owners{number}") for number in range(3)]
        there = next((each["object"] for each in found if each and "text" in (each["object"] or {})), None)
        if there is None:
            return "" if "owners0" in head else None
        self.harvest.gather([there])
        await self.fill()
        content = self.harvest.blobs.get(there["oid"])
        return None if content is None else content.decode("utf-8", "replace")

    async def _policies(self, tree: str, folder: Json) -> Mapping[str, str]:
        """Return the files below `.gitops`: from the answer, or from another one if the cache turned out to be stale."""
        found = folder.get("object")
        if found is None:
            found = await self.tree(tree)
            if found is None:
                raise Temporary(f"{self.repository}: {POLICIES} disappeared during the look")
        listing = await self.folder(POLICIES, found, _is_yaml)
        await self.fill()
        return {file.path: self._text(file) for file in listing.files if _is_yaml(file.path)} if listing else {}

    async def teams(self, answer: Answer, teams: Iterable[str]) -> Mapping[str, frozenset[str] | None]:
        """Return the members of every team that was asked for; None for a team that cannot be read."""
        found: dict[str, frozenset[str] | None] = {}
        for alias, name in questions.team_aliases(teams).items():
            team = (answer.data.get(alias) or {}).get("team")
            found[name] = None if team is None or answer.about(alias) else await self._members(name, team["members"])
        return found

    async def _members(self, name: str, page: Json) -> frozenset[str]:
        members = {member["login"] for member in nodes(page)}
        while page["pageInfo"]["hasNextPage"]:
            document, variables = questions.team(name, page["pageInfo"]["endCursor"])
            answer = await self._client.ask(document, variables, credential=self._credential)
            team = (answer.data.get("organization") or {}).get("team")
            if team is None:
                raise Temporary(
                    f"only some members of the team {name} could be read: {'; '.join(map(str, answer.complaints))}"
                )
            page = team["members"]
            members |= {member["login"] for member in nodes(page)}
        return frozenset(members)

    def _text(self, file: ListedFile) -> str:
        content = self.harvest.blobs.get(file.blob_id)
        if content is None:
            reason = self.harvest.unreadable.get(file.blob_id, "GitHub did not send its content")
            raise Illegible(f"{self.repository}: {file.path} cannot be read: {reason}")
        return content.decode("utf-8", "replace")


def _may_be_missing(complaint: Complaint) -> bool:
    return complaint.kind in UNREADABLE and _OPTIONAL.match(".".join(complaint.path)) is not None


def refused_source(error: Refused) -> bool:
    """Return whether the source repository's own installation refuses access. That is a value, not a failure."""
    return error.status in (403, 404, 422) and error.again_at is None
