"""What GitHub refused while a plan was carried out."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from bot.core.pages.refused_writes import WritesRefused
from bot.core.plan import Action, WriteState
from bot.core.values.errors import Overtaken, Temporary
from bot.github.errors import Answer
from bot.github.writes.schedule import Batch
from bot.github.writes.write import Need, Write

STALE, EXISTS = "STALE_DATA", "Reference already exists"
"""How GitHub says that a branch is not where it was seen, or was created meanwhile."""


@dataclass(slots=True)
class Failures:
    """The failures so far. actions: those that failed, which get no further document. are_final: the plan ends here."""

    actions: list[Action] = field(default_factory=list)
    are_final: bool = False
    _said: list[str] = field(default_factory=list)
    _refused: list[tuple[Action, str, str]] = field(default_factory=list)
    _overtaken: bool = False

    def add(self, batch: Batch, answer: Answer) -> None:
        """Check the answer to every field of a document that was required."""
        for (alias, write), owner in zip(aliased(batch), batch.owners, strict=True):
            said = "; ".join(complaint.message for complaint in answer.about(alias))
            if isinstance(owner, WriteState) and any(each.kind == STALE for each in answer.about(alias)):
                self._overtaken = True
            if write.need is not Need.REQUIRED:
                continue
            if said:
                self.refuse(owner, doing=write.doing, said=said)
            elif not answer.data.get(alias):
                self._fail(owner, doing=write.doing, said="GitHub gave no answer")
        whole = [complaint.message for complaint in answer.complaints if not complaint.path]
        self._said += whole
        self.are_final = self.are_final or bool(whole)

    def refuse(self, action: Action, *, doing: str, said: str) -> None:
        """Add a refusal. Of one action only the first is reported to people; the others follow from it."""
        if all(action is not each for each in self.actions):
            self._refused.append((action, doing, said))
        self._fail(action, doing=doing, said=said)
        self._overtaken = self._overtaken or (isinstance(action, WriteState) and EXISTS in said)

    def _fail(self, action: Action, *, doing: str, said: str) -> None:
        """Add a failure. If GitHub gave no reason, it did not refuse: people have nothing to do about it."""
        self._said.append(f"could not {doing}: {said}")
        self.actions.append(action)
        self.are_final = self.are_final or isinstance(action, WriteState)

    async def explain(self, naming: Callable[[str, str], Awaitable[str]]) -> None:
        """Let `naming` add to each refusal what GitHub left out. naming: from what was tried and GitHub's words."""
        self._refused = [(action, doing, await naming(doing, said)) for action, doing, said in self._refused]

    def raise_any(self) -> None:
        """Raise WritesRefused where GitHub refused something, Temporary where it did not answer.

        Raises Overtaken where somebody else wrote `gitops-state` first. The next look shows whatever else was refused.
        """
        if self._overtaken:
            raise Overtaken("; ".join(self._said))
        if self._refused:
            raise WritesRefused("; ".join(self._said), self._refused)
        if self._said:
            raise Temporary("; ".join(self._said))


def aliased(batch: Batch) -> Iterator[tuple[str, Write]]:
    """Yield the writes of a document, each with its alias there."""
    yield from ((f"m{number}", write) for number, write in enumerate(batch.writes))
