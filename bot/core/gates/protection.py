"""protection: GitHub's own rules for the branch, our own check left out.

| pull request                                  | verdict                              |
|-----------------------------------------------|--------------------------------------|
| none                                          | waiting `no-pull`                    |
| has more labels, reviews, … than were read    | blocked `pull-unread`                |
| the branch has more rules than were read      | blocked `rules-unread`               |
| conflicts with its base                       | waiting `conflict` (it is rebuilt)   |
| a rollback, and `rollback: {bypass: true}`    | passed `bypassed`, once computed     |
| a required check failed                       | blocked `required-failed`            |
| GitHub wants a review                         | blocked `review-required`            |
| somebody's conversation is not resolved       | blocked `conversation-open`          |
| a required check may be among the unread ones | blocked `required-unread`            |
| a required check runs or is missing           | waiting `required-pending`           |
| was in the merge queue, and is not any more   | blocked `queue-left`                 |
| must be up to date and is not                 | waiting `behind` (it is rebuilt)     |
| mergeability not computed yet                 | waiting `not-computed`, soon again   |
| BLOCKED, for a reason that was not seen       | waiting `github-blocked`             |
| otherwise                                     | passed `github-content`              |

Where our own check run is required, `github-blocked` leaves it a success: it says what the other gates say, or each would
wait for the other.

A merge queue brings the branch up to date by itself, and has GitHub call everything BLOCKED that is to be merged past it.
That the head was in the queue is remembered by the external id of our check run on it, which loses the mark when the bot takes
it out. So what others took out is not put back: not by a person, nor because its checks failed there.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from bot.core.gates.question import Purpose, Question, blocked, passed, waiting
from bot.core.observation.commits import Outcome, Report
from bot.core.observation.pull_request import Mergeable, PullRequest, ReviewState
from bot.core.observation.repository import Protection, Repository
from bot.core.plan import Verdict

NAME = "protection"
SENTENCES = {
    "conflict": "conflicts with {base:c}; the bot rebuilds it",
    "behind": "behind {base:c}; the bot rebuilds it",
    "pull-unread": "has more {lists} than the bot reads ({most})",
    "rules-unread": "{base:c} has more rules than the bot reads ({most})",
    "required-unread": "commit {commit:c} has more checks than the bot reads ({most}), and required check {checks:c} may be "
    "among the others",
    "required-failed": "required check {checks:c} failed",
    "required-pending": "waiting for required check {checks:c}",
    "review-required": "GitHub requires {reviews} here[; {changes} requested changes][; approved so far by {given}]"
    "[; reviews still requested from code owners: {owners}]",
    "conversation-open": "GitHub requires every conversation to be resolved, and {count}",
    "not-computed": "GitHub is still computing whether it can merge",
    "queue-left": "removed from GitHub's merge queue: a check failed there, or somebody removed it",
    "github-blocked": "GitHub blocks the merge and does not say why[; its rules require {rules}]",
    "bypassed": "the policy lets a rollback bypass GitHub's own rules here",
    "github-content": "GitHub's own rules pass[; {queue}]",
}
OWN_CHECK = "gitops/promotion"
QUEUED = "queued "
"""The external id of our check run begins so on a head that was seen in the merge queue, unless the bot took it out."""
_RULES = {
    "REQUIRED_SIGNATURES": "signed commits",
    "REQUIRED_LINEAR_HISTORY": "a linear history",
    "REQUIRED_WORKFLOW_STATUS_CHECKS": "required workflows",
    "WORKFLOWS": "required workflows",
    "CODE_SCANNING": "the results of code scanning",
    "LOCK_BRANCH": "no changes at all (the branch is locked)",
    "UPDATE": "changes only by people who may bypass the rule",
}
"""Rules as people read them; the others by GitHub's own name."""
MOST_LISTED, MOST_RULES, MOST_CHECKS = "3,000 of each", "100", "1,000"
"""What is read at most, as people read it; the adapter counts."""
HEAD_GREEN = (
    "the merge queue merges a group as soon as its last entry is green, so only taking this pull request out of the queue "
    "stops it"
)
"""https://github.com/iotaledger/iota/pull/12491. Elsewhere a failed check run of ours stops it, too."""
SOON = timedelta(seconds=5)
LATER = timedelta(minutes=5)


