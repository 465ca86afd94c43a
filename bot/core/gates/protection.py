"""protection: GitHub's own rules for the branch, our own check left out.

| pull request                                  | verdict                              |
|-----------------------------------------------|--------------------------------------|
| none                                          | waiting `no-pull`                    |
| conflicts with its base                       | waiting `conflict` (it is rebuilt)   |
| a rollback, and `rollback: {bypass: true}`    | passed `bypassed`, once computed     |
| a required check failed                       | blocked `required-failed`            |
| a required check runs or is missing           | waiting `required-pending`           |
| GitHub wants a review                         | blocked `review-required`            |
| was in the merge queue, and is not any more   | blocked `queue-left`                 |
| must be up to date and is not                 | waiting `behind` (it is rebuilt)     |
| mergeability not computed yet                 | waiting `not-computed`, soon again   |
| BLOCKED, for a reason that was not seen       | waiting `github-blocked`             |
| otherwise                                     | passed `github-content`              |

Where our own check run is required, `github-blocked` leaves it a success: it says what the other gates say, or each would
wait for the other.

A merge queue brings the branch up to date by itself, and has GitHub call everything BLOCKED that is to be merged past it.
That the head was in the queue is remembered by the title of our check run on it; when the bot takes it out, the title tells
the gate that closed instead. So what others took out is not put back: not by a person, nor because its checks failed there.
"""

from datetime import timedelta

from bot.core.gates.question import Purpose, Question, blocked, passed, waiting
from bot.core.observation import Mergeable, Outcome, PullRequest, Repository
from bot.core.plan import Verdict

NAME = "protection"
SENTENCES = {
    "conflict": "conflicts with {base:c}; it is being rebuilt",
    "behind": "is behind {base:c}; it is being rebuilt",
    "required-failed": "required check {checks:c} failed",
    "required-pending": "waits for required check {checks:c}",
    "review-required": "GitHub requires {reviews} here",
    "not-computed": "GitHub is still computing whether it can merge",
    "queue-left": "GitHub's merge queue let go of it: a check failed there, or somebody took it out",
    "github-blocked": "GitHub calls it blocked and does not say why",
    "bypassed": "a rollback may bypass GitHub's own rules here, says the policy",
    "github-content": "GitHub's own rules are met",
}
OWN_CHECK = "gitops/promotion"
IN_QUEUE = "every gate passes; it is in the merge queue"
"""The title of our check run on a head that was seen there."""
SOON = timedelta(seconds=5)
LATER = timedelta(minutes=5)


def judge(question: Question) -> Verdict:
    """Ask what GitHub would say to a merge."""
    if question.promotion is None:
        return waiting(NAME, "no-pull")
    pull, repository = question.promotion.pull, question.state.repository
    if pull.mergeable is Mergeable.CONFLICTING:
        return waiting(NAME, "conflict", base=pull.base)
    if question.purpose is Purpose.ROLLBACK and question.environment.rollback.bypass:
        if pull.mergeable is Mergeable.UNKNOWN:  # a head that was pushed just now, whose files are not all seen
            return _not_computed(question, pull)
        return passed(NAME, "bypassed")
    return (
        _required_checks(pull, repository)
        or _review(pull, repository)
        or _left_the_queue(question, pull)
        or _mergeability(question, pull)
    )


def _required_checks(pull: PullRequest, repository: Repository) -> Verdict | None:
    required = sorted(repository.protection.required_checks - {OWN_CHECK})
    # A check run and a status may have the same name: then both count.
    outcomes = {name: {each.outcome for each in pull.head.reports if each.name == name} for name in required}
    failed = [name for name in required if Outcome.FAILURE in outcomes[name]]
    if failed:
        return blocked(NAME, "required-failed", who=("whoever can mend or re-run it",), checks=", ".join(failed))
    pending = [name for name in required if outcomes[name] != {Outcome.SUCCESS}]
    if pending:
        return waiting(NAME, "required-pending", checks=", ".join(pending))
    return None


def _review(pull: PullRequest, repository: Repository) -> Verdict | None:
    if pull.review_decision in (None, "APPROVED"):
        return None
    count = repository.protection.required_approvals or 1
    reviews = f"{count} approving review{'s' if count > 1 else ''}"
    return blocked(
        NAME, "review-required", who=("reviewers with write permission, or the code owners",), reviews=reviews
    )


def _left_the_queue(question: Question, pull: PullRequest) -> Verdict | None:
    """Our check run is no success then, so a person can put it back by asking for it again, or by a new head."""
    repository = question.state.repository
    own = repository.own_report(pull.head.reports, OWN_CHECK)
    if own is None or pull.is_queued or not repository.protection.merge_queue:
        return None
    asked_again = question.request is not None and own.at is not None and question.request.at > own.at
    if asked_again or own.title not in (IN_QUEUE, f"{NAME}: {SENTENCES['queue-left']}"):
        return None
    again = f"/promote {question.environment.name} {question.application.name}"
    return blocked(NAME, "queue-left", who=(f"whoever can mend it, and then asks again with `{again}`",))


def _mergeability(question: Question, pull: PullRequest) -> Verdict:
    rules = question.state.repository.protection
    # GitHub says BEHIND only where the branch must be up to date.
    if pull.merge_state == "BEHIND" and not rules.merge_queue:
        return waiting(NAME, "behind", base=pull.base)
    if pull.mergeable is Mergeable.UNKNOWN:
        return _not_computed(question, pull)
    if pull.merge_state == "BLOCKED" and not (rules.merge_queue or waits_for_us(question)):
        return waiting(NAME, "github-blocked", again_at=question.now + _until_computed(question, pull))
    return passed(NAME, "github-content")


def _not_computed(question: Question, pull: PullRequest) -> Verdict:
    """It takes GitHub seconds, seldom; where it takes longer, half as long as it has taken is soon enough.

    It begins anew with each new head and each new base.
    """
    tips = (pull.head, *question.state.recent[:1])
    begun = max((tip.at for tip in tips if tip.at and tip.at <= question.now), default=question.now)
    return waiting(NAME, "not-computed", again_at=question.now + min(max(SOON, (question.now - begun) / 2), LATER))


def is_required(repository: Repository) -> bool:
    """GitHub asks for our own check run before it lets anything be merged."""
    return OWN_CHECK in repository.protection.required_checks


def waits_for_us(question: Question) -> bool:
    """GitHub calls the promotion blocked, and our own check run would be reason enough. Whether there is another one shows
    once it has succeeded: so nothing is merged before that, lest the bot's own right to bypass the rules be used unseen.
    """
    promotion, repository = question.promotion, question.state.repository
    if promotion is None or promotion.pull.merge_state != "BLOCKED" or repository.protection.merge_queue:
        return False
    own = repository.own_report(promotion.pull.head.reports, OWN_CHECK)
    return is_required(repository) and (own is None or own.outcome is not Outcome.SUCCESS)


def _until_computed(question: Question, pull: PullRequest) -> timedelta:
    """What GitHub computed before our check run succeeded may stand there for a moment longer."""
    own = question.state.repository.own_report(pull.head.reports, OWN_CHECK)
    return SOON if own is not None and own.at is not None and question.now - own.at < LATER else LATER
