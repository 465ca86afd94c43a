"""`sweep`: one look at a whole manifests repository, in one document whatever the number of its applications.

Beyond a hundred open pull requests or promotion branches, each further hundred of both costs one request. Pull requests by
others that were read before, and have not changed since, are left out. Promotions are then found by their branches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.gates.protection import OWN_CHECK
from bot.core.needs.repository import SweepNeeds
from bot.core.observation.files import ListedFile
from bot.core.observation.pull_request import EndedPull
from bot.core.observation.sweep import Sweep, SweptPull
from bot.core.repository.other_pull_requests import Proposal
from bot.github.auth.tokens import Tokens
from bot.github.client import Client, Credential
from bot.github.documents import questions
from bot.github.errors import Json
from bot.github.parsing import repository as parsed_repository
from bot.github.parsing import sweep as parsed
from bot.github.parsing.actors import Me
from bot.github.parsing.answers import next_page, nodes
from bot.github.parsing.comments import merges
from bot.github.parsing.commits import commit, made_by_app
from bot.github.parsing.files import Harvest
from bot.github.parsing.pull_request import ended_pulls
from bot.github.reads.completing.further_pages import Reports
from bot.github.reads.look import (
    POLICIES,
    POLICY,
    Illegible,
    Look,
    base_of,
    no_policies,
    repository_in,
)
from bot.github.reads.memories import Memories
from bot.github.reads.objects import Objects

PAGES = 10
"""Of a hundred each, beyond the first. Of others' pull requests, those that were changed last are read."""
OWN_AT_ONCE = 50
"""Branches in one document, which then costs two points."""
PAGES_ENDED = 2
"""Of a hundred past pull requests each."""


