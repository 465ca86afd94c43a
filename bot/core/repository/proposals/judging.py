"""The check run of a pull request that changes the policy: what is wrong with it, or what it would change.

Nothing in a proposal is obeyed. Anybody can open a pull request from a fork, so of such a policy only so much is read that it
cannot keep the bot busy.

Race accepted: a proposal is judged once, on what was known at that moment, and not again when the world moves on.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.core.notices.sinks import unknown_sinks
from bot.core.observation.sweep import Sweep
from bot.core.plan import Annotation, CheckOutcome, ClosePromotion, ReportCheck
from bot.core.policy import Policy, discover, read
from bot.core.records.state_branch import records_on
from bot.core.repository.abandoned_promotions import close_abandoned
from bot.core.repository.fleet_report import Found, found
from bot.core.repository.other_pull_requests import MOST_ANNOTATIONS, POLICY_CHECK, Proposal, policy_report
from bot.core.repository.proposals.difference import Difference, difference
from bot.core.state import State
from bot.core.values.errors import PolicyError, Problem
from bot.core.values.text import code, escape

GOOD = "the policy is valid"

LONGEST_TITLE = 250
"""GitHub takes 255 characters in the title of a check run."""

MOST_FROM_A_FORK = 32 * 1024
"""Bytes, in all files together. The loop stands still for parts of the reading: `make bench` holds them to 50 ms."""


def judge_proposals(
    proposals: tuple[Proposal, ...],
    sweep: Sweep,
    policy: Policy | PolicyError,
    *,
    states: Mapping[str, State],
    now: datetime,
    sinks: frozenset[str] = frozenset(),
) -> tuple[ReportCheck, ...]:
    """Return what would follow from each, if it were merged as it is. states: as in `difference`; sinks: as in
    `decide_repository`.
    """
    forked = {pull.head_oid for pull in sweep.pulls if pull.is_cross_repository}
    reports = []
    for proposal in proposals:
        if proposal.changes_it:
            too_large = _too_large(proposal) if proposal.head_oid in forked else None
            proposed = too_large or _read(proposal)
            if isinstance(proposed, Policy):
                discovery = discover(proposed, sweep.listing())
                present = None if isinstance(policy, PolicyError) else policy
                fleet = found(discovery, present, states, proposal.refers)
                unknown = unknown_sinks(discovery.policy, sinks, visibility=sweep.repository.visibility)
                fleet = replace(fleet, problems=(*fleet.problems, *unknown), page=_with_warnings(fleet.page, unknown))
                proposed = _good(proposal, fleet, _compared(sweep, policy, discovery.policy, states, now))
            reports.append(proposed)
    return tuple(reports)


def _with_warnings(page: str, warnings: tuple[Problem, ...]) -> str:
    lines = "\n".join(f"- ⚠️ {code(f'{each.path}:{each.line}')} {escape(each.message)}" for each in warnings)
    return "\n\n".join(filter(None, (page, lines)))


def _too_large(proposal: Proposal) -> ReportCheck | None:
    """Refuse to read a fork's policy that is too large."""
    size = sum(len(text.encode(errors="surrogatepass")) for text in proposal.files.values())
    if size <= MOST_FROM_A_FORK:
        return None
    summary = (
        f"The policy files have {size:,} bytes. Of a fork's pull request, at most {MOST_FROM_A_FORK:,} are read. "
        "To have it checked, push the branch to this repository."
    )
    title = "the policy is too large to be checked from a fork"
    return ReportCheck(POLICY_CHECK, proposal.head_oid, None, CheckOutcome.FAILURE, title, summary)


def _read(proposal: Proposal) -> Policy | ReportCheck:
    """Return the policy, or the report on why it is none."""
    head = proposal.head_oid
    if proposal.unread:
        unread = f"cannot be read: {proposal.unread}"
        return ReportCheck(POLICY_CHECK, head, None, CheckOutcome.FAILURE, "the policy cannot be read", escape(unread))
    if not proposal.files:
        return policy_report(head, None, (), title="the policy is removed: nothing is promoted any longer")
    try:
        return read(proposal.files)
    except PolicyError as error:
        return policy_report(head, None, error.problems, title="once merged, nothing changes until they are fixed")


def _compared(
    sweep: Sweep, policy: Policy | PolicyError, proposed: Policy, states: Mapping[str, State], now: datetime
) -> Difference | None:
    """Compare with the present policy; None where that one is broken."""
    if isinstance(policy, PolicyError):
        return None
    now_abandoned = {each.number for each in close_abandoned(sweep, policy) if isinstance(each, ClosePromotion)}
    then_abandoned = (each for each in close_abandoned(sweep, proposed) if isinstance(each, ClosePromotion))
    return difference(
        policy,
        proposed,
        states=states,
        records=records_on(sweep.state, policy.renames, now=now),
        abandoned=tuple(each for each in then_abandoned if each.number not in now_abandoned),
        now=now,
    )


def _good(proposal: Proposal, fleet: Found, found: Difference | None) -> ReportCheck:
    title = "; ".join(filter(None, (GOOD, fleet.headline, found.headline if found else "")))
    page = "\n\n".join(filter(None, (fleet.page, found.page if found else ""))) or GOOD
    notes = tuple(
        Annotation(each.path, max(each.line, 1), each.message, warning=True)
        for each in fleet.problems[:MOST_ANNOTATIONS]
    )
    return ReportCheck(POLICY_CHECK, proposal.head_oid, None, CheckOutcome.SUCCESS, title[:LONGEST_TITLE], page, notes)
