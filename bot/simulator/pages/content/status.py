"""The state of commits and pull requests: lines for checks and statuses, and GitHub's merge box."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.simulator.github.model.checks.checks import rollup
from bot.simulator.github.model.checks.repository import CheckedRepository
from bot.simulator.github.model.checks.runs import CheckRun, CheckStatus, Conclusion
from bot.simulator.github.model.checks.statuses import CommitStatus, StatusState
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.deployments.deployments import Deployment, DeploymentState
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.reviews import Review, latest_opinions
from bot.simulator.github.model.repository import Repository


class Mark(Enum):
    """A state; the value names its style and icon."""

    GOOD = "good"
    BAD = "bad"
    WAITING = "waiting"
    NEUTRAL = "neutral"


_MARKS = {
    StatusState.SUCCESS: Mark.GOOD,
    StatusState.FAILURE: Mark.BAD,
    StatusState.ERROR: Mark.BAD,
    StatusState.PENDING: Mark.WAITING,
    StatusState.EXPECTED: Mark.WAITING,
}

_WORDS = {CheckStatus.QUEUED: "Queued", CheckStatus.IN_PROGRESS: "In progress"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """A check. by: the App or person that reported it; title: its own text, or GitHub's default."""

    name: str
    mark: Mark
    title: str
    by: str = ""
    at: datetime | None = None
    summary: str = ""
    text: str = ""
    annotations: tuple[tuple[str, str], ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentLine:
    """A deployment of a commit. link: its log."""

    environment: str
    mark: Mark
    state: str
    description: str = ""
    link: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line of the merge box."""

    mark: Mark
    words: str


_DEPLOYED = {
    DeploymentState.SUCCESS: (Mark.GOOD, "Active"),
    DeploymentState.FAILURE: (Mark.BAD, "Failure"),
    DeploymentState.ERROR: (Mark.BAD, "Error"),
    DeploymentState.INACTIVE: (Mark.NEUTRAL, "Inactive"),
    DeploymentState.QUEUED: (Mark.WAITING, "Queued"),
    DeploymentState.IN_PROGRESS: (Mark.WAITING, "In progress"),
    DeploymentState.PENDING: (Mark.WAITING, "Pending"),
}


def deployments_of(repository: Repository, oid: str) -> list[DeploymentLine]:
    """Return a commit's deployments, newest first."""
    return [_deployment(each) for each in reversed(repository.deployments.all) if each.request.sha == oid]


def _deployment(one: Deployment) -> DeploymentLine:
    mark, state = _DEPLOYED[one.state]
    newest = one.statuses[-1] if one.statuses else None
    return DeploymentLine(
        environment=one.environment,
        mark=mark,
        state=state,
        description=newest.description if newest else one.request.description or "",
        link=newest.log_url if newest else "",
        at=one.updated_at,
    )


def commit_mark(repository: CheckedRepository, oid: str) -> Mark | None:
    """Return the combined state of a commit; None if nothing was reported."""
    state = rollup(repository.checks.contexts(oid))
    return None if state is None else _MARKS[state]


def commit_checks(repository: CheckedRepository, oid: str, required: Sequence[str] = ()) -> list[CheckLine]:
    """Return the checks of a commit by name; a required check without a report is expected."""
    made = [_line(context, required) for context in repository.checks.contexts(oid)]
    known = {line.name for line in made}
    made += [
        CheckLine(name=name, mark=Mark.WAITING, title="Expected — waiting for status to be reported", required=True)
        for name in required
        if name not in known
    ]
    return sorted(made, key=lambda line: line.name)


def pull_checks(pull: PullRequest) -> list[CheckLine]:
    """Return the checks of a pull request's head; a closed one has no expected checks."""
    required = [check.context for check in pull.required_checks()]
    found = commit_checks(pull.repository, pull.head_oid, required)
    return [line for line in found if line.at is not None or pull.state is State.OPEN]


def _line(context: CheckRun | CommitStatus, required: Sequence[str]) -> CheckLine:
    if isinstance(context, CommitStatus):
        return CheckLine(
            name=context.context,
            mark=_MARKS[context.state],
            title=context.description or context.state.value.capitalize(),
            by=context.creator.login,
            at=context.created_at,
            required=context.context in required,
        )
    ended = context.conclusion
    neutral = ended in {Conclusion.NEUTRAL, Conclusion.SKIPPED}
    words = ended.value.replace("_", " ").capitalize() if ended else _WORDS[context.status]
    return CheckLine(
        name=context.name,
        mark=Mark.NEUTRAL if neutral else _MARKS[context.state],
        title=context.output.title or words,
        by=context.suite.app.slug,
        at=context.completed_at or context.started_at,
        summary=context.output.summary or "",
        text=context.output.text or "",
        annotations=tuple((f"{note.path}:{note.start_line}", note.message) for note in context.output.annotations),
        required=context.name in required,
    )


def opinions(pull: PullRequest) -> list[Review]:
    """Return the newest opinion of each reviewer."""
    return latest_opinions(pull)


def merge_box(pull: PullRequest) -> list[Sentence]:
    """Return the merge box of an open pull request. It does not read `mergeable`, which would start a computation."""
    sentences = [_checks_sentence(pull_checks(pull))]
    sentences += [Sentence(Mark.WAITING, words) for words in pull.blocked_by(pull.protections())]
    if pull.is_draft:
        sentences.append(Sentence(Mark.WAITING, "This pull request is still a work in progress."))
    if pull.conflicts():
        sentences.append(Sentence(Mark.BAD, "This branch has conflicts that must be resolved."))
    else:
        sentences.append(Sentence(Mark.GOOD, "This branch has no conflicts with the base branch."))
    return sentences


def _checks_sentence(checks: Sequence[CheckLine]) -> Sentence:
    bad = [line.name for line in checks if line.mark is Mark.BAD]
    waiting = [line.name for line in checks if line.mark is Mark.WAITING]
    if bad:
        return Sentence(Mark.BAD, f"Some checks were not successful: {', '.join(bad)}.")
    if waiting:
        return Sentence(Mark.WAITING, f"Some checks haven't completed yet: {', '.join(waiting)}.")
    return Sentence(Mark.GOOD, "All checks have passed.") if checks else Sentence(Mark.NEUTRAL, "There are no checks.")
