"""One story, told to its end: every step done, every fault injected, and the oracle asked after each."""

import gc
import hashlib
import random  # noqa: TID251 -- the seed chooses
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from bot.simulator.github.traffic.faults import Fate, Slow, Which
from bot.simulator.registry.faults import Fault
from tests.simulation.deeds import Deeds
from tests.simulation.final import Final
from tests.simulation.ledger import Ledger
from tests.simulation.loop import SimulatedLoop, alone
from tests.simulation.oracle import Oracle
from tests.simulation.settings import has_queue, setting_of
from tests.simulation.story import DEEDS, Step, Story
from tests.simulation.town import Bot, Town, inhabit
from tests.simulation.trouble import AMID_MERGES, FREQUENT, MEANWHILE, MERGES, SWITCHES, WRITES, interrupt

IMAGES = {"web": "acme/web", "api": "acme/api"}
LEASE = 15.0
"""Seconds that a bot may stand still and keep its work."""
REST = 15 * 60.0
"""Seconds for which a world that came to rest is watched: the bot writes nothing any more."""

PATIENCE = 24
"""Rounds of ten minutes, in which everything goes well, until the world has to have come to rest."""

NEWS = 3
"""Pages that may be edited while a world rests: a hold may end then."""
PROMPT = 100.0
"""Seconds until a question is answered in a world at rest."""
MOST, MOST_PER_STEP = 200_000, 5_000
"""Steps of the loop, of which an honest story takes about a tenth."""
STABLE = 4
"""Rounds without a merge: longer than any version has to soak."""


@dataclass
class Told:
    """How a story went. problems: what broke a promise, and after which step; trace: identifies all that happened.

    happened: how often each deed changed something, and each trouble was made. Some deeds are impossible at some moments.
    """

    story: Story
    problems: list[str] = field(default_factory=list)
    after: int = 0
    trace: str = ""
    steps: int = 0
    lines: list[str] = field(default_factory=list)
    happened: "Counter[str]" = field(default_factory=Counter)


def tell(story: Story, *, verbose: bool = False) -> Told:
    """Tell a story in a world of its own."""
    return alone(lambda: _tell(story, verbose=verbose))


def tell_last(story: Story) -> Told:
    """Tell a story in a process that ends with it, and leave what is left of the world to the operating system."""
    gc.disable()
    return _tell(story, verbose=False)


def _tell(story: Story, *, verbose: bool) -> Told:
    told, loop = Told(story), SimulatedLoop(story.seed)
    telling = _Telling(told, loop, verbose=verbose)
    loop.at_step(MOST + MOST_PER_STEP * len(story.steps), _never_ends)
    setting = setting_of(random.Random(f"world {story.seed}"))  # noqa: S311 -- a test's chance
    with tempfile.TemporaryDirectory(prefix="simulation-") as folder:
        loop.run_until_complete(inhabit(loop, setting, Path(folder), telling.live))
        loop.end()
    told.steps, told.trace = loop.steps, telling.digest.hexdigest()
    return told


def _never_ends() -> None:
    raise RuntimeError("the story does not end: something is done again and again")


