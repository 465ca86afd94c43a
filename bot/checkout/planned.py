"""What a plan of a checkout says: a row for each application and environment, what nobody claims, and what is wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import Severity, Verdict
from bot.core.values.errors import Problem
from bot.core.values.places import Mention, Place
from bot.core.values.version import Version


class Answer(Enum):
    """A gate's answer in a checkout. UNKNOWN: only GitHub or a registry can tell, and it was not asked."""

    PASSED = "passed"
    WAITING = "waiting"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


LATEST = datetime.max.replace(tzinfo=UTC)
ANSWERS = {
    Severity.PASSED: Answer.PASSED,
    Severity.WAITING: Answer.WAITING,
    Severity.BLOCKED: Answer.BLOCKED,
}


def sentence(verdict: Verdict) -> str:
    """Return a verdict's sentence, without the signs that keep GitHub from making a mention or a link of a word."""
    return plain_sentence(verdict).replace("\u2060", "")


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate's verdict. unknown: who would have to be asked, '' where the verdict counts."""

    verdict: Verdict
    unknown: str = ""

    @property
    def answer(self) -> Answer:
        """Return what the gate answers here."""
        return Answer.UNKNOWN if self.unknown else ANSWERS[self.verdict.severity]

    @property
    def reason(self) -> str:
        """Return the gate's sentence. Since when something is there, no checkout can tell."""
        if self.unknown:
            return f"{self.unknown} was not asked"
        if self.verdict.code == "is-there":
            return f"{self.verdict.facts['environment']} runs it"
        return sentence(self.verdict)


@dataclass(frozen=True, slots=True)
class Change:
    """What a promotion would write into one file."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One application in one environment.

    used: the application runs there. version: what all places hold, None where there are none or they differ.
    places: what a promotion writes; left: what it leaves unchanged. candidate: the version to move to next, None where there
    is none. proposed: the bot would open the pull request; otherwise a person does. verdicts: about the candidate, or why
    there is none. changes: what the promotion would write. problem: why nothing can be promoted there, '' where it can;
    problem_at: `path:line` of the manifest, '' where there is none. again_at: when time alone may change any of this.
    """

    application: str
    environment: str
    used: bool = True
    version: Version | None = None
    places: tuple[Place, ...] = ()
    left: tuple[Mention, ...] = ()
    candidate: Version | None = None
    proposed: bool = False
    verdicts: tuple[Judged, ...] = ()
    changes: tuple[Change, ...] = ()
    problem: str = ""
    problem_at: str = ""
    again_at: datetime | None = None

    def stopped_by(self, answer: Answer) -> tuple[Judged, ...]:
        """Return the verdicts with this answer."""
        return tuple(judged for judged in self.verdicts if judged.answer is answer)


@dataclass(frozen=True, slots=True)
class PlannedApplication:
    """The rows of one application without asking anybody, and what they follow from.

    key: of the policy, and of the files that are looked at. made: when.
    """

    key: str
    made: datetime
    rows: tuple[PlannedRow, ...]

    def holds(self, key: str, now: datetime) -> bool:
        """Report whether the same would come out now."""
        changes = (row.again_at for row in self.rows if row.again_at)
        return self.key == key and self.made <= now < min(changes, default=LATEST)


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A folder, or a reference to an image, that no application claims. line: of a reference; 0 for a folder."""

    path: str
    reason: str
    line: int = 0
    image: str = ""
    tag: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class CheckoutPlan:
    """The whole plan."""

    rows: tuple[PlannedRow, ...] = ()
    unclaimed: tuple[Unclaimed, ...] = ()
    problems: tuple[Problem, ...] = ()
