"""One pass: observe → decide → apply, for one key.

`owner/repo#application` is a pass of that application; `owner/repo` is a look at the whole repository, which makes
applications due. What a pass remembers (`Known`, policies, blobs) only saves questions: forget it all, and the next pass
asks again and comes to the same end.

Race accepted: between the last look and the write, the world can change. Every action names what it was decided upon, so
GitHub refuses it, and the next pass decides afresh.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from cachetools import LRUCache

from bot.assembly import (
    Assembled,
    Board,
    Files,
    FromRegistries,
    Logs,
    Refusals,
    Touched,
    Turns,
    assemble,
    render_actions,
    with_refusals,
)
from bot.core.commands.heard import has_enough
from bot.core.decide import decide
from bot.core.needs.application import Known, Needs, needs_for
from bot.core.needs.event_index import Index
from bot.core.needs.registries import asked_about, commits_to_ask, newest_tags, tags_to_ask, tags_to_date
from bot.core.needs.repository import SweepNeeds, repository_needs
from bot.core.observation.observation import Observation
from bot.core.observation.repository import Repository
from bot.core.observation.source import ChangedFiles
from bot.core.observation.sweep import Sweep, SweptPull
from bot.core.pages.dashboard import Dashboard, DashboardPage, decide_dashboard
from bot.core.pages.refused_writes import WritesRefused, by_environment, pages_of, with_refused
from bot.core.plan import Action, Plan, RenderedFile, WriteState
from bot.core.policy import Application, Policy
from bot.core.policy.file.reading import read
from bot.core.repository.decide import Round, decide_repository
from bot.core.repository.other_pull_requests import POLICY_CHECK, Proposal, Told, proposals_to_read
from bot.core.selection.candidates import common_tags
from bot.core.state import State
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.errors import NotInstalled, Overtaken, PolicyError, Temporary
from bot.core.values.permit import Permit
from bot.core.versions.moving_tag import follows
from bot.core.versions.source_paths import paths_of, without_manifests
from bot.runtime import Runtime

_log = logging.getLogger(__name__)

MOST_LOOKS = 5
"""A cold pass needs four: the policy, the folders, the histories, the old blobs. A warm one needs one."""
MOST_ROUNDS = 5
"""So often a pass tries to write `gitops-state` at once, looking afresh each time; then it comes back a little later."""
LOGS_ALONG = 2
"""So many logs more are asked for on suspicion; each costs half a point."""
FOLLOW_UP = timedelta(seconds=30)
"""After a write, the webhook that follows from it makes the key due; this is for the one that is lost."""
POLL = timedelta(hours=1)
SWEEP = timedelta(minutes=10)
APPLICATIONS_REMEMBERED = 20_000
STATES_REMEMBERED = 500
"""Of all repositories; for the pull requests that change a policy, which are told what would follow from it."""
REPORTS_REMEMBERED = 1_000
"""In each repository; what is forgotten is read off its commit, and at worst written once more."""


class GitHub(Protocol):
    """What a pass asks of GitHub; raises Temporary where GitHub does not answer."""

    async def observe(self, needs: Needs) -> Observation:
        """One look at an application."""
        ...

    async def changed_files(self, repository: str, source: str, commits: frozenset[str]) -> Mapping[str, ChangedFiles]:
        """What commits of a source repository change, those that can be read."""
        ...

    async def sweep(self, needs: SweepNeeds) -> Sweep:
        """One look at a repository."""
        ...

    async def proposals(self, repository: str, pulls: tuple[SweptPull, ...]) -> tuple[Proposal, ...]:
        """The policies that pull requests bring."""
        ...

    async def dashboard(self, repository: str) -> Dashboard:
        """The dashboard issue as it stands."""
        ...

    async def write_dashboard(self, repository: str, page: DashboardPage, permit: Permit) -> None:
        """Open or edit it."""
        ...

    async def apply(
        self,
        repository: Repository,
        actions: tuple[Action, ...],
        files: Mapping[str, tuple[RenderedFile, ...]],
        permit: Permit,
    ) -> None:
        """Carry the actions out, in their order. files: by environment. Raises WritesRefused where GitHub refuses some."""
        ...


class Registries(Protocol):
    """What a pass asks of registries; never raises, silence is a value."""

    async def tags(self, image: str) -> Tags | Missing | Unanswered:
        """All tags of an image."""
        ...

    async def observe(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """What these tags, and digests, of these images point at."""
        ...

    async def created(self, wanted: Mapping[str, frozenset[str]]) -> Mapping[str, datetime]:
        """When the versions of these tags were built, those that every image tells."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """The last look of a pass, and the State that came of it. logs: the source commits whose log is there, or was asked for."""

    key: str
    observation: Observation
    policy: Policy
    assembled: Assembled
    logs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decided:
    """An application's pass, up to what it writes. files: by environment."""

    looked: Looked
    plan: Plan
    files: Mapping[str, tuple[RenderedFile, ...]]

    @property
    def actions(self) -> tuple[Action, ...]:
        """What it writes."""
        return self.plan.actions


