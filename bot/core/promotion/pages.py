"""What people read of an open promotion: its page, its check run and its status comment, where they do not say this already."""

from bot.core.gates.protection import OWN_CHECK, QUEUED, is_required
from bot.core.gates.question import Question
from bot.core.observation.commits import Outcome
from bot.core.observation.pull_request import PullRequest
from bot.core.pages import check_run, commit_messages, pull_request, status_comment
from bot.core.pages.parts.verdicts import TRANSIENT, counting
from bot.core.plan import Action, CheckOutcome, DecidedOn, DescribePromotion, ReportCheck, Severity, Verdict
from bot.core.promotion.check_renewal import AGAIN, is_created_anew, is_due
from bot.core.promotion.first_seen import remember_first_seen


def pages_and_check(
    question: Question, pull: PullRequest, verdicts: tuple[Verdict, ...], *, merges: bool = False
) -> tuple[Action, ...]:
    """Return what people read of an open promotion, and its check run, where they do not say this already.

    merges: the same plan merges it.
    """
    if any(verdict.code in TRANSIENT for verdict in verdicts):
        return ()
    # They are recorded when it opens; this is for a record that somebody else's commit came before.
    actions: list[Action] = [*remember_first_seen(question)]
    title, body = commit_messages.title(question), pull_request.body(question)
    if pull_request.differs(pull.title, title) or pull_request.differs(pull.body, body):
        actions.append(DescribePromotion(pull.node_id, pull.number, title, body))
    actions.extend(_report(pull, verdicts, question))
    actions.extend(
        status_comment.introduction(question, verdicts, merges=merges) or status_comment.edited(question, verdicts)
    )
    return tuple(actions)


def _queue_mark(pull: PullRequest, verdicts: tuple[Verdict, ...]) -> str:
    """Return what tells later that this head was in the merge queue, or was taken out of it by others."""
    stays = pull.is_queued and all(verdict.severity is Severity.PASSED for verdict in counting(verdicts))
    return QUEUED if stays or any(verdict.code == "queue-left" for verdict in verdicts) else ""


def _report(pull: PullRequest, verdicts: tuple[Verdict, ...], question: Question) -> tuple[ReportCheck, ...]:
    """Return the check run, if it does not say this already."""
    title = check_run.headline(verdicts, question)
    circular = {"github-blocked"} if is_required(question.state.repository) else set()
    judged = (verdict for verdict in counting(verdicts) if verdict.code not in circular)
    severity = max((verdict.severity for verdict in judged), default=Severity.PASSED)
    outcome = {
        Severity.PASSED: CheckOutcome.SUCCESS,
        Severity.WAITING: CheckOutcome.RUNNING,
        Severity.BLOCKED: CheckOutcome.ACTION_REQUIRED,
    }[severity]
    summary = check_run.summary(question, verdicts)
    says = _queue_mark(pull, verdicts) + pull_request.digest(f"{outcome.value} {title} {summary}")
    present = question.state.repository.own_report(pull.head.reports, OWN_CHECK)
    shown = {Outcome.SUCCESS: CheckOutcome.SUCCESS, Outcome.PENDING: CheckOutcome.RUNNING}
    if present and is_created_anew(present, outcome, question.now):
        says, present = (f"{says}{AGAIN}" if is_due(present, question.now) else says), None
    if (
        present
        and present.says.removesuffix(AGAIN) == says
        and shown.get(present.outcome, CheckOutcome.ACTION_REQUIRED) is outcome
    ):
        return ()
    check_id = present.node_id if present else None
    decided_on = DecidedOn(question.state.state_oid)
    report = ReportCheck(OWN_CHECK, pull.head.oid, check_id, outcome, title, summary, says=says, decided_on=decided_on)
    return (report,)
