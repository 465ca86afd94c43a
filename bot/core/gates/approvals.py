"""approvals: enough people of those named approved this very version, and nobody asked for changes.

| pull request      | wanted | counted | verdict                       |
|-------------------|--------|---------|-------------------------------|
| draft             |        |         | blocked `draft`               |
| changes requested |        |         | blocked `changes-requested`   |
| open, or none     | none   |         | passed `no-approvals-wanted`  |
| none              | n      |         | waiting `approvals-wanted`    |
| open              | n      | < n     | blocked `approvals-missing`   |
| open              | n      | ≥ n     | passed `approved`             |

An approval counts for the version that stood at the reviewed commit, so it survives a rebuild that changes nothing and
falls away with a new version, or when the environment has changed since: it was of another step. Bots never count, and who
asked for it, or committed to its branch, counts only where the policy says `not: []`; pressing "Update branch" is no such
commit.

Race accepted: a commit names its author as its pusher likes. A pusher who lies about it could approve their own change;
GitHub's "Require approval of the most recent reviewable push" knows who pushed.
"""

from collections.abc import Iterator

from bot.core.gates.question import Purpose, Question, blocked, passed, waiting
from bot.core.observation.actors import Actor, Permission
from bot.core.observation.pull_request import ReviewState
from bot.core.people.circle import Circle, circle, phrase
from bot.core.plan import Verdict
from bot.core.policy import REQUESTER, Approvals
from bot.core.records.entries import author_of

NAME = "approvals"
MERGED = 2
"""A merge has so many parents."""
SENTENCES = {
    "draft": "the pull request is a draft",
    "changes-requested": "{by} requested changes",
    "no-approvals-wanted": "not configured",
    "approvals-wanted": "needs {missing} from {people} once there is a pull request[; the bot cannot read the members "
    "of {unreadable}]",
    "approved": "approved by {by}[; {later:c} is next]",
    "approvals-missing": "waiting for {missing} from {people}[; approved so far by {given}][; {later:c} is next][; "
    "{stale}, not this version][; {own} requested it or pushed to its branch and does not count][; {powerless} has no "
    "write permission on this repository and does not count][; the bot cannot read the members of {unreadable}]",
}


def judge(question: Question) -> Verdict:
    """Count the reviews."""
    promotion = question.promotion
    if promotion and promotion.pull.is_draft:
        return blocked(NAME, "draft", who=("people with write permission, by marking it ready for review",))
    against = sorted(
        review.author.login
        for review, _ in (promotion.reviews if promotion else ())
        if review.state is ReviewState.CHANGES_REQUESTED and review.can_push
    )
    if against:
        return blocked(NAME, "changes-requested", who=tuple(against), by=", ".join(against))
    rule, count = rule_of(question), wanted(question)
    if not count:
        return passed(NAME, "no-approvals-wanted")
    people = _people(question, rule)
    named, unreadable = ", ".join(phrase(word) for word in people.words), ", ".join(people.unreadable(question.state))
    if promotion is None:
        return waiting(NAME, "approvals-wanted", missing=_number(count), people=named, unreadable=unreadable)
    given, later = counted(question, rule), question.later.name if question.later else ""
    if len(given) >= count:
        return passed(NAME, "approved", by=", ".join(given), later=later)
    return blocked(
        NAME,
        "approvals-missing",
        who=(str(people),),
        missing=_number(count - len(given), more=bool(given)),
        given=", ".join(given),
        later=later,
        stale=", ".join(_of_other_versions(question, rule)),
        own=", ".join(_of_their_own(question, rule)),
        powerless=", ".join(_without_role(question, rule)),
        people=named,
        unreadable=unreadable,
    )


def _number(count: int, *, more: bool = False) -> str:
    return f"{count}{' more' if more else ''} approval{'s' if count > 1 else ''}"


def _of_other_versions(question: Question, rule: Approvals) -> Iterator[str]:
    """Yield people who would count, but approved what the pull request carried before."""
    people = _people(question, rule)
    for review, version in question.promotion.reviews if question.promotion else ():
        approved = review.state is ReviewState.APPROVED and version is not None
        if approved and not question.version.is_same(version) and people.holds(review.author.login, question.state):
            yield f"{review.author.login} approved {version}"


def rule_of(question: Question) -> Approvals:
    """Return who counts; if only rollbacks need approvals, the people whom the policy counts by default."""
    return question.environment.gates.approvals or Approvals(count=0)


def wanted(question: Question) -> int:
    """Return how many approvals this promotion needs."""
    rollback = question.environment.rollback
    if question.purpose is Purpose.ROLLBACK and rollback.approvals is not None:
        return rollback.approvals
    return rule_of(question).count


def counted(question: Question, rule: Approvals) -> tuple[str, ...]:
    """Return who approved this version and counts, sorted."""
    own = _involved(question, rule)
    return tuple(who.login for who in _approvers(question, rule) if not any(map(who.may_be, own)))


def _of_their_own(question: Question, rule: Approvals) -> tuple[str, ...]:
    """Return who would count, had they not taken part in the promotion themselves."""
    own = _involved(question, rule)
    return tuple(who.login for who in _approvers(question, rule) if any(map(who.may_be, own)))


def _without_role(question: Question, rule: Approvals) -> tuple[str, ...]:
    """Return whom the policy names and GitHub does not let write: their approval would not count for GitHub either."""
    people = _people(question, rule)
    return tuple(who.login for who in approved(question) if people.lacks_role(who.login, question.state))


def _approvers(question: Question, rule: Approvals) -> tuple[Actor, ...]:
    """Return everybody of those named who approved this version."""
    people = _people(question, rule)
    return tuple(who for who in approved(question) if people.holds(who.login, question.state))


def approved(question: Question) -> list[Actor]:
    """Return everybody but bots who approved this version since the environment changed, by login."""
    reviews = question.promotion.reviews if question.promotion else ()
    arrivals = question.here.arrivals
    found = (
        review.author
        for review, version in reviews
        if review.state is ReviewState.APPROVED
        and not review.author.is_bot
        and question.version.is_same(version)
        and not (arrivals and arrivals[0].since > review.at)
    )
    return sorted(found, key=lambda who: who.login)


def _people(question: Question, rule: Approvals) -> Circle:
    """Return who counts. GitHub's own required approvals also count only from people who may write.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets#require-a-pull-request-before-merging
    """
    return circle(rule.from_, question.application.owners, least=Permission.WRITE)


def _involved(question: Question, rule: Approvals) -> tuple[Actor, ...]:
    """Return who requested it and who committed to its branch; nobody if the policy lets them approve."""
    if REQUESTER not in rule.not_:
        return ()
    asked = [author_of(question.request)] if question.request else []
    commits = question.promotion.pull.commits if question.promotion else ()
    wrote = [each.author for each in commits if not each.by_app and len(each.parents) < MERGED]
    return (*asked, *wrote)
