"""What follows for a repository: everything that concerns no single application.

It reads the policy, answers the commands that concern no single application, reports a broken policy on the commit that
broke it, and says which applications are due. It costs one request, whatever the number of applications.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from bot.core.commands.conversation.repository import NO_POLICY, answers
from bot.core.commands.shared.last_pass import NOTHING_BEFORE, LastPass
from bot.core.observation.commits import Outcome
from bot.core.observation.sweep import Sweep
from bot.core.plan import Action, ClosePromotion, DeleteBranch, DeleteReply, ReportCheck, WriteState
from bot.core.policy import Policy
from bot.core.records.branch import Doubt, Records
from bot.core.records.former_names import renamed_comments, renamed_merges
from bot.core.records.state_branch import records_on, restore
from bot.core.repository.abandoned_promotions import close_abandoned
from bot.core.repository.fingerprints import Fingerprint, Sightings
from bot.core.repository.other_pull_requests import (
    MOST_AT_ONCE,
    MOST_PROPOSALS,
    POLICY_CHECK,
    Proposal,
    Reported,
    observes,
    policy_report,
    report_other_pull_requests,
)
from bot.core.repository.proposals.judging import judge_proposals
from bot.core.state import State
from bot.core.values.errors import PolicyError, Problem

NOT_SEEN: Mapping[str, State] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Round:
    """What follows from a look at the whole repository.

    fingerprints: application → what its pass would depend on. reports: on pull requests that are no promotions. abandoned:
    what to do about promotions that the policy no longer names; no application waits for these two. unfinished: a
    command is half done, or there is more to read or to write; look again at once. again_at: look again then at the
    latest; None where nothing is waited for.
    """

    actions: tuple[Action, ...]
    fingerprints: Mapping[str, Fingerprint]
    reports: tuple[ReportCheck, ...] = ()
    unfinished: bool = False
    abandoned: tuple[ClosePromotion | DeleteBranch, ...] = ()
    again_at: datetime | None = None


def decide_repository(
    sweep: Sweep,
    policy: Policy | PolicyError | None,
    now: datetime,
    *,
    proposals: tuple[Proposal, ...] = (),
    reported: Reported = frozenset(),
    states: Mapping[str, State] = NOT_SEEN,
    last: LastPass = NOTHING_BEFORE,
    sinks: frozenset[str] = frozenset(),
) -> Round:
    """Return everything that follows for the repository.

    policy: None if the repository has none and is no manifests repository. states: application → as it was last seen,
    for those that were. last: what is known from the pass before. sinks: that this repository's policy may name.
    """
    if policy is None or sweep.repository.archived:
        return Round((), {})
    judged = judge_proposals(proposals, sweep, policy, states=states, now=now, sinks=sinks)
    reports = (*judged, *report_other_pull_requests(sweep, policy, reported))
    unfinished = len(reports) >= MOST_AT_ONCE or len(proposals) >= MOST_PROPOSALS
    if isinstance(policy, PolicyError):
        said = _answered(sweep, NO_POLICY, now, problems=policy.problems, last=last)
        half_done = _changes_records(said)
        broken = _report_policy(sweep, policy.problems)
        again_at = _verified_later(records_on(sweep.state, now=now))
        unfinished = unfinished or half_done or sweep.more_said
        return Round((*broken, *said), {}, reports, unfinished=unfinished, again_at=again_at)
    records = records_on(sweep.state, policy.renames, now=now)
    sightings = Sightings(sweep, policy, records, now)
    fingerprints = {name: sightings.fingerprint(name) for name in policy.applications}
    if observes(sweep, policy):
        return Round((), fingerprints)
    sweep = replace(
        sweep,
        comments=renamed_comments(sweep.comments, policy.renames),
        merges=renamed_merges(sweep.merges, policy.renames),
    )
    actions = (*_report_policy(sweep, ()), *_answered(sweep, policy, now, last=last))
    abandoned = close_abandoned(sweep, policy)
    half_done = _changes_records(actions) or len(abandoned) >= MOST_AT_ONCE
    unfinished = unfinished or half_done or sweep.more_said
    return Round(
        actions, fingerprints, reports, unfinished=unfinished, abandoned=abandoned, again_at=_verified_later(records)
    )


def _answered(
    sweep: Sweep, policy: Policy, now: datetime, *, last: LastPass, problems: tuple[Problem, ...] = ()
) -> tuple[Action, ...]:
    """Return what undoes changes of others on `gitops-state`, else the answers to comments.

    While GitHub cannot tell who wrote there, answers wait: they could only say that nothing can be recorded.
    """
    records = records_on(sweep.state, policy.renames, now=now)
    if records.doubt is Doubt.UNVERIFIED:
        return ()
    restored = restore(sweep.state, records, policy.renames)
    repeated = (DeleteReply(reply) for reply in sweep.repeated)
    return restored or (*repeated, *answers(sweep, policy, records, now, problems=problems, last=last))


def _verified_later(records: Records) -> datetime | None:
    """Return when GitHub is asked again who wrote to `gitops-state`; None where that is known."""
    return records.until if records.doubt is Doubt.UNVERIFIED else None


def _changes_records(actions: tuple[Action, ...]) -> bool:
    return any(isinstance(action, WriteState) for action in actions)


def fingerprint(sweep: Sweep, policy: Policy, application: str, *, records: Records, now: datetime) -> Fingerprint:
    """Return what changes whenever a pass of this application might decide differently."""
    return Sightings(sweep, policy, records, now).fingerprint(application)


def _report_policy(sweep: Sweep, problems: tuple[Problem, ...]) -> tuple[ReportCheck, ...]:
    """Return a failed check run on the head that has the broken policy; a success only if there was a failure to clear."""
    head = sweep.repository.head_oid
    reports = next((commit.reports for commit in sweep.recent if commit.oid == head), ())
    present = sweep.repository.own_report(reports, POLICY_CHECK)
    again = present is not None and present.asked_again
    if not problems and (present is None or present.outcome is Outcome.SUCCESS) and not again:
        return ()
    title = "nothing changes until the policy is fixed" if problems else "The policy is valid."
    written = policy_report(head, present.node_id if present else None, problems, title=title)
    if again:
        return (written,)
    if present is not None and present.title == written.title and present.outcome is Outcome.FAILURE:
        return ()
    return (written,)
