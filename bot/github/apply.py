"""`apply`: carries out a plan, and chooses nothing. `writes` says what each action writes, `schedule` in how many documents.

Every write names what the decision saw (a head, a branch's tip), so that it fails where the world has moved on. What GitHub
refuses becomes `WritesRefused` in its own words, once all else is carried out: nothing is repeated here, not even what
answers "already there", for only a fresh look can tell by whom and as what. No answer at all, or a limit, ends the plan.

A merge comes at once after the look that it was decided upon, or `gitops-state` is read again first: GitHub has no merge that
depends on another branch, so a hold that is recorded in the moment between that answer and the merge comes too late.

Races accepted: that one; and what was written before an error stays, and the next pass sees it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cachetools import LRUCache

from bot.core.observation.repository import Repository
from bot.core.pages.refused_writes import WritesRefused
from bot.core.pages.status_comment import with_refusals
from bot.core.plan import (
    Action,
    ClosePromotion,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    UpdatePromotion,
    WriteState,
)
from bot.core.values.errors import Overtaken, Temporary
from bot.core.values.permit import Permit
from bot.github import composition, documents
from bot.github.auth import Tokens
from bot.github.client import Client, Credential, below
from bot.github.commits import Commits
from bot.github.errors import Answer, Json, Refused
from bot.github.look import repository_in
from bot.github.nouns import nodes
from bot.github.schedule import Batch, schedule
from bot.github.texts import REGULAR_FILE
from bot.github.writes import STATE_BRANCH, Work, Write
from bot.runtime import Runtime

FINAL = frozenset({403, 404, 405, 409, 422})
"""What GitHub means when it answers so; other statuses are its own trouble, or a limit."""
AT_ONCE = timedelta(seconds=1)
"""A merge that waited longer for its turn reads `gitops-state` again."""
STALE, EXISTS = "STALE_DATA", "Reference already exists"
"""How GitHub says that a branch is not where it was seen, or is there by now."""
PASS = timedelta(minutes=2)
"""No pass takes longer from its look to its merge; a state head that was replaced longer ago was seen afresh."""


class Applier:
    """Carries out plans. Remembers which heads of `gitops-state` it has itself replaced lately."""

    def __init__(self, client: Client, tokens: Tokens, runtime: Runtime) -> None:
        self._client = client
        self._tokens = tokens
        self._runtime = runtime
        self._replaced: LRUCache[tuple[str, str | None], datetime] = LRUCache(4096)
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def apply(self, works: Sequence[Work], *, repository: Repository, permit: Permit) -> None:
        """Carry out these actions in order. repository: as the decision saw it.

        Raises WritesRefused where GitHub refused something, Overtaken where somebody else wrote `gitops-state` first,
        Temporary where GitHub did not answer, LeaseLost where the permit was withdrawn.
        """
        if not works:
            return
        began, sent = self._runtime.now(), False
        credential = await self._tokens.working_on(repository.name)
        own_state: dict[str | None, str] = {}
        results: dict[str, Json] = {}
        failures = _Failures()
        ready: list[Work] = []
        for work in works:
            try:
                ready.append(await self._prepare(work, repository, credential=credential, permit=permit))
            except Refused as refusal:
                if refusal.status not in FINAL or refusal.again_at is not None:
                    raise
                failures.refuse(work.action, doing=_preparing(work.action), said=refusal.reason)
        if failures.are_final:
            failures.tell()
        for each in schedule(ready, repository):
            batch = each.without(failures.actions)
            if not batch.writes:
                continue
            # One write at a time in each installation, so that GitHub's secondary limits stay far:
            # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#avoid-concurrent-requests
            async with self._turns[credential.installation.id]:
                await permit.confirm()
                self._refuse_stale_merges(batch, repository, own_state)
                if sent or self._runtime.now() - began > AT_ONCE:
                    await self._read_state_again(batch, repository, own_state, credential)
                answer = await self._send(batch, results, credential)
                sent = True
            self._remember_state(batch, answer, repository, own_state)
            failures.add(batch, answer)
            if failures.are_final:
                break
        failures.tell()

    async def _prepare(self, work: Work, repository: Repository, *, credential: Credential, permit: Permit) -> Work:
        """What must be there before the documents: by REST, because GraphQL cannot do it."""
        action = work.action
        commits = Commits(self._client, repository.name, credential=credential, permit=permit)
        if isinstance(action, WriteState) and action.seen_head is None:
            return replace(work, state_head=await commits.state_branch())
        if isinstance(action, OpenPromotion | UpdatePromotion) and _has_odd_modes(work):
            commit = await commits.commit(work.files, parent=action.base_oid, message=action.message)
            return replace(work, commit=commit)
        if isinstance(action, ClosePromotion):
            # A label that does not exist yet is created by this:
            # https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue
            await permit.confirm()
            path = below(repository.name, "issues", str(action.number), "labels")
            await self._client.send(path, {"labels": [action.label]}, credential=credential, operation="label")
        if isinstance(action, IntroducePromotion):
            refusals = await self._introduce(action, repository, credential=credential, permit=permit)
            return replace(work, action=replace(action, body=with_refusals(action.body, refusals)))
        return work

    async def _introduce(
        self, action: IntroducePromotion, repository: Repository, *, credential: Credential, permit: Permit
    ) -> tuple[tuple[str, str], ...]:
        """Labels, and a review from each one, by itself: GitHub asks nobody where one of several cannot be asked.

        https://docs.github.com/en/rest/pulls/review-requests#request-reviewers-for-a-pull-request
        """
        number, asked = str(action.number), "requested_reviewers"
        steps: list[tuple[str, str, Json]] = []
        if action.labels:
            path = below(repository.name, "issues", number, "labels")
            steps.append((f"put on the labels {', '.join(action.labels)}", path, {"labels": list(action.labels)}))
        for reviewer in action.reviewers:
            team = reviewer.partition("/")[2]
            person = {"team_reviewers": [team]} if team else {"reviewers": [reviewer]}
            steps.append((f"ask {reviewer} for a review", below(repository.name, "pulls", number, asked), person))
        refusals = []
        for what, path, body in steps:
            await permit.confirm()
            try:
                await self._client.send(path, body, credential=credential, operation="introduce")
            except Refused as refusal:
                if refusal.status not in FINAL or refusal.again_at is not None:
                    raise
                refusals.append((what, refusal.reason.removeprefix("introduce: ")))
        return tuple(refusals)

    async def _send(self, batch: Batch, results: dict[str, Json], credential: Credential) -> Answer:
        """Send one document, and keep the answers that later ones need."""
        document = documents.mutation(batch.operation, [write.field for write in batch.writes])
        variables = {
            alias: write.input(results) if callable(write.input) else write.input for alias, write in _aliased(batch)
        }
        answer = await self._client.ask(document, variables, credential=credential)
        results |= {write.result: answer.data[alias] for alias, write in _aliased(batch) if answer.data.get(alias)}
        return answer

    def _refuse_stale_merges(self, batch: Batch, repository: Repository, own_state: Mapping[str | None, str]) -> None:
        """A merge is off when this process has itself written a newer `gitops-state` than the decision saw.

        What this very plan wrote does not count: it was decided together with the merge, and by compare-and-swap.
        """
        now = self._runtime.now()
        for action in batch.actions:
            if not isinstance(action, MergePromotion | EnqueuePromotion):
                continue
            state = own_state.get(action.seen_state, action.seen_state)
            replaced = self._replaced.get((repository.name, state))
            if replaced is not None and now - replaced < PASS:
                raise Temporary(f"#{action.number}: gitops-state was written since this was decided", again_at=now)

    async def _read_state_again(
        self, batch: Batch, repository: Repository, own_state: Mapping[str | None, str], credential: Credential
    ) -> None:
        """A merge is off when somebody has written `gitops-state`, or labelled an issue with a hold, since the decision."""
        merging = [action for action in batch.actions if isinstance(action, MergePromotion | EnqueuePromotion)]
        if not merging:
            return
        document, variables = composition.head(repository.name)
        seen = repository_in(await self._client.ask(document, variables, credential=credential))
        head = ((seen["state"] or {}).get("target") or {}).get("oid")
        held = repository.hold_issue is None and any(nodes(seen["held"]))
        for action in merging:
            if held or own_state.get(action.seen_state, action.seen_state) != head:
                said = f"#{action.number}: gitops-state was written since this was decided"
                raise Temporary(said, again_at=self._runtime.now())

    def _remember_state(
        self, batch: Batch, answer: Answer, repository: Repository, own_state: dict[str | None, str]
    ) -> None:
        """Whether or not the rest went well: what was written is newer than what it was written on."""
        written = [alias for alias, write in _aliased(batch) if write.result.startswith("state from ")]
        writes = [action for action in batch.actions if isinstance(action, WriteState)]
        for alias, action in zip(written, writes, strict=True):
            if answer.data.get(alias):
                self._replaced[repository.name, action.seen_head] = self._runtime.now()
                own_state[action.seen_head] = answer.data[alias]["commit"]["oid"]


def _aliased(batch: Batch) -> list[tuple[str, Write]]:
    return [(f"m{number}", write) for number, write in enumerate(batch.writes)]


@dataclass(slots=True)
class _Failures:
    """What GitHub refused so far. actions: those that have no further document. are_final: the plan ends here."""

    actions: list[Action] = field(default_factory=list)
    are_final: bool = False
    _said: list[str] = field(default_factory=list)
    _refused: list[tuple[Action, str, str]] = field(default_factory=list)
    _overtaken: bool = False

    def add(self, batch: Batch, answer: Answer) -> None:
        """Look at every field of a document, by its alias."""
        for (alias, write), owner in zip(_aliased(batch), batch.owners, strict=True):
            said = "; ".join(complaint.message for complaint in answer.about(alias))
            if isinstance(owner, WriteState) and any(each.kind == STALE for each in answer.about(alias)):
                self._overtaken = True
            if said or not answer.data.get(alias):
                self.refuse(owner, doing=write.doing, said=said or "GitHub gave no answer")
        whole = [complaint.message for complaint in answer.complaints if not complaint.path]
        self._said += whole
        self.are_final = self.are_final or bool(whole)

    def refuse(self, action: Action, *, doing: str, said: str) -> None:
        """An action is not carried out. What follows from its first failure is none of its own."""
        if all(action is not each for each in self.actions):
            self._refused.append((action, doing, said))
        self._said.append(f"could not {doing}: {said}")
        self.actions.append(action)
        self._overtaken = self._overtaken or (isinstance(action, WriteState) and EXISTS in said)
        self.are_final = self.are_final or isinstance(action, WriteState)

    def tell(self) -> None:
        """Raises WritesRefused where GitHub refused something, Temporary where it had no answer to anything.

        Where `gitops-state` was overtaken, the rest of what was refused will show again.
        """
        if self._overtaken:
            raise Overtaken("; ".join(self._said))
        if self._refused:
            raise WritesRefused("; ".join(self._said), self._refused)
        if self._said:
            raise Temporary("; ".join(self._said))


def _preparing(action: Action) -> str:
    """What is done by REST before the documents, for people."""
    match action:
        case WriteState():
            return f"create the branch {STATE_BRANCH}"
        case ClosePromotion():
            return f"label #{action.number}"
        case _:
            return "commit the new version"


def _has_odd_modes(work: Work) -> bool:
    return any(file.mode != REGULAR_FILE for file in work.files)
