"""The repository's own pass: what concerns no single application.

It reads the policy, has the commands answered that concern no single application, reports a broken policy on the commit that
broke it, and tells which applications are due. Its cost is one request, whatever the number of applications.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from bot.core.answering import NO_POLICY, answers
from bot.core.branch import records_on, restore
from bot.core.commands import Command
from bot.core.conversation import addressed, open_comments
from bot.core.errors import PolicyError, Problem
from bot.core.needs import fixed_folder, resolved_path
from bot.core.observation import Outcome
from bot.core.others import (
    MOST_AT_ONCE,
    MOST_PROPOSALS,
    POLICY_CHECK,
    Proposal,
    Told,
    only_looks_on,
    policy_report,
    stand_aside,
)
from bot.core.people import circle
from bot.core.plan import Action, ClosePromotion, DeleteBranch, ReportCheck, WriteState
from bot.core.policy import Environment, Policy
from bot.core.promotion_branches import branch_of, former_branches
from bot.core.proposals import judge_proposals
from bot.core.records import Records
from bot.core.renaming import renamed_comments, renamed_merges
from bot.core.rights import named_in
from bot.core.state import State
from bot.core.strays import tidy
from bot.core.sweep import Sweep, SweepNeeds

NOT_SEEN: Mapping[str, State] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Round:
    """What follows from a look at the whole repository.

    fingerprints: application → what its pass would depend on. reports: on other people's pull requests; tidied: what is left of
    promotions that the policy knows no more; no application waits for these. unfinished: a command is half done, or there is
    more to read or to write; look again at once.
    """

    actions: tuple[Action, ...]
    fingerprints: Mapping[str, str]
    reports: tuple[ReportCheck, ...] = ()
    unfinished: bool = False
    tidied: tuple[ClosePromotion | DeleteBranch, ...] = ()


def decide_repository(
    sweep: Sweep,
    policy: Policy | PolicyError | None,
    now: datetime,
    *,
    proposals: tuple[Proposal, ...] = (),
    told: Told = frozenset(),
    states: Mapping[str, State] = NOT_SEEN,
) -> Round:
    """Everything that follows for the repository. policy: None where it has none, and is no manifests repository.

    states: application → as it was last seen, for those that were.
    """
    if policy is None or sweep.repository.archived:
        return Round((), {})
    judged = judge_proposals(proposals, sweep, policy, states=states, now=now)
    reports = (*judged, *stand_aside(sweep, policy, told))
    unfinished = len(reports) >= MOST_AT_ONCE or len(proposals) >= MOST_PROPOSALS
    if isinstance(policy, PolicyError):
        said = _answered(sweep, NO_POLICY, now, problems=policy.problems)
        half_done = _changes_records(said)
        reported = _report_policy(sweep, policy.problems)
        return Round((*reported, *said), {}, reports, unfinished=unfinished or half_done or sweep.more_said)
    records = records_on(sweep.state, policy.renames)
    fingerprints = {name: fingerprint(sweep, policy, name, records=records, now=now) for name in policy.applications}
    if only_looks_on(sweep, policy):
        return Round((), fingerprints)
    sweep = replace(
        sweep,
        comments=renamed_comments(sweep.comments, policy.renames),
        merges=renamed_merges(sweep.merges, policy.renames),
    )
    actions = (*_report_policy(sweep, ()), *_answered(sweep, policy, now))
    tidied = tidy(sweep, policy)
    half_done = _changes_records(actions) or len(tidied) >= MOST_AT_ONCE
    unfinished = unfinished or half_done or sweep.more_said
    return Round(actions, fingerprints, reports, unfinished=unfinished, tidied=tidied)


def _answered(sweep: Sweep, policy: Policy, now: datetime, *, problems: tuple[Problem, ...] = ()) -> tuple[Action, ...]:
    """What others changed on `gitops-state` is put right before anybody is answered."""
    records = records_on(sweep.state, policy.renames)
    restored = restore(sweep.state, records, policy.renames)
    return restored or answers(sweep, policy, records, now, problems=problems)


def _changes_records(actions: tuple[Action, ...]) -> bool:
    return any(isinstance(action, WriteState) for action in actions)


def repository_needs(
    repository: str, policy: Policy | PolicyError | None, sweep: Sweep | None, now: datetime
) -> SweepNeeds:
    """What the next look must bring, after the last one: the environments' folders, and the rights of who commented."""
    if policy is None:
        return SweepNeeds(repository)
    if isinstance(policy, PolicyError):
        policy = NO_POLICY
    folders = tuple(dict.fromkeys(listed_folder(environment) for environment in policy.environments.values()))
    asked = [
        comment.author.login
        for comment in open_comments(sweep.comments if sweep else (), now)
        if isinstance(addressed(policy, comment)[1], Command)
    ]
    words = {word for application in policy.applications.values() for word in application.owners}
    for environment in policy.environments.values():
        words.update(environment.permissions.hold or (), environment.permissions.unhold or ())
        words.update(named_in(environment.permissions))  # for `/help`, which tells people what they may
    return SweepNeeds(repository, folders, frozenset(asked), circle(words, ()).teams() if asked else frozenset())