def judge(question: Question) -> Verdict:
    """Ask what GitHub would say to a merge."""
    if question.promotion is None:
        return waiting(NAME, "no-pull")
    pull, repository = question.promotion.pull, question.state.repository
    unread = _unread(pull, repository.protection)
    if unread is not None:
        return unread
    if pull.mergeable is Mergeable.CONFLICTING:
        return waiting(NAME, "conflict", base=pull.base)
    if question.purpose is Purpose.ROLLBACK and question.environment.rollback.bypass:
        if pull.mergeable is Mergeable.UNKNOWN:  # a head that was pushed just now, whose files are not all seen
            return _not_computed(question, pull)
        return passed(NAME, "bypassed")
    return (
        _failed_checks(pull, repository)
        or _review(pull, repository)
        or _conversations(pull, repository)
        or _unread_checks(pull, repository)
        or _pending_checks(pull, repository)
        or _left_the_queue(question, pull)
        or _mergeability(question, pull)
    )


def _unread(pull: PullRequest, rules: Protection) -> Verdict | None:
    """Return what may be there and was not read: a label that holds, a review that objects, a rule that forbids."""
    if pull.unread:
        lists = ", ".join(sorted(each.value for each in pull.unread))
        who = ("anyone who can remove some of them",)
        return blocked(NAME, "pull-unread", who=who, lists=lists, most=MOST_LISTED)
    if not rules.is_whole:
        who = ("anyone who may change the rules of the branch",)
        return blocked(NAME, "rules-unread", who=who, base=pull.base, most=MOST_RULES)
    return None


def _unread_checks(pull: PullRequest, repository: Repository) -> Verdict | None:
    """Judge required checks that nobody reported among those that were read, where there are more."""
    if pull.head.reports_complete:
        return None
    outcomes, apps = _outcomes(pull, repository.protection), repository.protection.check_apps
    missing = [name for name, seen in outcomes.items() if not seen]
    if not missing:
        return None
    who = ("anyone who can reduce the checks on the commits of pull requests",)
    commit, checks = pull.head.oid[:7], _named(missing, apps)
    return blocked(NAME, "required-unread", who=who, commit=commit, checks=checks, most=MOST_CHECKS)


def _failed_checks(pull: PullRequest, repository: Repository) -> Verdict | None:
    outcomes, apps = _outcomes(pull, repository.protection), repository.protection.check_apps
    failed = [name for name, seen in outcomes.items() if Outcome.FAILURE in seen]
    if not failed:
        return None
    return blocked(NAME, "required-failed", who=("anyone who can fix or re-run it",), checks=_named(failed, apps))


def _pending_checks(pull: PullRequest, repository: Repository) -> Verdict | None:
    """Judge the checks after what needs people, so that people are named while the machines are still at work."""
    outcomes, apps = _outcomes(pull, repository.protection), repository.protection.check_apps
    pending = [name for name, seen in outcomes.items() if seen != {Outcome.SUCCESS}]
    return waiting(NAME, "required-pending", checks=_named(pending, apps)) if pending else None


def _outcomes(pull: PullRequest, rules: Protection) -> Mapping[str, set[Outcome]]:
    """Return the outcome of each required check.

    A check run and a status may have the same name: then both count, unless the rule names the App that must report.
    """
    required = sorted(rules.required_checks - {OWN_CHECK})
    return {name: {each.outcome for each in _reports(pull, rules, name)} for name in required}


def _reports(pull: PullRequest, rules: Protection, name: str) -> Iterator[Report]:
    app = rules.check_apps.get(name)
    return (each for each in pull.head.reports if each.name == name and app in (None, each.app_id))


def _named(checks: Iterable[str], apps: Mapping[str, int]) -> str:
    return ", ".join(f"{name} (by App {apps[name]})" if name in apps else name for name in checks)


def _review(pull: PullRequest, repository: Repository) -> Verdict | None:
    """Return who has to review: by number, and by name if GitHub has asked code owners."""
    if pull.review_decision in (None, "APPROVED"):
        return None
    rules, opinions = repository.protection, [review for review in pull.reviews if review.can_push]
    given = sorted(each.author.login for each in opinions if each.state is ReviewState.APPROVED)
    against = sorted(each.author.login for each in opinions if each.state is ReviewState.CHANGES_REQUESTED)
    count = rules.required_approvals or 1
    enough = rules.code_owners and len(given) >= rules.required_approvals
    reviews = "a code owner's approval" if enough else f"{count} approving review{'s' if count > 1 else ''}"
    owners = ", ".join(pull.owners_asked) if rules.code_owners else ""
    return blocked(
        NAME,
        "review-required",
        who=(_reviewers(rules, against, owners),),
        reviews=reviews,
        changes=", ".join(against),
        given=", ".join(given),
        owners=owners,
    )


