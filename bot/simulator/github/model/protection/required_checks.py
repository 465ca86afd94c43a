"""Required checks: which must succeed before a merge, and GitHub's messages about those that have not."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.simulator.github.model.accounts.apps import Bot
from bot.simulator.github.model.checks.runs import CheckRun, CheckStatus
from bot.simulator.github.model.checks.statuses import CommitStatus, StatusState


@dataclass(frozen=True, slots=True)
class RequiredCheck:
    """A context that must succeed; with `app_id` only that App's check run or commit status counts."""

    context: str
    app_id: int | None = None


def checks_refusal(required: Sequence[RequiredCheck], contexts: Sequence[CheckRun | CommitStatus]) -> str | None:
    """Return GitHub's message about required checks without success, or None if all succeeded."""
    verdicts = [(check.context, _progress(check, contexts)) for check in required]
    missing = [(context, progress) for context, progress in verdicts if progress is not None]
    if not missing:
        return None
    if len(missing) == 1:
        return f'Required status check "{missing[0][0]}" is {missing[0][1]}.'
    counts = {progress: sum(1 for _, other in missing if other == progress) for _, progress in missing}
    listed = " and ".join(f"{count} {progress}" for progress, count in counts.items())
    return f"{len(missing)} of {len(required)} required status checks have not succeeded: {listed}."


def _progress(check: RequiredCheck, contexts: Sequence[CheckRun | CommitStatus]) -> str | None:
    found = [context for context in contexts if _answers(check, context)]
    if not found:
        return "expected"
    # A required context can be both a status and a check run; each of them must succeed.
    for context in found:
        if isinstance(context, CheckRun) and context.status is not CheckStatus.COMPLETED:
            return "in progress" if context.status is CheckStatus.IN_PROGRESS else "queued"
        if context.state is StatusState.PENDING:
            return "pending"
        if context.state is not StatusState.SUCCESS:
            return "failing"
    return None


def _answers(check: RequiredCheck, context: CheckRun | CommitStatus) -> bool:
    if isinstance(context, CheckRun):
        return context.name == check.context and check.app_id in {None, context.suite.app.id}
    # A status counts for its creator's App: https://github.com/palantir/policy-bot/issues/376
    app_id = context.creator.app.id if isinstance(context.creator, Bot) else None
    return context.context == check.context and check.app_id in {None, app_id}
