"""`apply`: carries out a plan. `writers` says what each action writes, `schedule` in how many documents.

Every write names what the decision saw (a head, a branch's tip), so that it fails if that has changed since. What GitHub
refuses becomes `WritesRefused`, in GitHub's words, after everything else is carried out. Nothing is repeated here, not even
after "already exists": only a fresh look shows who created it. If GitHub does not answer, or a limit is reached, the plan
ends.

A merge, or a check run that turns green, is sent immediately after the look it was decided on; otherwise `gitops-state` is read
again first. GitHub has no merge
that depends on another branch, so a hold that is recorded between that answer and the merge comes too late.

Races accepted: that one; and what was written before an error stays. The next pass sees it.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from cachetools import LRUCache

from bot.core.observation.repository import Repository
from bot.core.plan import Action, MergeAction, WriteState
from bot.core.values.errors import Temporary
from bot.core.values.permit import Permit
from bot.github.auth.tokens import Tokens
from bot.github.client import Client, Credential
from bot.github.documents import questions, templates
from bot.github.errors import Answer, Json, Limited, Refused
from bot.github.parsing.answers import nodes
from bot.github.reads.look import repository_in
from bot.github.writes import state
from bot.github.writes.outcome.failures import Failures, aliased
from bot.github.writes.outcome.rulesets import naming
from bot.github.writes.preparation import Site, is_final
from bot.github.writes.schedule import Batch, decided_on, schedule
from bot.github.writes.write import Work
from bot.github.writes.writers import writer_of
from bot.runtime import Runtime

_log = logging.getLogger(__name__)

AT_ONCE = timedelta(seconds=1)
"""A merge that waited longer for its turn reads `gitops-state` again."""
PASS = timedelta(minutes=2)
"""No pass takes longer from its look to its merge. So a decision has seen every replacement older than this."""


class Applier:
    """Carries out plans. Remembers which heads of `gitops-state` it has replaced lately."""

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
        site = Site(self._client, repository.name, credential, permit)
        own_state: dict[str | None, str] = {}
        results: dict[str, Json] = {}
        failures = Failures()
        ready = await self._prepare(works, site, failures)
        if failures.are_final:
            await failures.explain(partial(naming, site))
            failures.raise_any()
        for each in schedule(ready, repository):
            batch = each.without(failures.actions)
            if not batch.writes:
                continue
            # One write at a time in each installation, to stay clear of GitHub's secondary limits:
            # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#avoid-concurrent-requests
            async with self._turns[credential.installation.id]:
                await permit.confirm()
                self._refuse_stale(batch, repository, own_state)
                if sent or self._runtime.now() - began > AT_ONCE:
                    await self._read_state_again(batch, repository, own_state, credential)
                try:
                    answer = await self._send(batch, results, credential)
                except Limited as limit:
                    self._remember_state(batch, limit.answer, repository, own_state)
                    raise
                sent = True
            self._remember_state(batch, answer, repository, own_state)
            failures.add(batch, answer)
            done = [write.doing for alias, write in aliased(batch) if answer.data.get(alias)]
            _log.info("%s: GitHub did: %s", repository.name, ", ".join(done) or "nothing")
            if failures.are_final:
                break
        await failures.explain(partial(naming, site))
        failures.raise_any()

    async def _prepare(self, works: Sequence[Work], site: Site, failures: Failures) -> list[Work]:
        """Do by REST what must be there before the documents. Returns the actions that GitHub did not refuse."""
        ready: list[Work] = []
        for work in works:
            preparation = writer_of(work.action).preparation
            if preparation is None:
                ready.append(work)
                continue
            try:
                ready.append(await preparation.run(work.action, work, site))
            except Refused as refusal:
                if not is_final(refusal):
                    raise
                failures.refuse(work.action, doing=preparation.doing(work.action), said=refusal.reason)
        return ready

    async def _send(self, batch: Batch, results: dict[str, Json], credential: Credential) -> Answer:
        """Send one document, and keep the answers that later ones need."""
        document = templates.mutation(batch.operation, [write.field for write in batch.writes])
        variables = {
            alias: write.input(results) if callable(write.input) else write.input for alias, write in aliased(batch)
        }
        answer = await self._client.ask(document, variables, credential=credential)
        results |= {write.result: answer.data[alias] for alias, write in aliased(batch) if answer.data.get(alias)}
        return answer

    def _refuse_stale(self, batch: Batch, repository: Repository, own_state: Mapping[str | None, str]) -> None:
        """Raise Temporary for a merge, or a green check run, if this process has written `gitops-state` since the decision.

        What this same plan wrote does not count: it was decided together with the merge, and written by compare-and-swap.
        """
        now = self._runtime.now()
        for action in batch.actions:
            seen = decided_on(action)
            if seen is None:
                continue
            replaced = self._replaced.get((repository.name, own_state.get(seen.head, seen.head)))
            if replaced is not None and now - replaced < PASS:
                raise _out_of_date(action, now)

    async def _read_state_again(
        self, batch: Batch, repository: Repository, own_state: Mapping[str | None, str], credential: Credential
    ) -> None:
        """Raise Temporary for the same, if somebody wrote `gitops-state` or labelled an issue with a hold meanwhile."""
        deciding = [(action, on) for action in batch.actions if (on := decided_on(action)) is not None]
        if not deciding:
            return
        document, variables = questions.head(repository.name)
        seen = repository_in(await self._client.ask(document, variables, credential=credential))
        head = ((seen["state"] or {}).get("target") or {}).get("oid")
        held = repository.hold_issue is None and any(nodes(seen["held"]))
        for action, decided in deciding:
            if held or own_state.get(decided.head, decided.head) != head:
                raise _out_of_date(action, self._runtime.now())

    def _remember_state(
        self, batch: Batch, answer: Answer, repository: Repository, own_state: dict[str | None, str]
    ) -> None:
        """Note which head was replaced by which, whether or not the rest of the document succeeded."""
        written = [alias for alias, write in aliased(batch) if write.result.startswith(state.RESULT)]
        writes = [action for action in batch.actions if isinstance(action, WriteState)]
        for alias, action in zip(written, writes, strict=True):
            if answer.data.get(alias):
                self._replaced[repository.name, action.seen_head] = self._runtime.now()
                own_state[action.seen_head] = answer.data[alias]["commit"]["oid"]


def _out_of_date(action: Action, now: datetime) -> Temporary:
    what = f"#{action.number}" if isinstance(action, MergeAction) else "a check run"
    return Temporary(f"{what}: gitops-state has changed since it was decided", again_at=now)