class _Telling:
    """Tells one story."""

    def __init__(self, told: Told, loop: SimulatedLoop, *, verbose: bool) -> None:
        self._told = told
        self._loop = loop
        self._verbose = verbose
        self.digest = hashlib.sha256()

    async def live(self, town: Town) -> None:
        """Do every step, then wait until the world has come to rest."""
        self._town, stage = town, town.stage
        self._ledger = Ledger(stage.manifests, stage.source, stage.app.bot)
        self._ledger.commits.update(stage.commits)
        for tag, digest in stage.digests.items():
            image, _, name = tag.rpartition(":")
            self._ledger.note_image(image or "acme/web", name, digest)
        self._ledger.green.update((commit, "build") for commit in stage.commits.values())
        self._oracle = Oracle(self._ledger, began=stage.clock.now(), images=IMAGES)
        stage.github.listen(self._hear)
        self._deeds = Deeds(stage, self._ledger)
        self._queue_since = stage.clock.now()
        stage.manifests.open_issue("ops", by=stage.person("sam"))
        if has_queue(random.Random(f"queue {self._told.story.seed}")):  # noqa: S311 -- a test's chance
            checks = ("validate", "gitops/promotion")
            stage.manifests.protect("main", Protection(checks=checks, merge_queue=MergeMethod.MERGE))
        town.start_bot()
        await town.pass_time(30)
        for number, step in enumerate(self._told.story.steps):
            await self._step(step)
            self._judge(number)
            if self._told.problems:
                break
        else:
            await self._end()
        self._note(f"end {self._loop.steps}")
        self._told.happened |= Counter(
            {
                "commands": sum(said.text.startswith("/") for said in self._ledger.said),
                "promotions opened": len(self._ledger.opened),
                "promotions merged by the bot": sum(each.ours for each in self._ledger.landings),
                "of these, through a merge queue": sum(each.decided < each.at for each in self._ledger.landings),
            }
        )
        for bot in list(town.bots):
            town.kill_bot(bot)

    def _hear(self, event: object) -> None:
        self._ledger.hear(event)  # type: ignore[arg-type]
        kind, action, actor = type(event).__name__, getattr(event, "action", ""), event.actor.login  # type: ignore[attr-defined]
        self._note(f"{self._loop.steps} {self._loop.now:.6f} {kind} {action} {actor} {getattr(event, 'ref', '')}")

    def _note(self, line: str) -> None:
        self.digest.update(f"{line}\n".encode())
        if self._verbose:
            self._told.lines.append(line)

    def _judge(self, number: int) -> None:
        self._told.after = number
        self._told.problems += self._oracle.judge()
        self._told.problems += [f"promise 6: {heard}" for heard in self._town.crashes.heard]
        self._told.problems += [f"promise 6: {heard}" for heard in self._loop.errors]

    # -- steps -----------------------------------------------------------------------------------------------------

    async def _step(self, step: Step) -> None:
        chance = random.Random(step.chance)  # noqa: S311 -- a test's chance
        self._note(f"step {self._loop.steps} {step}")
        if step.deed in DEEDS:
            before = self._changes()
            self._deeds.do(step.deed, chance)
            self._told.happened[step.deed] += before != self._changes()
        else:
            await getattr(self, f"_{step.deed}")(chance)
            self._told.happened[step.deed] += 1
        await self._town.pass_time(step.pause)

    def _changes(self) -> tuple[int, list[dict[str, str]]]:
        """Return what changes with whatever happens at GitHub or in the registry."""
        registry = self._town.stage.registry.store
        return self._town.stage.github.events.revision, [
            dict(registry.repository(each).tags) for each in IMAGES.values()
        ]

    async def _refuse(self, chance: random.Random) -> None:
        which = (
            Which(operation=chance.choice(WRITES))
            if chance.random() < 0.6
            else Which(path=chance.choice(("/graphql", "*")))
        )
        switch = SWITCHES[chance.choice(FREQUENT if chance.random() < 0.4 else list(SWITCHES))]
        switch(self._town.stage.hub.faults, self._town.stage.clock, which, chance.randint(1, 4))

    async def _slow_down(self, chance: random.Random) -> None:
        self._town.stage.hub.faults.next_requests(Slow(chance.choice((1.0, 12.0, 40.0))), count=chance.randint(1, 5))

    async def _break_registry(self, chance: random.Random) -> None:
        fault = chance.choice([each for each in Fault if each is not Fault.ENDLESS])
        self._town.stage.registry.faults.add(fault, times=chance.choice((1, 3, 10, None)))

    async def _mend_registry(self, _: random.Random) -> None:
        self._town.stage.registry.faults.clear()

    async def _lose_webhooks(self, chance: random.Random) -> None:
        fate = chance.choice((Fate.LOSE, Fate.DROP, Fate.REPEAT, Fate.HOLD))
        self._town.stage.hub.faults.next_webhooks(fate, count=chance.randint(1, 5))

    async def _release_webhooks(self, chance: random.Random) -> None:
        """What was held back arrives, in another order."""
        order = list(range(len(self._town.stage.hub.webhooks.held)))
        chance.shuffle(order)
        self._town.stage.hub.webhooks.release(order)

    async def _forge_webhook(self, _: random.Random) -> None:
        """A stranger sends what looks like a webhook."""
        headers = {
            "X-GitHub-Event": "issue_comment",
            "X-GitHub-Delivery": "forged",
            "X-Hub-Signature-256": f"sha256={'0' * 64}",
        }
        status, _said = await self._town.send(
            headers, b'{"action": "created", "repository": {"full_name": "acme/manifests"}}'
        )
        if 0 < status < 400:
            self._told.problems.append(f"promise 7: a forged webhook was answered with {status}")

    async def _interrupt(self, chance: random.Random) -> None:
        """People do something at the very moment at which GitHub carries out a request."""
        amid_merge, details = chance.random() < 0.6, random.Random(chance.getrandbits(32))  # noqa: S311 -- a test's chance
        operation = chance.choice(MERGES if amid_merge else WRITES)
        deed = chance.choice(AMID_MERGES if amid_merge else MEANWHILE)
        seconds = 0.0 if amid_merge else chance.choice((0.0, 2.0))
        interrupt(self._town.stage.hub.faults, operation, partial(self._amid, deed, details), seconds=seconds)

    def _amid(self, deed: str, chance: random.Random) -> None:
        self._told.happened["interrupted"] += 1
        self._deeds.do(deed, chance)

    async def _repeat_webhook(self, chance: random.Random) -> None:
        """Somebody who can read the wire sends again what GitHub sent."""
        taken = [
            each
            for each in self._town.stage.hub.webhooks.deliveries(self._town.stage.app)
            if each.response_body.strip() == "accepted" and each.delivered_at >= self._queue_since
        ]
        if taken:
            delivery = chance.choice(taken[:5])
            _status, said = await self._town.send(delivery.request_headers, delivery.body)
            if said == "accepted":
                self._told.problems.append(
                    f"promise 6: the webhook {delivery.event} {delivery.guid} was accepted twice"
                )

    async def _crash(self, chance: random.Random) -> None:
        """`kill -9` before one of the next steps of the loop, and a start some time later."""
        within = self._busy(chance)
        for bot in self._some_bot(chance):
            self._loop.at_step(self._loop.steps + chance.randrange(within), partial(self._town.kill_bot, bot))
        self._start_later(chance.choice((1.0, 30.0, 400.0)))

    async def _restart(self, chance: random.Random) -> None:
        """A rolling update: the new one starts, the old one stops in order."""
        old = self._some_bot(chance)
        self._town.start_bot()
        for bot in old:
            self._loop.call_later(chance.random() * 5, bot.stop.set)

    async def _second_bot(self, chance: random.Random) -> None:
        """Another replica works beside the first one, and is killed after a while."""
        if len(self._town.bots) < 2:
            bot = self._town.start_bot()
            self._loop.call_later(chance.choice((60.0, 600.0)), lambda: self._town.kill_bot(bot))
            self._start_later(601.0)

    async def _stop_clock(self, chance: random.Random) -> None:
        """A bot stands still, as a virtual machine that is moved does, for longer than its leases last.

        At one of the next steps of the loop, so that it happens amid a pass; a second one may go on meanwhile.
        """
        if chance.random() < 0.5:
            await self._second_bot(chance)
        within = self._busy(chance)
        for bot in self._some_bot(chance):
            freeze = partial(self._freeze, bot, chance.choice((3.0, 20.0, 90.0)))
            self._loop.at_step(self._loop.steps + chance.randrange(within), freeze)

    def _freeze(self, bot: Bot, seconds: float) -> None:
        if seconds > LEASE and not bot.process.frozen:
            self._loop.call_later(seconds, lambda: self._ledger.thawed.append(self._town.stage.clock.now()))
        self._loop.freeze(bot.process, seconds)

    def _busy(self, chance: random.Random) -> int:
        """Perhaps give the bot something to do now; return the steps of the loop within which something shall go wrong."""
        if chance.random() < 0.5:
            return 1500
        self._deeds.do("speak", chance)
        return 600

    async def _lose_queue(self, _: random.Random) -> None:
        """The machine and its disk are gone; the bot starts on another one."""
        for bot in list(self._town.bots):
            self._town.kill_bot(bot)
        self._town.forget_queue()
        self._queue_since = self._town.stage.clock.now()
        self._town.start_bot()

    def _some_bot(self, chance: random.Random) -> list[Bot]:
        return [chance.choice(self._town.bots)] if self._town.bots else []

    def _start_later(self, seconds: float) -> None:
        def start() -> None:
            if not self._town.bots:
                self._town.start_bot()

        self._loop.call_later(seconds, start)

    # -- the end ---------------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        """Nothing fails any more, CI is green, and who is asked approves: then the world has to come to rest."""
        stage = self._town.stage
        stage.hub.faults.clear()
        stage.registry.faults.clear()
        stage.hub.webhooks.release()
        await self._town.pass_time(700)
        if not self._town.bots:
            self._town.start_bot()
        final = Final(self._oracle, registry=stage.registry, foreign=self._deeds.foreign)
        landed: list[int] = []
        for number in range(PATIENCE):
            self._deeds.care()
            await self._town.pass_time(600)
            self._judge(len(self._told.story.steps))
            if self._told.problems:
                return
            landed.append(len(self._ledger.landings))
            if number >= STABLE and landed[-1] == landed[-STABLE] and not final.judge(stage.clock.now()):
                break
        await self._ask()
        await self._town.pass_time(REST)
        written = len(self._ledger.writes)
        await self._town.pass_time(REST)
        self._judge(len(self._told.story.steps))
        self._told.problems += final.judge(stage.clock.now())
        late = [what for _, what in self._ledger.writes[written:]]
        if len(late) > NEWS or any("edited" not in what for what in late):
            self._told.problems.append(f"promise 6: the bot does not come to rest: {late[:5]}")

    async def _ask(self) -> None:
        """Two questions while nothing fails, the second one during the pass for the first: webhooks alone lead to answers.

        Long before a sweep would find them.
        """
        chance = random.Random(f"ask {self._told.story.seed}")  # noqa: S311 -- a test's chance
        for _ in range(2):
            self._town.stage.comment(1, "/why", by="dana")
            await self._town.pass_time(chance.random() / 4)
        await self._town.pass_time(PROMPT)
        if not all(said.answers for said in self._ledger.said[-2:]):
            self._told.problems.append(
                f"promise 6: a question waited for an answer for {PROMPT:g} s, although nothing fails"
            )
