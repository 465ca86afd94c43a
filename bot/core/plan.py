"""What to do: actions, verdicts and the next wake-up. `apply` carries the actions out and chooses nothing.

Every action names what was seen when it was decided (a head, a base, a branch's tip), so that it fails if the world has moved
on, and the next pass decides again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum

from bot.core.values.deployment import Deployment
from bot.core.values.first_policy import CloseIssue, EditIssue, GiveLockBack, OpenIssue, ProposePolicy, TakeLock
from bot.core.values.message import Message
from bot.core.values.notice import Notice
from bot.core.values.places import Edit

LONGEST_HEADLINE = 72
"""Characters in the first line of a commit message on `gitops-state`; longer ones are cut in `git log --oneline`."""
SUPERSEDED = "gitops/superseded"
"""The label of a promotion that the bot closed itself, which tells it from one that a person closed."""


class Severity(IntEnum):
    """A verdict's answer, in the order in which the most severe makes the headline."""

    PASSED = 0
    WAITING = 1
    BLOCKED = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """One gate's answer.

    code: the reason, stable, such as `soak-running`; `bot/core/pages/parts/sentences.py` has its sentence. facts: what was
    seen and what is wanted, the words that the sentence needs. who: who or what can clear it, empty if nobody needs to.
    again_at: when to look again, if time alone can change the answer.
    """

    gate: str
    severity: Severity
    code: str
    facts: Mapping[str, str] = field(default_factory=dict)
    who: tuple[str, ...] = ()
    again_at: datetime | None = None


class CheckOutcome(Enum):
    """The state of the check run `gitops/promotion` or `gitops/policy`."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    ACTION_REQUIRED = "action_required"


class Reaction(Enum):
    """The bot's marks on a comment: seen, carried out, not carried out. The last two mark the comment as done."""

    SEEN = "EYES"
    DONE = "ROCKET"
    REFUSED = "CONFUSED"


@dataclass(frozen=True, slots=True)
class WriteState:
    """Commit these files (name → text, None deletes) to `gitops-state`, by compare-and-swap on the head that was seen."""

    seen_head: str | None
    files: Mapping[str, str | None]
    message: Message


@dataclass(frozen=True, slots=True)
class OpenPromotion:
    """Create the branch at base_oid, commit the edits, open the pull request.

    stale_head: where a left-over branch of that name points; it is moved to base_oid first, if it still points there.
    """

    environment: str
    branch: str
    base: str
    base_oid: str
    stale_head: str | None
    edits: tuple[Edit, ...]
    message: Message
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class UpdatePromotion:
    """Build the edits on base_oid at stage_branch, move branch there from seen_head, and rewrite the description."""

    environment: str
    pull_id: str
    number: int
    branch: str
    stage_branch: str
    seen_head: str
    base_oid: str
    edits: tuple[Edit, ...]
    message: Message
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class DescribePromotion:
    """Write the pull request's title and description."""

    pull_id: str
    number: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class IntroducePromotion:
    """Label a new pull request, request reviews, and then write its status comment.

    reviewers: logins and 'organisation/team'. The comment says which of these GitHub refused; they are not tried again.
    """

    pull_id: str
    number: int
    labels: tuple[str, ...]
    reviewers: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class EditStatus:
    """Edit the status comment."""

    comment_id: str
    number: int
    body: str


@dataclass(frozen=True, slots=True)
class ClosePromotion:
    """Label the pull request, close it with one sentence, and delete its branch if it still points at seen_head; None
    keeps it.
    """

    pull_id: str
    number: int
    branch: str
    seen_head: str | None
    label: str
    comment: str


@dataclass(frozen=True, slots=True)
class DeleteBranch:
    """Delete a branch that a merged or closed promotion left behind, if it still points at seen_head."""

    branch: str
    seen_head: str


@dataclass(frozen=True, slots=True)
class MergePromotion:
    """Merge the pull request, naming the head that every gate was asked about. method: MERGE, SQUASH or REBASE."""

    environment: str
    pull_id: str
    number: int
    head_oid: str
    method: str
    message: Message
    seen_state: str | None


