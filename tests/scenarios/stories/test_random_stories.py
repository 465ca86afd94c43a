"""Random stories with faults: people write commands while GitHub refuses, loses and repeats; in the end everything is in order.

RANDOM_STORIES chooses how many seeds are told. A seed tells the same story each time.
"""

import os
import random  # noqa: TID251 -- the seed chooses
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.cli.demo.stage import is_open
from bot.core.commands.shared.answer_marks import answered
from bot.simulator.github.model.conversations.conversation import Comment
from bot.simulator.github.traffic.faults import Fate, Moment, Which
from tests.scenarios.world import World, a_world

SEEDS = int(os.environ.get("RANDOM_STORIES", "4"))
CHAPTERS = 25
PEOPLE = ("sam", "dana", "alice", "erin")
PLACES = ("dev", "staging", "prod", "all")
LINES = (
    "/hold {place}",
    "/hold {place} until 2h the database moves",
    "/unhold {place}",
    "/promote {place}",
    "/promote {place} web@v1.4.0",
    "/promote {place} web@v9",
    "/rollback {place}",
    "/reject web@v1.5.{number} no",
    "/unreject web@v1.5.{number}",
    "/override soak,health {place} web it burns",
    "/why {place}",
    "/refresh",
    "/help",
    "/promot prod",
    "/hold nowhere",
)


@dataclass
class Story:
    """One seed. said: the comments that want an answer."""

    world: World
    chance: random.Random
    said: list[Comment] = field(default_factory=list)
    released: int = 0

    async def tell(self) -> None:
        """One chapter: a fault perhaps, a deed, and some time."""
        for _ in range(self.chance.randint(0, 2)):
            self._fail()
        for _ in range(self.chance.randint(1, 3)):
            self.chance.choice((self._speak, self._speak, self._release, self._validate, self._sync, self._edit))()
        await self.world.live(timedelta(minutes=self.chance.choice((0, 1, 5, 20, 60))))
        if self.chance.random() < 0.1:
            await self.world.restart()

    async def end(self) -> None:
        """Everything works again, and time passes."""
        self.world.stage.hub.faults.clear()
        for _ in range(4):
            await self.world.live(timedelta(hours=2))

    def _fail(self) -> None:
        faults, count = self.world.stage.hub.faults, self.chance.randint(1, 4)
        field = self.chance.choice(("addComment", "addReaction", "createCommitOnBranch", "mergePullRequest", None))
        which = Which(operation=field, path=None if field else "/graphql")
        switches: tuple[Callable[[], None], ...] = (
            lambda: faults.fail(502, count=count, which=which),
            lambda: faults.hang_up(Moment.BEFORE, count=count, which=which),
            lambda: faults.hang_up(Moment.AFTER, count=count, which=which),
            lambda: faults.too_quickly(count=count),
            lambda: faults.refuse_reactions(count=3 * count),
            lambda: faults.secondary_limit(count=count, which=which),
            lambda: faults.next_webhooks(Fate.LOSE, count=count),
            lambda: faults.next_webhooks(Fate.DROP, count=count),
            lambda: faults.next_webhooks(Fate.REPEAT, count=count),
        )
        self.chance.choice(switches)()

    def _speak(self) -> None:
        stage = self.world.stage
        subjects = [1, *(pull.number for pull in stage.open_promotions())]
        line = self.chance.choice(LINES).format(place=self.chance.choice(PLACES), number=self.released)
        limit = stage.github.content_limit
        left, limit.left = limit.left, 0  # the bot's limit, not this person's
        self.said.append(stage.comment(self.chance.choice(subjects), line, by=self.chance.choice(PEOPLE)))
        limit.left = left

    def _edit(self) -> None:
        if self.said:
            said = self.said[-1]
            said.edit(f"{said.body} please", by=said.author)

    def _release(self) -> None:
        self.released += 1
        self.world.stage.release(f"v1.5.{self.released}")

    def _validate(self) -> None:
        for environment in ("dev", "staging", "prod"):
            pull = self.world.stage.promotion(environment)
            if pull is not None and is_open(pull):
                self.world.stage.validate(pull)

    def _sync(self) -> None:
        self.world.stage.sync(self.chance.choice(("dev", "staging", "prod")))

    def answers(self) -> Counter[int]:
        """How often each comment was answered."""
        manifests = self.world.stage.manifests
        conversations = (*manifests.issues, *manifests.pulls)
        numbers = (answered(each.body) for conversation in conversations for each in conversation.comments)
        return Counter(number for number in numbers if number is not None)

    def commits(self) -> Counter[int]:
        """How often each comment was carried out on `gitops-state`."""
        repository, found = self.world.stage.manifests, Counter[int]()
        oid = repository.find_branch("gitops-state")
        while oid:
            commit = repository.store.commit(oid)
            named = re.search(r"^Comment (\d+) on #", commit.message, re.MULTILINE)
            found.update([int(named[1])] if named else [])
            oid = next(iter(commit.parents), None)
        return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_every_command_acts_once_and_is_answered_once(seed: int) -> None:
    async with a_world() as world:
        world.stage.manifests.open_issue("ops", by=world.stage.person("sam"))
        await world.settle()
        story = Story(world, random.Random(seed))  # noqa: S311 -- a test's chance
        for _ in range(CHAPTERS):
            await story.tell()
        await story.end()
        world.news()
        answers = story.answers()
        unanswered = [each.body for each in story.said if not answers[each.id]]
        assert not unanswered
        assert set(answers.values()) == {1}
        # A stop that was edited in between acts in both of its texts.
        assert max(story.commits().values(), default=1) <= 2
