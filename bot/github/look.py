"""What every look at a manifests repository shares: its policy, people and teams, and the bytes.

Most of it stands in the answer. What does not (deep folders, large files, a team's second page) is asked for here.
"""

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass

from cachetools import LRUCache

from bot.core.needs.application import Needs
from bot.core.observation.actors import Permission
from bot.core.observation.files import ListedFile
from bot.core.values.errors import Temporary
from bot.github import composition, texts
from bot.github.client import Client, Credential
from bot.github.composition import Question
from bot.github.errors import UNREADABLE, Answer, Complaint, Json, Refused
from bot.github.nouns import nodes, permission
from bot.github.objects import Objects, take_in
from bot.github.texts import Harvest, Listing

POLICY = ".gitops.yml"
POLICIES = ".gitops"
POLICY_BYTES_KEPT = 32 * 1024 * 1024

# What may be missing, because the value it becomes can say so: people, teams, blobs, commits, the source, and rules. So may
# a comment that was deleted, and what stands behind a pull request: the head of a private fork, and a merge queue.
_OPTIONAL = re.compile(
    r"(?:source|waiting|t\d+|repository\.(?:[pbcn]\d+|n\d+_head|open\.nodes\.\d+\.(?:headRef|mergeQueueEntry)"
    r"|defaultBranchRef\.(?:rules|refUpdateRule)))(?:\.|$)"
)


class Illegible(Temporary):
    """GitHub answered, and does not hand out a file's content; it will once the file is another one."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What stands below `.gitops`: the id of its tree, and path → text."""

    tree: str
    files: Mapping[str, str]

    @property
    def size(self) -> int:
        """About how much memory it takes."""
        return 1 + sum(len(path) + len(text) for path, text in self.files.items())


Policies = MutableMapping[str, Policy]
"""What was read last, by repository: a look asks again only for what has changed."""


def no_policies() -> Policies:
    """Nothing was read yet; at most as much is kept as memory is to spare."""
    return LRUCache(POLICY_BYTES_KEPT, getsizeof=lambda policy: min(policy.size, POLICY_BYTES_KEPT))


def repository_in(answer: Answer) -> Json:
    """The repository of an answer, once nothing speaks against reading it.

    Raises Temporary where GitHub complains of something that must be there.
    """
    wrong = [each for each in answer.complaints if not _may_be_missing(each)]
    if wrong:
        raise Temporary("GitHub could not show everything: " + "; ".join(sorted({str(each) for each in wrong})))
    repository = answer.data.get("repository")
    if repository is None:
        raise Temporary("GitHub shows no such repository to the App; is it installed there?")
    return dict(repository)


def base_of(repository: Json) -> Json:
    """The commit that the default branch points at. Raises Temporary where the repository is empty."""
    if not (repository.get("defaultBranchRef") or {}).get("target"):
        raise Temporary(f"{repository['nameWithOwner']} is empty: it has no default branch with a commit yet")
    return dict(repository["defaultBranchRef"]["target"])


def _is_yaml(path: str) -> bool:
    """What could be a part of the policy; a picture beside it need not be readable."""
    return path.endswith((".yml", ".yaml"))


def people_in(repository: Json, people: Iterable[str]) -> Mapping[str, Permission]:
    """The rights of everybody who was asked for; who cannot be found has none."""
    aliases = composition.people_aliases(people)
    return {login: permission(login, repository.get(alias)) for alias, login in aliases.items()}


