"""Pull requests that are no promotions: they pass `gitops/promotion` at once, and those that change the policy are
found.

A check run belongs to a commit, not to a pull request. So a commit that a promotion's branch points at gets no report
from here, whatever other pull request has it as its head.

Race accepted: a promotion's branch may move to a commit that was reported as no promotion. That push makes the
application due, and its pass replaces the report.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bot.core.gates.protection import OWN_CHECK
from bot.core.observation.promotion_branches import carries_promotion, is_promotion
from bot.core.observation.sweep import Sweep, SweptPull
from bot.core.plan import Annotation, CheckOutcome, ReportCheck
from bot.core.policy import Mode, Policy
from bot.core.values.errors import PolicyError, Problem
from bot.core.values.text import code, escape

POLICY_CHECK = "gitops/policy"

NOT_A_PROMOTION = "not a promotion"

MOST_AT_ONCE = 20

MOST_PROPOSALS = 5

MOST_ANNOTATIONS = 50
"""GitHub takes fifty in one request: https://docs.github.com/en/rest/checks/runs#create-a-check-run"""

Reported = Collection[tuple[str, str]]
"""Check and commit, for what this process has reported already."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The policy at a pull request's head.

    changes_it: the pull request touches policy files, and its head is not merely older. files: as in Observation.
    unread: why they could not be read, '' if they were. refers: whether something refers to the images of applications that
    the policy would find, and that were not looked at.
    """

    head_oid: str
    changes_it: bool
    files: Mapping[str, str]
    unread: str = ""
    refers: Mapping[str, bool] = field(default_factory=dict)


def report_other_pull_requests(
    sweep: Sweep, policy: Policy | PolicyError, reported: Reported
) -> tuple[ReportCheck, ...]:
    """Return the reports on commits of no promotion, for those that have none yet."""
    promotions = {oid for branch, oid in sweep.branches.items() if is_promotion(branch, policy)}
    promotions |= {pull.head_oid for pull in sweep.pulls if carries_promotion(pull, policy)}
    others = (pull for pull in sweep.pulls if not carries_promotion(pull, policy))
    unjudged = _holds_unjudged(sweep, policy)
    heads = dict.fromkeys(
        head for pull in others for head in _heads(pull, reported, unjudged=unjudged) if head not in promotions
    )
    return tuple(_aside(head) for head in list(heads)[:MOST_AT_ONCE])


def proposals_to_read(sweep: Sweep, policy: Policy | PolicyError, reported: Reported) -> tuple[SweptPull, ...]:
    """Return the pull requests whose head has another policy than the default branch, and no report from us about it.

    A promotion that brings another policy is foreign, whatever that policy says.
    """
    if observes(sweep, policy):
        return ()
    unread = [
        pull
        for pull in sweep.pulls
        if pull.policy_id not in (None, sweep.policy_id)
        and not carries_promotion(pull, policy)
        and POLICY_CHECK not in pull.our_checks
        and (POLICY_CHECK, pull.head_oid) not in reported
    ]
    return tuple(unread[:MOST_PROPOSALS])


def asked_again(sweep: Sweep) -> frozenset[tuple[str, str]]:
    """Return the check and the commit of each report that somebody wants again, whatever was reported before."""
    return frozenset((name, pull.head_oid) for pull in sweep.pulls for name in pull.asked_again)


def observes(sweep: Sweep, policy: Policy | PolicyError) -> bool:
    """Return whether the bot writes nothing on anybody's pull request or commit."""
    return sweep.repository.archived or (isinstance(policy, Policy) and policy.mode is Mode.OBSERVE)


def policy_report(head: str, node_id: str | None, problems: tuple[Problem, ...], *, title: str) -> ReportCheck:
    """Return the check run about a policy. title: the heading if there are no problems, or what they lead to."""
    if not problems:
        return ReportCheck(POLICY_CHECK, head, node_id, CheckOutcome.SUCCESS, title, title)
    heading = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}; {title}"
    listed = "\n".join(
        f"- {code(f'{each.path}:{each.line}:{each.column}')} {escape(each.message)}" for each in problems
    )
    annotations = tuple(Annotation(each.path, max(each.line, 1), each.message) for each in problems[:MOST_ANNOTATIONS])
    return ReportCheck(POLICY_CHECK, head, node_id, CheckOutcome.FAILURE, heading, listed, annotations)


def _holds_unjudged(sweep: Sweep, policy: Policy | PolicyError) -> bool:
    """Return whether a merge queue that looks at its last entry alone holds a promotion that did not pass its check there.

    With `HEADGREEN`, the green check of an entry behind it would merge the promotion as well. So the others wait for it:
    https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
    """
    return sweep.repository.protection.head_green and any(
        pull.group_oid is not None and not pull.group_passed and carries_promotion(pull, policy) for pull in sweep.pulls
    )


def _heads(pull: SweptPull, reported: Reported, *, unjudged: bool) -> Iterator[str]:
    """Yield the pull request's head, and the commit that a merge queue has made of it: both need the check if it is
    required.
    """
    if OWN_CHECK not in pull.our_checks and (OWN_CHECK, pull.head_oid) not in reported:
        yield pull.head_oid
    if pull.group_oid is not None and not unjudged and (OWN_CHECK, pull.group_oid) not in reported:
        yield pull.group_oid


def _aside(head: str) -> ReportCheck:
    summary = "This changes no version that the bot promotes, so this check does not apply to it."
    return ReportCheck(OWN_CHECK, head, None, CheckOutcome.SUCCESS, NOT_A_PROMOTION, summary)