def fingerprint(sweep: Sweep, policy: Policy, application: str, *, records: Records, now: datetime) -> str:
    """Changes whenever a pass of this application might decide differently."""
    parts: list[str] = [sweep.policy_id, records.concerning(application), f"held {sweep.repository.hold_issue}"]
    for environment in policy.environments.values():
        names = former_branches(environment, policy.applications[application])
        branches = (branch_of(environment.name, application), *names)
        parts.append(_entries(environment, application, sweep.entries.get(listed_folder(environment), {})))
        parts.extend(sweep.branches.get(branch, "") for branch in branches)
        ours = (pull for pull in sweep.pulls if pull.branch in branches and not pull.is_cross_repository)
        parts.extend(pull.fingerprint for pull in ours)
    if policy.applications[application].edit:
        parts.append(sweep.repository.head_oid)  # its files may stand anywhere
    parts.extend(_reports(sweep, policy, application))
    parts.extend(
        comment.node_id
        for comment in open_comments(sweep.comments, now)
        if addressed(policy, comment)[0] == application
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def listed_folder(environment: Environment) -> str:
    """The folder that a sweep lists once for all applications: what stands before the first placeholder or glob."""
    fixed = environment.path.replace("{environment}", environment.name).partition("{application}")[0]
    return fixed_folder(f"{fixed}*")


def _entries(environment: Environment, application: str, entries: Mapping[str, str]) -> str:
    """The object ids of what concerns the application: its own entry, or all of them where none carries its name."""
    folder = listed_folder(environment)
    below = resolved_path(environment, application)[len(folder) + 1 if folder else 0 :].split("/")[0]
    if below in entries:
        return entries[below]
    return "\n".join(f"{name} {oid}" for name, oid in sorted(entries.items()))


def _reports(sweep: Sweep, policy: Policy, application: str) -> Iterator[str]:
    """The health reports on the newest commits that some environment of this application waits for."""
    contexts = {
        template.replace("{application}", application).replace("{environment}", origin)
        for environment in policy.environments.values()
        for origin in environment.origin.environments
        for template in environment.gates.health
    }
    for commit in sweep.recent:
        for report in commit.reports:
            if report.name in contexts:
                yield f"{commit.oid} {report.name} {report.outcome.value} {report.at}"


def _report_policy(sweep: Sweep, problems: tuple[Problem, ...]) -> tuple[ReportCheck, ...]:
    """A failed check run on the head that has the broken policy; a success only where there was a failure to clear."""
    head = sweep.repository.head_oid
    reports = next((commit.reports for commit in sweep.recent if commit.oid == head), ())
    present = sweep.repository.own_report(reports, POLICY_CHECK)
    if not problems and (present is None or present.outcome is Outcome.SUCCESS):
        return ()
    title = "nothing changes until the policy can be followed" if problems else "The policy can be followed."
    written = policy_report(head, present.node_id if present else None, problems, title=title)
    if present is not None and present.title == written.title and present.outcome is Outcome.FAILURE:
        return ()
    return (written,)