class Look:
    """One look at one repository, and the bytes it has brought so far."""

    def __init__(self, client: Client, objects: Objects, *, repository: str, credential: Credential) -> None:
        self.harvest = Harvest()
        self._client = client
        self._objects = objects
        self.repository = repository
        self._credential = credential

    async def folder(self, path: str, tree: Json | None, wanted: Callable[[str], bool]) -> Listing | None:
        """Every file below a folder; the bytes of those whose path is wanted go to the harvest, or are missing there."""
        listing = texts.listing(path, tree)
        self.harvest.gather(texts.texts_of(tree, wanted))
        if listing is None or not listing.deeper:
            return listing
        files = await self._objects.files(self.repository, path, listing.tree, credential=self._credential)
        have = self.harvest.blobs.keys() | self.harvest.missing.keys()
        ids = {file.blob_id for file in files if wanted(file.path)} - have
        await self._objects.gather(self.repository, ids, self.harvest, credential=self._credential)
        return Listing(listing.tree, files, deeper=False)

    async def blobs(self, seen: Json, needs: Needs) -> None:
        """Gather the blobs that were asked for by their ids."""
        inline = composition.inline_blobs(needs)
        take_in(self.harvest, inline, seen)
        rest = needs.blobs.difference(inline)
        await self._objects.gather(self.repository, rest, self.harvest, credential=self._credential)

    async def fill(self) -> None:
        """Fetch the bytes that are still missing."""
        await self._objects.fill(self.repository, self.harvest, credential=self._credential)

    async def ask(self, question: Question) -> Json:
        """One more document about the same repository."""
        document, variables = question
        return repository_in(await self._client.ask(document, variables, credential=self._credential))

    async def tree(self, oid: str) -> Json | None:
        """A tree with its texts, by its id; None where GitHub does not know it."""
        found: Json | None = (await self.ask(composition.tree(self.repository, oid)))["tree"]
        return found

    async def texts(
        self, tree: Json | None, wanted: Callable[[str], bool]
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Path → text of the files that are wanted; and path → reason of those that cannot be read."""
        self.harvest.gather(texts.texts_of(tree, wanted))
        await self.fill()
        listing = texts.listing("", tree)
        read: dict[str, str] = {}
        unreadable: dict[str, str] = {}
        for file in filter(lambda each: wanted(each.path), listing.files if listing else ()):
            try:
                read[file.path] = self._text(file)
            except Illegible as trouble:
                unreadable[file.path] = trouble.reason
        return read, unreadable

    async def policy(self, head: Json, known: Policies) -> tuple[Mapping[str, str], str]:
        """The policy's files, path → text, and an id that changes when any of them does.

        Raises Temporary where one of them cannot be read: to go on without it could loosen what it demands.
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
        text = self._text(ListedFile(POLICY, root["oid"], texts.REGULAR_FILE))
        return {POLICY: text, **below.files}, f"{root['oid']}:{tree}"

    async def _policies(self, tree: str, folder: Json) -> Mapping[str, str]:
        """The files below `.gitops`: from the answer, or asked for where it was thought that they are known."""
        found = folder.get("object")
        if found is None:
            found = await self.tree(tree)
            if found is None:
                raise Temporary(f"{self.repository}: {POLICIES} was there a moment ago and is not any more")
        listing = await self.folder(POLICIES, found, _is_yaml)
        await self.fill()
        return {file.path: self._text(file) for file in listing.files if _is_yaml(file.path)} if listing else {}

    async def teams(self, answer: Answer, teams: Iterable[str]) -> Mapping[str, frozenset[str] | None]:
        """The members of every team that was asked for; None where it cannot be read."""
        found: dict[str, frozenset[str] | None] = {}
        for alias, name in composition.team_aliases(teams).items():
            team = (answer.data.get(alias) or {}).get("team")
            found[name] = None if team is None or answer.about(alias) else await self._members(name, team["members"])
        return found

    async def _members(self, name: str, page: Json) -> frozenset[str]:
        members = {member["login"] for member in nodes(page)}
        while page["pageInfo"]["hasNextPage"]:
            document, variables = composition.team(name, page["pageInfo"]["endCursor"])
            answer = await self._client.ask(document, variables, credential=self._credential)
            team = (answer.data.get("organization") or {}).get("team")
            if team is None:
                raise Temporary(f"the team {name} could be read in part only: {'; '.join(map(str, answer.complaints))}")
            page = team["members"]
            members |= {member["login"] for member in nodes(page)}
        return frozenset(members)

    def _text(self, file: ListedFile) -> str:
        content = self.harvest.blobs.get(file.blob_id)
        if content is None:
            reason = self.harvest.unreadable.get(file.blob_id, "its bytes did not come")
            raise Illegible(f"{self.repository}: {file.path} cannot be read: {reason}")
        return content.decode("utf-8", "replace")


def _may_be_missing(complaint: Complaint) -> bool:
    return complaint.kind in UNREADABLE and _OPTIONAL.match(".".join(complaint.path)) is not None


def refused_source(error: Refused) -> bool:
    """The source repository's own installation would not let us in: a value, not a failure."""
    return error.status in (403, 404, 422) and error.again_at is None