def _reviewers(rules: Protection, against: list[str], owners: str) -> str:
    if against:
        return ", ".join(against)
    if owners:
        return owners
    return "the code owners of the changed files" if rules.code_owners else "reviewers with write permission"


def _conversations(pull: PullRequest, repository: Repository) -> Verdict | None:
    if not (repository.protection.conversations and pull.open_threads):
        return None
    count = "one is open" if pull.open_threads == 1 else f"{pull.open_threads} are open"
    return blocked(NAME, "conversation-open", who=("people with write permission, by resolving it",), count=count)


def _further_rules(rules: Protection) -> str:
    """Return what GitHub may be waiting for that no pull request shows."""
    deployments = [f"a deployment to {name}" for name in sorted(rules.deployments)]
    return ", ".join([*deployments, *(_RULES.get(kind, _in_words(kind)) for kind in sorted(rules.others))])


def _in_words(kind: str) -> str:
    return kind.lower().replace("_", " ")


def _left_the_queue(question: Question, pull: PullRequest) -> Verdict | None:
    """Judge a promotion that was removed from the merge queue.

    Our check run is no success then, so a person can put it back by requesting it again, or by a new head.
    """
    repository = question.state.repository
    own = repository.own_report(pull.head.reports, OWN_CHECK)
    if own is None or pull.is_queued or not repository.protection.merge_queue:
        return None
    asked_again = question.request is not None and own.at is not None and question.request.at > own.at
    if asked_again or not own.says.startswith(QUEUED):
        return None
    again = f"/promote {question.environment.name} {question.application.name}"
    return blocked(NAME, "queue-left", who=(f"anyone who can fix it and then asks again with `{again}`",))


def _mergeability(question: Question, pull: PullRequest) -> Verdict:
    rules = question.state.repository.protection
    # GitHub says BEHIND only where the branch must be up to date.
    if pull.merge_state == "BEHIND" and not rules.merge_queue:
        return waiting(NAME, "behind", base=pull.base)
    if pull.mergeable is Mergeable.UNKNOWN:
        return _not_computed(question, pull)
    if pull.merge_state == "BLOCKED" and not (rules.merge_queue or waits_for_us(question)):
        again_at = question.now + _until_computed(question, pull)
        return waiting(NAME, "github-blocked", again_at=again_at, rules=_further_rules(rules))
    return passed(NAME, "github-content", queue=HEAD_GREEN if pull.is_queued and rules.head_green else "")


def _not_computed(question: Question, pull: PullRequest) -> Verdict:
    """Wait for GitHub to compute mergeability, which takes seconds.

    If it takes longer, wait half as long as it has taken so far. It begins again with each new head and each new base.
    """
    tips = (pull.head, *question.state.recent[:1])
    begun = max((tip.at for tip in tips if tip.at and tip.at <= question.now), default=question.now)
    return waiting(NAME, "not-computed", again_at=question.now + min(max(SOON, (question.now - begun) / 2), LATER))


def is_required(repository: Repository) -> bool:
    """Return whether GitHub requires our own check run before it lets anything merge."""
    return OWN_CHECK in repository.protection.required_checks


def waits_for_us(question: Question) -> bool:
    """Return whether GitHub blocks the promotion and our own check run would be reason enough.

    Whether there is another reason shows once it has succeeded. So nothing merges before that, or the bot's own right
    to bypass the rules might be used unseen.
    """
    promotion, repository = question.promotion, question.state.repository
    if promotion is None or promotion.pull.merge_state != "BLOCKED" or repository.protection.merge_queue:
        return False
    own = repository.own_report(promotion.pull.head.reports, OWN_CHECK)
    return is_required(repository) and (own is None or own.outcome is not Outcome.SUCCESS)


def _until_computed(question: Question, pull: PullRequest) -> timedelta:
    """Return how long what GitHub computed before our check run succeeded may still be shown."""
    own = question.state.repository.own_report(pull.head.reports, OWN_CHECK)
    return SOON if own is not None and own.at is not None and question.now - own.at < LATER else LATER
