"""Three stories with one crash each, at any step of the loop: what has to be true in the end is the same as without it."""

import random  # noqa: TID251 -- the loop's
import re
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bot.cli.demo.setting import TEAM
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from tests.simulation.ledger import Ledger
from tests.simulation.loop import SimulatedLoop, alone
from tests.simulation.oracle import Oracle
from tests.simulation.timeline import Timeline
from tests.simulation.town import Town, inhabit
from tests.simulation.world import IMAGES

ROUNDS = 5
"""How often people and CI look whether there is something for them to do, a minute apart."""


@dataclass(eq=False)
class Tale:
    """A story in a running world. ledger: what happened."""

    town: Town
    ledger: Ledger

    async def main_job(self) -> list[str]:
        """An image is pushed: its promotion is opened, checked and merged."""
        self.release("v1.5.0")
        await self._rounds()
        return self._one_promotion("v1.5.0")

    async def command(self) -> list[str]:
        """Somebody writes `/hold`: it is recorded, answered and marked."""
        comment = self.town.stage.comment(1, "/hold prod the database moves", by="sam")
        await self._rounds()
        answers = [said.answers for said in self.ledger.said if said.comment is comment]
        wrong = [] if list(map(len, answers)) == [1] else [f"it has {len(answers[0])} answers"]
        times = self._recorded(comment.id)
        marks = {each.content for each in comment.reactions} if hasattr(comment, "reactions") else {"ROCKET"}
        return [
            *wrong,
            *([] if times == 1 else [f"it was recorded {times} times"]),
            *([] if marks else ["it has no mark"]),
        ]

    async def rollback(self) -> list[str]:
        """Somebody rolls back a version that is merged through a merge queue."""
        self.town.stage.comment(1, "/rollback dev", by="dana")
        await self._rounds()
        said = self.ledger.said[-1]
        wrong = [] if len(said.answers) == 1 else [f"it has {len(said.answers)} answers"]
        return [*wrong, *self._one_promotion("v1.4.1", opened=2, merged=2)]

    # -- what happens ----------------------------------------------------------------------------------------------

    async def queue_first(self) -> None:
        """The default branch gets a merge queue, and dev a version to roll back."""
        rules = Protection(checks=("validate", "gitops/promotion"), merge_queue=MergeMethod.MERGE)
        self.town.stage.manifests.protect("main", rules)
        self.release("v1.5.0")
        await self._rounds()

    def release(self, tag: str) -> None:
        """Build and push."""
        digest = self.town.stage.release(tag)
        self.ledger.commits[tag] = self.town.stage.commits[tag]
        self.ledger.note_image("acme/web", tag, digest)

    async def _rounds(self) -> None:
        stage = self.town.stage
        for _ in range(ROUNDS):
            await self.town.pass_time(60)
            for pull in stage.open_promotions():
                if not stage.is_validated(pull):
                    stage.validate(pull)
                if pull.queue_entry is not None and pull.queue_entry.group is not None:
                    stage.report(stage.manifests, pull.queue_entry.group.head_oid, "validate", Conclusion.SUCCESS)
        await self.town.pass_time(60)

    # -- what is true in the end -----------------------------------------------------------------------------------

    def _one_promotion(self, tag: str, *, opened: int = 1, merged: int = 1) -> list[str]:
        timeline = Timeline(self.ledger, began=self.town.stage.clock.now())
        version = timeline.version(self.ledger.manifests.head(), "dev", "web")
        pulls = [pull for pull in self.ledger.manifests.pulls if pull.head_ref == "gitops/dev/web"]
        landed = [pull for pull in pulls if pull.merged_at is not None]
        wrong = [] if version is not None and version.tag == tag else [f"dev runs {version}"]
        if (len(pulls), len(landed)) != (opened, merged):
            wrong.append(f"{len(pulls)} promotions were opened and {len(landed)} merged, not {opened} and {merged}")
        return wrong

    def _recorded(self, comment: int) -> int:
        store, found = self.ledger.manifests.store, 0
        oid = self.ledger.manifests.find_branch("gitops-state")
        while oid:
            commit = store.commit(oid)
            found += bool(re.search(rf"^Comment {comment} on #", commit.message, re.MULTILINE))
            oid = next(iter(commit.parents), None)
        return found


TALES: dict[str, Callable[[Tale], Awaitable[list[str]]]] = {
    "main job": Tale.main_job,
    "command": Tale.command,
    "rollback under a merge queue": Tale.rollback,
}


def tell(name: str, *, crash: int | None, seed: int = 1) -> tuple[list[str], int]:
    """Tell a tale, with a crash at this step of it, and a start a second later. Return what is wrong, and its length."""
    return alone(lambda: _tell(name, crash=crash, seed=seed))


def _tell(name: str, *, crash: int | None, seed: int) -> tuple[list[str], int]:
    loop, wrong, length = SimulatedLoop(f"{name} {seed}"), list[str](), [0]

    async def live(town: Town) -> None:
        stage = town.stage
        ledger = Ledger(stage.manifests, stage.source, stage.app.bot)
        ledger.commits.update(stage.commits)
        ledger.green.update((commit, "build") for commit in stage.commits.values())
        for tag, digest in stage.digests.items():
            ledger.note_image("acme/web", tag, digest)
        oracle = Oracle(ledger, began=stage.clock.now(), images=IMAGES)
        stage.github.listen(ledger.hear)
        stage.manifests.open_issue("ops", by=stage.person("sam"))
        town.start_bot()
        await town.pass_time(60)
        tale = Tale(town, ledger)
        if TALES[name] is Tale.rollback:
            await tale.queue_first()
        began = loop.steps
        if crash is not None:
            loop.at_step(began + crash, lambda: _crash(town))
        wrong.extend(await TALES[name](tale))
        length[0] = loop.steps - began
        wrong.extend(oracle.judge())
        wrong.extend(town.crashes.heard)
        for bot in list(town.bots):
            town.kill_bot(bot)

    with tempfile.TemporaryDirectory(prefix="tale-") as folder:
        loop.run_until_complete(inhabit(loop, TEAM, Path(folder), live))
        loop.end()
    return wrong, length[0]


def _crash(town: Town) -> None:
    for bot in list(town.bots):
        town.kill_bot(bot)
    town.loop.call_later(1, town.start_bot)


def steps(name: str, count: int, *, seed: int) -> list[int]:
    """Return which steps of a tale to crash at: `count` of them, or all for 0. Half are early, where most happens."""
    _, length = tell(name, crash=None)
    if not count:
        return list(range(length))
    chance = random.Random(f"{name} {seed}")  # noqa: S311 -- a test's chance
    return sorted(chance.randrange(length if number % 2 else max(1, length // 4)) for number in range(count))