@dataclass(frozen=True, slots=True)
class EnqueuePromotion:
    """Put the pull request into the merge queue, naming the head that every gate was asked about."""

    environment: str
    pull_id: str
    number: int
    head_oid: str
    seen_state: str | None


@dataclass(frozen=True, slots=True)
class DequeuePromotion:
    """Take the pull request out of the merge queue."""

    environment: str
    pull_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Annotation:
    """One line of a file that a check run points at. line: from 1. warning: nothing fails for it."""

    path: str
    line: int
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class DecidedOn:
    """The head of `gitops-state` that a decision was based on; None for a branch that does not exist."""

    head: str | None


@dataclass(frozen=True, slots=True)
class ReportCheck:
    """Create or update a check run of ours. check_id: the run's node id, None to create one. says: as in Report.

    decided_on: for a success that lets people or GitHub merge; None if it does not depend on the records.
    """

    name: str
    head_oid: str
    check_id: str | None
    outcome: CheckOutcome
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()
    says: str = ""
    decided_on: DecidedOn | None = None


@dataclass(frozen=True, slots=True)
class React:
    """Put a reaction on a comment, for people. Safe to repeat; if GitHub refuses it, nothing else depends on it."""

    comment_id: str
    reaction: Reaction


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a comment, and then mark it as done: a comment whose answer did not arrive has no mark, and is read again.

    body: names the comment that it answers, so that the answer itself marks the comment, too. mark: what GitHub may refuse.
    """

    subject_id: str
    body: str
    comment_id: str
    mark: Reaction


@dataclass(frozen=True, slots=True)
class DeleteReply:
    """Delete a comment of the bot's own that answers a comment once more. If GitHub refuses it, nothing else depends on it."""

    reply_id: str


MergeAction = MergePromotion | EnqueuePromotion
"""Changes what runs: nothing may follow in the same request, and a hold written meanwhile must stop it."""
EnvironmentAction = OpenPromotion | UpdatePromotion | DequeuePromotion | MergeAction
"""Names the environment that it is about."""
PullRequestAction = DescribePromotion | IntroducePromotion | EditStatus | ClosePromotion
"""Names the pull request that it is about by its number alone."""
AnswerAction = React | Reply | DeleteReply
"""Only answers people."""
RepositoryAction = ProposePolicy | TakeLock | OpenIssue | GiveLockBack | EditIssue | CloseIssue
"""Concerns the repository's policy, and no promotion."""
Action = (
    EnvironmentAction | PullRequestAction | AnswerAction | RepositoryAction | WriteState | DeleteBranch | ReportCheck
)
"""Everything a plan can contain. Each kind has its row in `bot/github/writes/writers.py`."""


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file as a promotion writes it: `manifests` made the bytes, `github` commits them. mode: as in ListedFile."""

    path: str
    content: bytes
    mode: int


@dataclass(frozen=True, slots=True)
class Row:
    """What the dashboard says of one application and environment, in Markdown.

    stands_alone: no pull request says it, so that it is worth an issue. environment, severity, said: its most severe
    answer, for people who ask what needs them; said is Markdown on one line.
    """

    text: str
    stands_alone: bool
    environment: str = ""
    severity: Severity = Severity.PASSED
    said: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, in this order, and when to look again.

    verdicts: per environment, the answers about its open promotion or its candidate; for `/why`, pages and tests.
    again_at: the earliest moment at which time alone changes an answer; None where only an event can.
    logs: the commits of the source repository whose log the pages need. rows: for the dashboard. notices: for people outside
    GitHub, told before or not. rollbacks: the environments whose actions are part of one. deployments: what GitHub should show
    of what was merged lately, shown already or not.
    """

    actions: tuple[Action, ...]
    verdicts: Mapping[str, tuple[Verdict, ...]]
    again_at: datetime | None
    logs: frozenset[str] = frozenset()
    rows: tuple[Row, ...] = ()
    notices: tuple[Notice, ...] = ()
    rollbacks: frozenset[str] = frozenset()
    deployments: tuple[Deployment, ...] = ()
