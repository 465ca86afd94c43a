"""Plans every application of a policy over one checkout, as passes would: look, decide, render; and decide once more where
an edit is impossible.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.assembly import Assembled, FromRegistries, assemble, render_edits, with_refusals
from bot.checkout.contents import Contents, Step
from bot.checkout.gates import judged
from bot.checkout.observation import View
from bot.checkout.planned import Change, PlannedApplication, PlannedRow, sentence
from bot.core.decide import decisions
from bot.core.gates import manifests
from bot.core.gates.question import Purpose, Question
from bot.core.needs.application import Known
from bot.core.needs.registries import asked_about, newest_tags
from bot.core.observation.observation import Observation
from bot.core.plan import RenderedFile, Severity
from bot.core.policy import Application, Policy
from bot.core.promotion.edits import edits_for, writes
from bot.core.promotion.steps import Decision
from bot.core.state import State, in_use
from bot.core.values.artifacts import Unanswered
from bot.core.values.places import Place, Refusal
from bot.core.values.version import Version
from bot.passes.outside import Registries
from bot.passes.registry_answers import ask_registries

MOST_LOOKS = 4
"""Files that the policy names are read after the first; registries are asked about what is there after the second."""
AT_ONCE = 16
"""Applications whose registries are asked at the same time."""
NOT_ASKED = "not asked (--offline)"
UNREAD = Version("")

Rows = tuple[PlannedRow, ...]
Rendered = Mapping[str, tuple[RenderedFile | Refusal, ...]]


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans applications. registries: None where none is asked.

    policy_id: changes with what the policy says. planned: what was planned without asking anybody, now and before.
    """

    view: View
    policy: Policy
    registries: Registries | None
    policy_id: str
    planned: dict[str, PlannedApplication]

    async def rows(self, applications: Sequence[Application], step: Step) -> tuple[PlannedRow, ...]:
        """Return the rows of these applications, in this order."""
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            step(done, len(applications))

        if self.registries is None:
            found = []
            for application in applications:
                found.append(await self._rows(application))
                count()
        else:
            found = await self._at_once(applications, count)
        return tuple(row for rows in found for row in rows)

    async def _at_once(self, applications: Sequence[Application], count: Callable[[], None]) -> list[Rows]:
        """Plan several at the same time, so that no registry keeps the others waiting."""
        waiting = asyncio.Semaphore(AT_ONCE)

        async def planned(application: Application) -> Rows:
            async with waiting:
                rows = await self._rows(application)
            count()
            return rows

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(planned(each)) for each in applications]
        return [task.result() for task in tasks]

    async def _rows(self, application: Application) -> tuple[PlannedRow, ...]:
        observation = self.view.of(self.policy, application)
        if self.registries is not None:
            return await self._plan(application, observation)
        key, known, now = self._key(observation), self.planned.get(application.name), self.view.now
        if known is None or not known.holds(key, now):
            known = PlannedApplication(key, now, await self._plan(application, observation))
            self.planned[application.name] = known
        return known.rows

    def _key(self, observation: Observation) -> str:
        """Return what changes with the policy, and with the files that are looked at."""
        key = hashlib.sha256(self.policy_id.encode())
        for name, seen in observation.environments.items():
            listed = "".join(f"{file.path}\0{file.blob_id}\0{file.mode}\0" for file in seen.files or ())
            key.update(f"{name}\0{listed}\0".encode(errors="surrogateescape"))
        return key.hexdigest()

    async def _plan(self, application: Application, observation: Observation) -> tuple[PlannedRow, ...]:
        state = (await self._look(application, observation)).state
        decided = decisions(state, self.policy, self.view.now)
        rendered = self._rendered(decided, observation)
        refused = _refused(rendered)
        if refused:
            state = with_refusals(state, refused)
            decided = decisions(state, self.policy, self.view.now)
        own = in_use(self.policy, state)
        return tuple(
            self._row(own, state, name, decided[name], rendered.get(name, ()))
            if name in decided
            else PlannedRow(application.name, name, used=False)
            for name in self.policy.environments
        )

    async def _look(self, application: Application, observation: Observation) -> Assembled:
        known, contents = Known(), self.view.contents
        for _ in range(MOST_LOOKS):
            said = await self._ask(application, known)
            assembled = assemble(
                observation,
                self.policy,
                application,
                registries=said,
                files=contents.files,
                now=self.view.now,
            )
            known = assembled.known
            contents.load(known.blobs)
            newest = newest_tags(application, said.tags, known.source_history, untouched=known.untouched)
            asked = self.registries is None or asked_about(said.artifacts).issuperset((*known.held, *newest))
            if asked and not known.blobs:
                break
        return assembled

    async def _ask(self, application: Application, known: Known) -> FromRegistries:
        if self.registries is None:
            return FromRegistries({image: Unanswered(image, NOT_ASKED) for image in application.images}, {})
        return await ask_registries(self.registries, application, known)

    def _rendered(self, decided: Mapping[str, Decision], observation: Observation) -> Rendered:
        """Render what each environment's candidate would write, whether the bot or a person would open the promotion."""
        contents: Contents = self.view.contents
        rendered: dict[str, tuple[RenderedFile | Refusal, ...]] = {}
        for name, decision in decided.items():
            question = decision.choice.question
            edits = tuple(edit for edit in edits_for(question) if writes(edit)) if question else ()
            contents.load(edit.place.blob_id for edit in edits)
            rendered[name] = render_edits(edits, name, observation, contents.files)
        return rendered

    def _row(
        self, own: Policy, state: State, name: str, decision: Decision, rendered: tuple[RenderedFile | Refusal, ...]
    ) -> PlannedRow:
        here, choice, application = state.environments[name], decision.choice, own.applications[state.application]
        problem, at = self._problem(own, state, name)
        return PlannedRow(
            application=application.name,
            environment=name,
            version=here.version,
            places=here.places,
            left=here.left,
            candidate=choice.question.version if choice.question else None,
            proposed=choice.proposed,
            verdicts=judged(choice.verdicts, application, offline=self.registries is None),
            changes=tuple(self._change(file) for file in rendered if isinstance(file, RenderedFile)),
            problem=problem,
            problem_at=at,
            again_at=choice.again_at,
        )

    def _change(self, file: RenderedFile) -> Change:
        blob = self.view.contents.tree.files[file.path].blob_id
        return Change(file.path, self.view.contents.files.content(blob) or b"", file.content)

    def _problem(self, own: Policy, state: State, name: str) -> tuple[str, str]:
        """Return what the gate of the manifests says, and where; it is not asked where there is nothing to promote."""
        version = state.environments[name].version or UNREAD
        question = Question(own, state, own.environments[name], version, Purpose.AUTOMATIC, None, self.view.now)
        verdict = manifests.judge(question)
        if verdict.severity is Severity.PASSED:
            return "", ""
        here = state.environments[name]
        where = (*map(address, here.places), *(f"{mention.path}:{mention.line}" for mention in here.left), "")
        return sentence(verdict), verdict.facts.get("at") or where[0]


def address(place: Place) -> str:
    """Return `path:line`."""
    return f"{place.path}:{place.scalars[0].line}"


def _refused(rendered: Rendered) -> Mapping[str, tuple[Refusal, ...]]:
    refused = {name: tuple(each for each in results if isinstance(each, Refusal)) for name, results in rendered.items()}
    return {name: refusals for name, refusals in refused.items() if refusals}