@dataclass(frozen=True, slots=True)
class Swept:
    """A repository's pass, likewise. proposals: the policies that were judged in it."""

    sweep: Sweep
    policy: Policy | PolicyError
    proposals: tuple[Proposal, ...]
    outcome: Round

    @property
    def actions(self) -> tuple[Action, ...]:
        """What it writes first."""
        return self.outcome.actions


Found = TypeVar("Found", Decided, Swept)


class Reconciler:
    """Runs passes. One for the process: it holds what may be remembered."""

    def __init__(
        self, *, github: GitHub, registries: Registries, make_due: Callable[[str], Awaitable[None]], runtime: Runtime
    ) -> None:
        self._github = github
        self._registries = registries
        self._make_due = make_due
        self._runtime = runtime
        self._files = Files()
        self._logs = Logs()
        self._touched = Touched()
        self._known: LRUCache[str, Known] = LRUCache(APPLICATIONS_REMEMBERED)
        self._states: LRUCache[str, State] = LRUCache(STATES_REMEMBERED)
        self._policies: dict[str, tuple[str, Policy | PolicyError | None]] = {}
        self._fingerprints: dict[str, str] = {}
        self._boards: dict[str, Board] = {}
        self._refusals = Refusals()
        self._turns = Turns()
        self._told: dict[str, LRUCache[tuple[str, str], None]] = {}
        self.index = Index()

    async def __call__(self, key: str, permit: Permit) -> datetime | None:
        """One pass. Returns when to look again."""
        repository, _, application = key.partition("#")
        try:
            if application:
                return await self._application_pass(repository, application, permit)
            return await self._repository_pass(repository, permit)
        except NotInstalled as absence:
            _log.info("%s", absence.reason)
            self._forget(repository)
            return None

    async def _application_pass(self, repository: str, application: str, permit: Permit) -> datetime | None:
        known = self._policy_of(repository)
        if known is not None and application in known.renames.applications:
            await self._make_due(f"{repository}#{known.renames.application(application)}")
            return None

        async def decided() -> Decided | None:
            found = self._decided(await self.look(repository, application))
            if found is None or found.plan.logs <= found.looked.logs:
                return found
            return self._decided(await self.look(repository, application, logs=found.plan.logs))

        async def carry_out(found: Decided) -> datetime | None:
            looked, plan = found.looked, found.plan
            if plan.rows and self._board(repository).learn(application, plan.rows):
                await self._make_due(repository)
            await self._carry_out(looked, plan, found.files, permit)
            self._known[looked.key] = replace(self._known.get(looked.key, Known()), logs=plan.logs)
            return self._again(plan)

        return await self._in_turn(repository, decided, carry_out)

    def _decided(self, looked: Looked | None) -> Decided | None:
        if looked is None:
            return None
        plan, files = self.decide(looked)
        self._states[looked.key] = looked.assembled.state
        return Decided(looked, plan, files)

    async def _in_turn(
        self,
        repository: str,
        decide: Callable[[], Awaitable[Found | None]],
        carry_out: Callable[[Found], Awaitable[datetime | None]],
    ) -> datetime | None:
        """Decide and carry out; where that writes `gitops-state`, in this pass's turn, and upon what stands there then."""
        seen = self._turns.seen(repository)
        found = await decide()
        if found is None:
            return None
        if not any(isinstance(action, WriteState) for action in found.actions):
            return await carry_out(found)
        async with self._turns.turn(repository):
            for _ in range(MOST_ROUNDS):
                if self._turns.seen(repository) != seen:
                    seen = self._turns.seen(repository)
                    found = await decide()
                if found is None:
                    return None
                try:
                    return await carry_out(found)
                except Overtaken as other:
                    _log.info("%s: %s", repository, other.reason)
                finally:
                    self._turns.end(repository)
        raise Temporary(f"{repository}: others wrote gitops-state first, {MOST_ROUNDS} times in a row")

    async def _carry_out(
        self, looked: Looked, plan: Plan, files: Mapping[str, tuple[RenderedFile, ...]], permit: Permit
    ) -> None:
        """Apply the plan. What GitHub refuses is said from the next pass on, and no longer once nothing is refused."""
        repository, state = looked.observation.repository, looked.assembled.state
        try:
            await self._github.apply(repository, plan.actions, files, permit)
        except WritesRefused as refusal:
            self._refusals.learn(looked.key, by_environment(refusal, state))
            raise
        said = self._refusals.of(looked.key)
        if said and plan.rows:
            self._refusals.forget(looked.key)
            # A merged pull request would say for ever that its merge was refused.
            mended, _ = self.decide(looked)
            await self._github.apply(repository, pages_of(mended, state, said), {}, permit)

    async def look(self, repository: str, application: str, *, logs: frozenset[str] = frozenset()) -> Looked | None:
        """Look until nothing is left to ask; None where there is no policy to follow for this application.

        logs: of source commits that are needed beside those of the last pass.
        """
        key = f"{repository}#{application}"
        known = self._known.get(key, Known())
        logs |= known.logs
        policy = self._policy_of(repository)
        for _ in range(MOST_LOOKS):
            registries = await self._ask_registries(policy, application, known)
            known = replace(known, logs=logs | _lately_built(known, registries))
            wanted = _with_sources(needs_for(repository, application, policy, known), policy, registries)
            needs = self._logs.without_known(wanted)
            observation = await self._github.observe(needs)
            there = wanted.logs | known.revisions | _revisions(registries)
            observation = self._logs.join(observation, needs, there)
            now_read = self._read_policy(repository, observation.policy_id, observation.policy_files)
            if not isinstance(now_read, Policy) or application not in now_read.applications:
                self._known.pop(key, None)
                return None
            if now_read != policy:
                policy = now_read
                continue
            ours = policy.applications[application]
            observation = await self._with_touched(repository, ours, observation, registries)
            assembled = assemble(
                observation,
                policy,
                ours,
                registries=registries,
                files=self._files,
                now=self._runtime.now(),
            )
            asked = asked_about(registries.artifacts)
            known = assembled.known
            following = _with_sources(needs_for(repository, application, policy, known), policy, registries)
            newest = newest_tags(ours, registries.tags, known.source_history, untouched=known.untouched)
            if needs.cover(following) and asked.issuperset((*known.held, *newest)):
                # A history that had to be read further stays so long: reading it short first would cost a look each time.
                longest = max(known.history, needs.history)
                self._known[key] = replace(known, blobs=frozenset(), people=frozenset(), history=longest)
                read = observation.source.logs if observation.source else ()
                return Looked(key, observation, policy, assembled, wanted.logs.union(read))
        raise Temporary(f"{key} changed under every look")

    def decide(self, looked: Looked) -> tuple[Plan, Mapping[str, tuple[RenderedFile, ...]]]:
        """Decide; where an edit turns out to be impossible, decide once more, knowing that."""
        state, now = with_refused(looked.assembled.state, self._refusals.of(looked.key)), self._runtime.now()
        plan = decide(state, looked.policy, now)
        rendering = render_actions(plan.actions, looked.observation, self._files)
        if rendering.refusals:
            plan = decide(with_refusals(state, rendering.refusals), looked.policy, now)
            rendering = render_actions(plan.actions, looked.observation, self._files)
        return plan, rendering.files

    async def _repository_pass(self, repository: str, permit: Permit) -> datetime | None:
        return await self._in_turn(
            repository, lambda: self._swept(repository), lambda found: self._end_sweep(found, permit)
        )

    async def _swept(self, repository: str) -> Swept | None:
        """Look at the repository, and make due what has changed; None where it has no policy."""
        needs = repository_needs(repository, self._policy_of(repository), None, self._runtime.now())
        for _ in range(MOST_LOOKS):
            sweep = await self._github.sweep(needs)
            policy = self._read_policy(repository, sweep.policy_id, sweep.policy_files)
            following = repository_needs(repository, policy, sweep, self._runtime.now())
            if needs.cover(following):
                break
            needs = following
        if policy is None:
            return None
        if isinstance(policy, PolicyError):
            self._forget_fingerprints(repository)  # once it is mended, everything is looked at again
        told = self._told.setdefault(repository, LRUCache(REPORTS_REMEMBERED))
        proposals = await self._proposals(sweep, policy, told)
        states = self._states_of(repository, policy) if proposals else {}
        outcome = decide_repository(sweep, policy, self._runtime.now(), proposals=proposals, told=told, states=states)
        # First of all, so that no answer that cannot be written keeps an application from its pass.
        for application, fingerprint in outcome.fingerprints.items():
            key = f"{repository}#{application}"
            if self._fingerprints.get(key) != fingerprint:
                await self._make_due(key)
                self._fingerprints[key] = fingerprint
        return Swept(sweep, policy, proposals, outcome)

    async def _end_sweep(self, found: Swept, permit: Permit) -> datetime | None:
        sweep, policy, outcome, repository = found.sweep, found.policy, found.outcome, found.sweep.repository.name
        told = self._told.setdefault(repository, LRUCache(REPORTS_REMEMBERED))
        await self._github.apply(sweep.repository, outcome.actions, {}, permit)
        await self._github.apply(sweep.repository, outcome.reports, {}, permit)
        told.update({(report.name, report.head_oid): None for report in outcome.reports})
        told.update({(POLICY_CHECK, proposal.head_oid): None for proposal in found.proposals})
        show_at = None
        if isinstance(policy, Policy) and not sweep.repository.archived:
            show_at = await self._show(repository, policy, permit)
        await self._github.apply(sweep.repository, outcome.tidied, {}, permit)
        now = self._runtime.now()
        again = now + (FOLLOW_UP if has_enough(outcome.actions) else self._spread(SWEEP))
        return now if outcome.unfinished else min(again, show_at or again)

    async def _show(self, repository: str, policy: Policy, permit: Permit) -> datetime | None:
        """Write the dashboard where it may have changed; or when to come back for that."""
        board, now = self._board(repository), self._runtime.now()
        if not board.changed:
            return None
        if board.rests_until is not None and now < board.rests_until:
            return board.rests_until
        rows = dict(board.rows)
        seen = await self._github.dashboard(repository)
        page = decide_dashboard(seen, policy, rows)
        if page is not None:
            await self._github.write_dashboard(repository, page, permit)
        board.shown(rows, exists=page is not None or seen.is_open, at=now)
        return board.rests_until if board.changed else None

    def _board(self, repository: str) -> Board:
        return self._boards.setdefault(repository, Board())

    async def _proposals(self, sweep: Sweep, policy: Policy | PolicyError, told: Told) -> tuple[Proposal, ...]:
        """The policies of pull requests that nobody has judged yet."""
        pulls = proposals_to_read(sweep, policy, told)
        return await self._github.proposals(sweep.repository.name, pulls) if pulls else ()

    def _states_of(self, repository: str, policy: Policy | PolicyError) -> Mapping[str, State]:
        """What the last passes saw, of those applications that are remembered."""
        names = policy.applications if isinstance(policy, Policy) else ()
        seen = {name: self._states.get(f"{repository}#{name}") for name in names}
        return {name: state for name, state in seen.items() if state is not None}

    def _forget(self, repository: str) -> None:
        """The repository is none of ours any more."""
        self._told.pop(repository, None)
        self._boards.pop(repository, None)
        self._policies.pop(repository, None)
        self.index.learn(repository, None)
        self._forget_fingerprints(repository)

    def _forget_fingerprints(self, repository: str) -> None:
        for key in [key for key in self._fingerprints if key.partition("#")[0] == repository]:
            del self._fingerprints[key]

    async def _ask_registries(self, policy: Policy | None, application: str, known: Known) -> FromRegistries:
        if policy is None or application not in policy.applications:
            return FromRegistries({}, {})
        ours = policy.applications[application]
        listed = ours.images if follows(ours) is None else ()
        tags = {image: await self._registries.tags(image) for image in listed}
        dated = tags_to_date(ours, tags)
        created = await self._registries.created(dict.fromkeys(ours.images, dated)) if dated else {}
        wanted = tags_to_ask(
            ours,
            tags,
            held=known.held,
            history=known.source_history,
            created=created,
            untouched=known.untouched,
        )
        seen = await self._registries.observe(wanted)
        return FromRegistries(tags, {(each.image, each.tag or ""): each for each in seen})

    async def _with_touched(
        self, repository: str, application: Application, observation: Observation, registries: FromRegistries
    ) -> Observation:
        """The same, and whether the commits of the newest tags touch the source's paths; each is asked for once."""
        paths, source = paths_of(application), observation.source
        if paths is None or source is None or application.source is None:
            return observation
        asked = (repository, application.source.repository, paths)
        touched = self._touched.known(asked, source.history)
        tags = common_tags(application, registries.tags)
        while wanted := commits_to_ask(application, tags, history=source.history, touched=touched):
            changed = await self._github.changed_files(repository, application.source.repository, wanted)
            touched = {**touched, **self._touched.learn(asked, wanted, changed)}
        return replace(observation, source=replace(source, touched=touched))

    def _policy_of(self, repository: str) -> Policy | None:
        policy = self._policies.get(repository, ("", None))[1]
        return policy if isinstance(policy, Policy) else None

    def _read_policy(self, repository: str, policy_id: str, files: Mapping[str, str]) -> Policy | PolicyError | None:
        """The policy, read once for each of its contents. A broken one leaves the index as it was."""
        known = self._policies.get(repository)
        if known is not None and known[0] == policy_id:
            return known[1]
        policy: Policy | PolicyError | None
        try:
            policy = without_manifests(read(files), repository) if files else None
        except PolicyError as error:
            policy = error
        self._policies[repository] = (policy_id, policy)
        if not isinstance(policy, PolicyError):
            self.index.learn(repository, policy)
        return policy

    def _again(self, plan: Plan) -> datetime:
        now = self._runtime.now()
        times = [now + self._spread(POLL)]
        if plan.actions:
            times.append(now + FOLLOW_UP)
        if plan.again_at:
            times.append(plan.again_at)
        return min(times)

    def _spread(self, length: timedelta) -> timedelta:
        """A little more or less, so that not everything is looked at in the same moment."""
        return length * (0.9 + 0.2 * self._runtime.random())


def _with_sources(needs: Needs, policy: Policy | None, registries: FromRegistries) -> Needs:
    """Ask along for the source commits that the registries have just named, so that a new image needs no second look."""
    if policy is None or needs.source is None or not any(each.gates.checks for each in policy.environments.values()):
        return needs
    return replace(needs, source_commits=needs.source_commits | _revisions(registries))


def _revisions(registries: FromRegistries) -> frozenset[str]:
    """The source commits that images say they were built from."""
    artifacts = (seen for seen in registries.artifacts.values() if isinstance(seen, Artifact))
    return frozenset(seen.revision for seen in artifacts if seen.revision)


def _lately_built(known: Known, registries: FromRegistries) -> frozenset[str]:
    """The source commits of images that have just come: a promotion to open names what led there, and needs no second look."""
    new = _revisions(registries) - known.revisions
    return new if known.revisions and len(new) <= LOGS_ALONG else frozenset()