class Sweeper:
    """Looks at whole repositories."""

    def __init__(self, client: Client, tokens: Tokens, memories: Memories) -> None:
        self._client = client
        self._tokens = tokens
        self._memories = memories
        self._objects = Objects(client)

    async def sweep(self, needs: SweepNeeds) -> Sweep:
        """Look once. Raises Temporary."""
        credential = await self._tokens.working_on(needs.repository)
        waiting = self._memories.comments.waiting(needs.repository)
        document, variables = questions.sweep(
            needs, policies=needs.repository not in self._memories.policies, waiting=waiting
        )
        answer = await self._client.ask(document, variables, credential=credential)
        seen = repository_in(answer)
        head = base_of(seen)
        look = Look(self._client, self._objects, repository=needs.repository, credential=credential)
        policy_files, policy_id = await look.policy(head, self._memories.policies)
        me = self._tokens.recognise(answer)
        repository = parsed_repository.repository(seen, app_id=me.app_id)
        reports = Reports(self._client, needs.repository, credential=credential, app_id=me.app_id)
        await reports.read_on((each["oid"], each["statusCheckRollup"]) for each in nodes(head["recent"]))
        await reports.read_on(parsed.reported(seen), brief=True)
        pulls = parsed.pull_requests(seen, me)
        branches = parsed.branches(seen)
        known = needs.read.until if needs.read is not None and needs.read.policy_id == policy_id else None
        unread = await self._more(
            needs.repository, seen, pulls, branches, known=known, me=me, reports=reports, credential=credential
        )
        if "open" in unread:
            unread |= await self._own(needs.repository, pulls, branches, me=me, reports=reports, credential=credential)
        if repository.protection.head_green:
            pulls = await _judged_groups(pulls, reports)
        said = await self._memories.comments.join(
            needs.repository, answer, waiting, bot_id=me.bot_id, credential=credential
        )
        return Sweep(
            repository=repository,
            policy_files=policy_files,
            policy_id=policy_id,
            state=await self._memories.states.read(
                look, seen["state"], repository_id=repository.node_id, bot_id=me.bot_id
            ),
            entries=parsed.entries(head, needs.folders),
            folders=parsed.folders(head, needs.folders),
            pulls=tuple(pulls.values()),
            branches={name: head["oid"] for name, head in branches.items()},
            own_branches=frozenset(name for name, head in branches.items() if made_by_app(head, me.bot_id)),
            recent=tuple(map(commit, nodes(head["recent"]))),
            comments=said.comments,
            people=await self._memories.people.roles(needs.repository, needs.people, credential=credential),
            teams=await look.teams(answer, needs.teams),
            merges=merges(seen),
            complete="branches" not in unread,
            partial=known is not None and "open" in unread,
            branches_complete="branches" not in unread,
            more_said=said.more,
            repeated=said.repeated,
        )

    async def proposals(self, repository: str, pulls: Sequence[SweptPull]) -> tuple[Proposal, ...]:
        """Return the policies that these pull requests propose. Raises Temporary."""
        credential = await self._tokens.working_on(repository)
        document, variables = questions.proposals(repository, [(pull.number, pull.head_oid) for pull in pulls])
        answer = await self._client.ask(document, variables, credential=credential)
        seen = repository_in(answer)
        look = Look(self._client, self._objects, repository=repository, credential=credential)
        return tuple([await _proposal(look, seen, f"n{position}", pull) for position, pull in enumerate(pulls)])

    async def ended(self, repository: str) -> tuple[EndedPull, ...]:
        """Return the pull requests that ended lately, newest change first. Raises Temporary."""
        credential = await self._tokens.working_on(repository)
        found: list[EndedPull] = []
        after: str | None = None
        for _ in range(PAGES_ENDED):
            document, variables = questions.ended(repository, after=after)
            page = repository_in(await self._client.ask(document, variables, credential=credential))["ended"]
            found += ended_pulls(page)
            after = next_page(page)
            if after is None:
                break
        return tuple(found)

    async def files(self, repository: str, head: str) -> tuple[ListedFile, ...]:
        """Return every file of a commit. Raises Refused, Temporary."""
        credential = await self._tokens.working_on(repository)
        return await self._objects.files(repository, "", head, credential=credential)

    async def contents(self, repository: str, blobs: frozenset[str]) -> Mapping[str, bytes]:
        """Return the bytes of these blobs, as far as GitHub hands them out. Raises Temporary."""
        credential = await self._tokens.working_on(repository)
        harvest = Harvest()
        await self._objects.gather(repository, blobs, harvest, credential=credential)
        await self._objects.fill(repository, harvest, credential=credential)
        return harvest.blobs

    async def _more(
        self,
        repository: str,
        seen: Json,
        pulls: dict[int, SweptPull],
        branches: dict[str, Json],
        *,
        known: datetime | None,
        me: Me,
        reports: Reports,
        credential: Credential,
    ) -> frozenset[str]:
        """Read the other pages into `pulls` and `branches`. Returns the lists that have even more.

        known: pull requests that have not changed since then need not be read.
        """
        left: set[str] = set()
        for _ in range(PAGES):
            cursors = {name: next_page(seen.get(name)) for name in ("open", "branches")}
            oldest = parsed.oldest_change(seen)
            if cursors["open"] and known is not None and oldest is not None and oldest < known:
                cursors["open"] = None
                left.add("open")
            if not any(cursors.values()):
                return frozenset(left)
            document, variables = questions.more(
                repository, pulls_after=cursors["open"], branches_after=cursors["branches"]
            )
            answer = await self._client.ask(document, variables, credential=credential)
            seen = repository_in(answer)
            await reports.read_on(parsed.reported(seen), brief=True)
            # Somebody may have changed one meanwhile, which moves it to the front; then an earlier page had it.
            pulls |= parsed.pull_requests(seen, me)
            branches |= parsed.branches(seen)
        return frozenset(left.union(name for name in ("open", "branches") if next_page(seen.get(name))))

    async def _own(
        self,
        repository: str,
        pulls: dict[int, SweptPull],
        branches: Mapping[str, Json],
        *,
        me: Me,
        reports: Reports,
        credential: Credential,
    ) -> frozenset[str]:
        """Read the pull requests of promotion branches that are not among `pulls` into them. Returns as `_more` does."""
        seen_already = {pull.branch for pull in pulls.values() if not pull.is_cross_repository}
        missing = sorted(branches.keys() - seen_already)
        left: set[str] = set()
        for start in range(0, len(missing), OWN_AT_ONCE):
            document, variables = questions.own(repository, missing[start : start + OWN_AT_ONCE])
            answer = repository_in(await self._client.ask(document, variables, credential=credential))
            for ref in (ref for alias, ref in answer.items() if alias.startswith("b") and ref):
                page = {"open": ref["associatedPullRequests"]}
                await reports.read_on(parsed.reported(page), brief=True)
                pulls |= parsed.pull_requests(page, me)
                left.update(["branches"] if next_page(page["open"]) else ())
        return frozenset(left)


async def _judged_groups(pulls: Mapping[int, SweptPull], reports: Reports) -> dict[int, SweptPull]:
    """Add whether the bot's check passed on what a merge queue made of its pull requests, if others are in the queue too."""
    queued = [pull for pull in pulls.values() if pull.group_oid is not None]
    found = dict(pulls)
    for pull in queued if any(not each.is_ours for each in queued) else ():
        if pull.is_ours and pull.group_oid is not None:
            runs = await reports.own(pull.group_oid)
            passed = any(run["name"] == OWN_CHECK and run["conclusion"] == "success" for run in runs)
            found[pull.number] = replace(pull, group_passed=passed)
    return found


async def _proposal(look: Look, seen: Json, alias: str, pull: SweptPull) -> Proposal:
    found, head = seen[alias], seen[f"{alias}_head"]
    if not found or found["headRefOid"] != pull.head_oid or not head:
        return Proposal(pull.head_oid, changes_it=False, files={})  # it has moved on, which makes another look due
    paths = [file["path"] for file in nodes(found["files"])]
    known = found["files"] is not None and not found["files"]["pageInfo"]["hasNextPage"]
    if known and not any(path == POLICY or path.startswith(f"{POLICIES}/") for path in paths):
        return Proposal(pull.head_oid, changes_it=False, files={})
    try:
        files, _ = await look.policy(head, no_policies())
    except Illegible as problem:
        return Proposal(pull.head_oid, changes_it=True, files={}, unread=problem.reason)
    return Proposal(pull.head_oid, changes_it=True, files=files)
