"""A survey for a proposed policy: do the folders that it finds refer to their images?

One request for the list of files, and one for each hundred files that nobody has read yet. It is made once for each head of a
pull request that changes the policy, and not for forks.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from bot.core.needs.repository import SweepNeeds
from bot.core.observation.sweep import Sweep
from bot.core.policy import Policy
from bot.core.repository.other_pull_requests import Proposal
from bot.core.repository.survey import MOST_FILES, Surveyed, files_of, folders_of, to_survey, written_policies
from bot.passes.memory import Memory
from bot.passes.outside import GitHub


class Survey:
    """Surveys repositories for proposed policies; one instance per process."""

    def __init__(self, github: GitHub, memory: Memory) -> None:
        self._github = github
        self._memory = memory

    async def __call__(
        self, sweep: Sweep, needs: SweepNeeds, proposals: tuple[Proposal, ...], present: Policy | None
    ) -> tuple[Sweep, tuple[Proposal, ...]]:
        """Return the sweep with the folders that the proposals need, and the proposals with what their folders refer to."""
        if not any(proposal.changes_it for proposal in proposals):
            return sweep, proposals
        loop = asyncio.get_running_loop()
        policies = await loop.run_in_executor(None, written_policies, proposals, sweep)
        sweep = await self._with_folders(sweep, needs, policies)
        repository = sweep.repository.name
        states = self._memory.states_of(repository, present.applications if present is not None else ())
        surveyed = []
        for proposal in proposals:
            policy = policies.get(proposal.head_oid)
            wanted = await loop.run_in_executor(None, to_survey, policy, sweep, present, states) if policy else ()
            surveyed.append(replace(proposal, refers=await self._refers(sweep, wanted)) if wanted else proposal)
        return sweep, tuple(surveyed)

    async def _with_folders(self, sweep: Sweep, needs: SweepNeeds, policies: Mapping[str, Policy]) -> Sweep:
        more = tuple(folder for folder in folders_of(policies.values()) if folder not in needs.folders)
        if not more:
            return sweep
        seen = await self._github.sweep(replace(needs, folders=(*needs.folders, *more)))
        return replace(sweep, entries={**seen.entries, **sweep.entries}, folders={**seen.folders, **sweep.folders})

    async def _refers(self, sweep: Sweep, wanted: tuple[Surveyed, ...]) -> Mapping[str, bool]:
        """Return which of these applications something refers to; nothing of any if they have too many files."""
        repository = sweep.repository
        blobs = {file.path: file.blob_id for file in await self._github.files(repository)}
        files = files_of(wanted, blobs)
        needed = {blobs[path] for paths in files.values() for path in paths}
        if len(needed) > MOST_FILES:
            return {}
        unread = frozenset(blob for blob in needed if self._memory.files.content(blob) is None)
        self._memory.files.remember(await self._github.contents(repository, unread))
        return {
            each.application: any(self._is_there(path, blobs[path], each) for path in files[each.application])
            for each in wanted
        }

    def _is_there(self, path: str, blob: str, wanted: Surveyed) -> bool:
        found = self._memory.files.locate(blob, path=path, images=wanted.images)
        return found is not None and bool(found.places or found.refusals or found.mentions)
