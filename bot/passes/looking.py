"""The looks of an application's pass: ask GitHub and the registries until the State is complete."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.assembly import Assembled, FromRegistries, assemble
from bot.core.needs.application import Known, Needs, needs_for
from bot.core.needs.registries import asked_about, commits_to_ask, newest_tags
from bot.core.observation.observation import Observation
from bot.core.policy import Application, Policy
from bot.core.selection.possible import common_tags
from bot.core.values.artifacts import Artifact
from bot.core.values.errors import Temporary
from bot.core.versions.source_paths import paths_of
from bot.passes.memory import Memory
from bot.passes.outside import Outside
from bot.passes.registry_answers import ask_registries

MOST_LOOKS = 5
"""A cold pass needs four: the policy, the folders, the histories, the old blobs. A warm one needs one."""
LOGS_ALONG = 2
"""How many source logs to request in case they are needed; each costs half a point."""


@dataclass(frozen=True, slots=True)
class Looked:
    """The last look of a pass and its State. logs: the source commits whose log was read or requested."""

    key: str
    observation: Observation
    policy: Policy
    assembled: Assembled
    logs: frozenset[str]


class Looking:
    """Looks at one application at a time."""

    def __init__(self, outside: Outside, memory: Memory) -> None:
        self._github = outside.github
        self._registries = outside.registries
        self._make_due = outside.make_due
        self._runtime = outside.runtime
        self._memory = memory

    async def look(self, repository: str, application: str, *, logs: frozenset[str] = frozenset()) -> Looked | None:
        """Look until the State is complete; None if no policy names this application.

        logs: source commits needed in addition to those of the last pass. Raises Temporary if the repository changes
        during every look.
        """
        key, memory = f"{repository}#{application}", self._memory
        known = memory.known.get(key, Known())
        logs |= known.logs
        policy = memory.policies.of(repository)
        for _ in range(MOST_LOOKS):
            registries = await self._ask_registries(policy, application, known)
            known = replace(known, logs=logs | _lately_built(known, registries))
            wanted = _with_sources(needs_for(repository, application, policy, known), policy, registries)
            needs = memory.source_logs.without_known(wanted)
            observation = await self._github.observe(needs)
            memory.recognise(repository, observation.repository)
            there = wanted.logs | known.revisions | _revisions(registries)
            observation = memory.source_logs.join(observation, needs, there)
            now_read = memory.policies.read(repository, observation.policy_id, observation.policy_files)
            if not isinstance(now_read, Policy) or application not in now_read.applications:
                memory.known.pop(key, None)
                memory.fingerprints.pop(key, None)  # should the application come back, it is due
                if not memory.policies.is_complete(repository):
                    await self._make_due(repository)
                    raise Temporary(f"{key}: the folders that tell which applications there are have yet to be listed")
                return None
            if now_read != policy:
                policy = now_read
                continue
            ours = policy.applications[application]
            if self._has_other_name(repository, ours, observation):
                memory.policies.read(repository, observation.policy_id, observation.policy_files)
                policy = memory.policies.of(repository)
                continue
            observation = await self._with_touched_paths(repository, ours, observation, registries)
            assembled = await self._assembled(observation, policy, ours, needs=needs, registries=registries)
            known = assembled.known
            following = _with_sources(needs_for(repository, application, policy, known), policy, registries)
            newest = newest_tags(ours, registries.tags, known.source_history, untouched=known.untouched)
            if needs.cover(following) and asked_about(registries.artifacts).issuperset((*known.held, *newest)):
                self._remember(key, known, needs)
                return Looked(key, observation, policy, assembled, wanted.logs.union(_logs(observation)))
        raise Temporary(f"{key} changed under every look")

    async def _assembled(
        self, observation: Observation, policy: Policy, ours: Application, *, needs: Needs, registries: FromRegistries
    ) -> Assembled:
        """Build the State. If only old contents are missing, they are read alone: another whole look costs several points."""
        repository, files = needs.repository, self._memory.files
        asked = frozenset[str]()
        for _ in range(MOST_LOOKS):
            now = self._runtime.now()
            assembled = assemble(observation, policy, ours, registries=registries, files=files, now=now)
            missing = assembled.known.blobs - asked
            following = _with_sources(needs_for(repository, ours.name, policy, assembled.known), policy, registries)
            if not missing or not needs.cover(replace(following, blobs=frozenset())):
                break
            asked |= missing  # what GitHub does not hand out, the next look asks for, and learns why
            files.remember(await self._github.contents(observation.repository, missing))
        return assembled

    def _has_other_name(self, repository: str, application: Application, observation: Observation) -> bool:
        """Take over what the source is called now; return whether the policy has to be read once more for that."""
        seen, named = observation.source, application.source
        if seen is None or named is None or not seen.name:
            return False
        return self._memory.policies.learn_source(repository, named.repository, seen.name)

    def _remember(self, key: str, known: Known, needs: Needs) -> None:
        """Keep the depth of a history that needed further pages: starting shallow again would cost a look each time."""
        longest = max(known.history, needs.history)
        self._memory.known[key] = replace(known, blobs=frozenset(), people=frozenset(), history=longest)

    async def _ask_registries(self, policy: Policy | None, application: str, known: Known) -> FromRegistries:
        if policy is None or application not in policy.applications:
            return FromRegistries({}, {})
        return await ask_registries(self._registries, policy.applications[application], known)

    async def _with_touched_paths(
        self, repository: str, application: Application, observation: Observation, registries: FromRegistries
    ) -> Observation:
        """Add whether the newest tags' commits touch the source's `paths`. Each commit is requested once."""
        paths, source, memory = paths_of(application), observation.source, self._memory.touched_paths
        if paths is None or source is None or application.source is None:
            return observation
        asked = (repository, application.source.repository, paths)
        touched = memory.known(asked, source.history)
        tags = common_tags(application, registries.tags)
        while wanted := commits_to_ask(application, tags, history=source.history, touched=touched):
            changed = await self._github.changed_files(repository, application.source.repository, wanted)
            touched = {**touched, **memory.learn(asked, wanted, changed)}
        return replace(observation, source=replace(source, touched=touched))


def _logs(observation: Observation) -> Iterable[str]:
    return observation.source.logs if observation.source else ()


def _with_sources(needs: Needs, policy: Policy | None, registries: FromRegistries) -> Needs:
    """Add the source commits that registries have just named, so that a new image needs no second look."""
    if policy is None or needs.source is None or needs.application not in policy.applications:
        return needs
    if not any(each.gates.checks for each in policy.of(needs.application).environments.values()):
        return needs
    return replace(needs, source_commits=needs.source_commits | _revisions(registries))


def _revisions(registries: FromRegistries) -> frozenset[str]:
    """Return the source commits from which the images say they were built."""
    artifacts = (seen for seen in registries.artifacts.values() if isinstance(seen, Artifact))
    return frozenset(seen.revision for seen in artifacts if seen.revision)


def _lately_built(known: Known, registries: FromRegistries) -> frozenset[str]:
    """Return the source commits of new images: a promotion that opens lists the commits that led to them."""
    new = _revisions(registries) - known.revisions
    return new if known.revisions and len(new) <= LOGS_ALONG else frozenset()
