"""The repository's own pass: what concerns no single application.

It reads the policy, answers `/hold`, `/unhold`, `/help` and what was misspelt, reports a broken policy on the commit that
broke it, and tells which applications are due. Its cost is one request, whatever the number of applications.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core import messages, replies
from bot.core.branch import records_on, restore
from bot.core.commands import EVERYTHING, Command, Misread, Verb, read_until
from bot.core.conversation import addressed, open_comments
from bot.core.errors import PolicyError, Problem
from bot.core.gates.question import moment
from bot.core.hearing import LATEST, answer
from bot.core.needs import fixed_folder, resolved_path
from bot.core.observation import Comment, Outcome
from bot.core.others import (
    MOST_AT_ONCE,
    MOST_PROPOSALS,
    POLICY_CHECK,
    Proposal,
    Told,
    is_promotion,
    judge_proposals,
    only_looks_on,
    policy_report,
    stand_aside,
)
from bot.core.people import Circle, circle
from bot.core.plan import Action, ClosePromotion, DeleteBranch, React, Reaction, ReportCheck, WriteState
from bot.core.policy import Environment, Policy
from bot.core.promotion_branches import branch_of, former_branches, place_on
from bot.core.records import EnvironmentRecords, Hold, Records, file_name
from bot.core.renaming import renamed_comments, renamed_merges
from bot.core.rights import who_may
from bot.core.strays import tidy
from bot.core.sweep import Sweep, SweepNeeds


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
) -> Round:
    """Everything that follows for the repository. policy: None where it has none, and is no manifests repository."""
    if policy is None or sweep.repository.archived:
        return Round((), {})
    reports = (*judge_proposals(proposals), *stand_aside(sweep, policy, told))
    unfinished = len(reports) >= MOST_AT_ONCE or len(proposals) >= MOST_PROPOSALS
    if isinstance(policy, PolicyError):
        return Round(_report_policy(sweep, policy.problems), {}, reports, unfinished=unfinished)
    fingerprints = {name: fingerprint(sweep, policy, name, now) for name in policy.applications}
    if only_looks_on(sweep, policy):
        return Round((), fingerprints)
    sweep = replace(
        sweep,
        comments=renamed_comments(sweep.comments, policy.renames),
        merges=renamed_merges(sweep.merges, policy.renames),
    )
    records = records_on(sweep.state, policy.renames)
    answers = restore(sweep.state, records, policy.renames) or _answers(sweep, policy, records, now)
    actions = (*_report_policy(sweep, ()), *answers)
    tidied = tidy(sweep, policy)
    half_done = any(isinstance(action, WriteState) for action in actions) or len(tidied) >= MOST_AT_ONCE
    unfinished = unfinished or half_done or sweep.more_said
    return Round(actions, fingerprints, reports, unfinished=unfinished, tidied=tidied)


def repository_needs(repository: str, policy: Policy | None, sweep: Sweep | None, now: datetime) -> SweepNeeds:
    """What the next look must bring, after the last one: the environments' folders, and the rights of who commented."""
    if policy is None:
        return SweepNeeds(repository)
    folders = tuple(dict.fromkeys(listed_folder(environment) for environment in policy.environments.values()))
    asked = [
        comment.author.login
        for comment in open_comments(sweep.comments if sweep else (), now)
        if isinstance(addressed(policy, comment)[1], Command)
    ]
    words = {word for application in policy.applications.values() for word in application.owners}
    for environment in policy.environments.values():
        words.update(environment.permissions.hold or (), environment.permissions.unhold or ())
    return SweepNeeds(repository, folders, frozenset(asked), circle(words, ()).teams() if asked else frozenset())


def fingerprint(sweep: Sweep, policy: Policy, application: str, now: datetime) -> str:
    """Changes whenever a pass of this application might decide differently."""
    parts: list[str] = [sweep.policy_id, sweep.state.head_oid or "", f"held {sweep.repository.hold_issue}"]
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


def _answers(sweep: Sweep, policy: Policy, records: Records, now: datetime) -> tuple[Action, ...]:
    """At most one answer changes the records in a pass."""
    actions: list[Action] = []
    for comment in open_comments(sweep.comments, now):
        application, read = addressed(policy, comment)
        if application is not None or read is None:
            continue
        if isinstance(read, Misread):
            actions.extend(answer(comment, read.line, read.advice, Reaction.REFUSED))
        elif read.verb is Verb.HELP:
            actions.extend(answer(comment, read.line, replies.help_page(), Reaction.DONE))
        elif read.verb in (Verb.HOLD, Verb.UNHOLD):
            actions.extend(_Holding(sweep, policy, records, now, comment, read).actions())
        else:
            text = replies.unknown_application(read.application, policy)
            actions.extend(answer(comment, read.line, text, Reaction.REFUSED))
        if any(isinstance(action, WriteState) for action in actions):
            break
    return tuple(actions)


@dataclass(frozen=True, slots=True)
class _Holding:
    """A `/hold` or `/unhold`. The hold is on record before its reply appears."""

    sweep: Sweep
    policy: Policy
    records: Records
    now: datetime
    comment: Comment
    command: Command

    @property
    def place(self) -> tuple[str, str]:
        """Environment and application; a promotion's pull request stands for its own."""
        if not self.command.environment and self.comment.promotion:
            return self.comment.promotion
        return self.command.environment, self.command.application

    def actions(self) -> tuple[Action, ...]:
        """Answer, or do the first half of it."""
        environment, application = self.place
        if not environment:
            return self._refuse(replies.where_to_hold(self.command.verb, tuple(self.policy.environments)))
        if environment != EVERYTHING and environment not in self.policy.environments:
            return self._refuse(replies.unknown_environment(environment, self.policy))
        if application in self.policy.renames.applications:
            return self._refuse(replies.unknown_application(application, self.policy))
        if environment in self.records.unreadable:
            return self._refuse(replies.records_unreadable(self.records.problem, self.command.line))
        if self.command.verb is Verb.HOLD:
            return self._hold(environment, application)
        return self._unhold(environment, application)

    def _hold(self, environment: str, application: str) -> tuple[Action, ...]:
        if not self._people(environment, application).holds(self.comment.author.login, self.sweep):
            return self._not_entitled(environment, application)
        timezone = self.policy.environments[environment].timezone if environment != EVERYTHING else "UTC"
        until = None
        if self.command.until:
            until = read_until(self.command.until, now=self.comment.created_at, timezone=timezone)
            if until is None:
                return self._refuse(replies.unreadable_time(self.command.until))
        if self.records.handled(self.comment.database_id):
            shown = moment(until) if until else ""
            return self._done(replies.held(self._line(environment, application), shown, self._lately(), self._open()))
        hold = Hold(
            application=application or None,
            by=self.comment.author.login,
            reason=self.command.reason,
            at=self.comment.created_at,
            until=until,
            comment=self.comment.database_id,
        )
        return self._write(environment, self.records.of(environment).with_hold(hold))

    def _line(self, environment: str, application: str) -> str:
        return f"{environment} {application}".strip()

    def _lately(self) -> tuple[tuple[int, str], ...]:
        """What the hold came too late for: the promotions that were merged there lately, by number and title."""
        found = (
            (merged.number, merged.title)
            for merged in self.sweep.merges
            if self.now - merged.at < LATEST and self._covers(merged.environment, merged.application)
        )
        return tuple(sorted(found))

    def _open(self) -> tuple[tuple[int, str], ...]:
        """What it holds up."""
        found = (
            (pull.number, pull.title)
            for pull in self.sweep.pulls
            if not pull.is_cross_repository and is_promotion(pull.branch, self.policy)
            if (place := place_on(pull.branch)) and self._covers(*self.policy.renames.place(place))
        )
        return tuple(sorted(found))

    def _covers(self, environment: str, application: str) -> bool:
        """The command is about this promotion."""
        where, which = self.place
        return where in (EVERYTHING, environment) and which in ("", application)

    def _unhold(self, environment: str, application: str) -> tuple[Action, ...]:
        kept = self.records.of(environment)
        meant = [hold for hold in kept.holds if self._means(hold, application)]
        everything = self._people(environment, application).holds(self.comment.author.login, self.sweep)
        mine = [hold for hold in meant if everything or hold.by.lower() == self.comment.author.login.lower()]
        if self.comment.seen and not mine:
            # Our own 👀 tells that they are gone because this comment asked for it.
            return self._done(replies.unheld(self._left(environment, application), self.sweep.repository.hold_issue))
        if not meant:
            return self._done(replies.no_holds(self._left(environment, application), self.sweep.repository.hold_issue))
        if not mine:
            return self._not_entitled(environment, application)
        if self.now - self.comment.created_at > LATEST:
            return self._refuse(replies.too_late(self.command.line))
        return self._write(environment, kept.without_holds(mine))

    def _means(self, hold: Hold, application: str) -> bool:
        """The command lifts this hold: it lasts, and was there when the comment was written."""
        named = not application or hold.application == application
        return named and hold.lasts(self.now) and hold.at <= self.comment.created_at

    def _left(self, environment: str, application: str) -> tuple[tuple[str, str], ...]:
        """The holds that this command leaves: by whom, and the line that lifts each."""
        places = dict.fromkeys((environment, EVERYTHING))
        return tuple(
            (hold.by, " ".join(["/unhold", place, *([hold.application] if hold.application else [])]))
            for place in places
            for hold in self.records.of(place).holds
            if hold.lasts(self.now) and (not application or hold.application in (None, application))
        )

    def _people(self, environment: str, application: str) -> Circle:
        """Who may do this there, without the holder's own right to lift a hold."""
        named = self.policy.applications.get(application)
        permissions = self.policy.environments[environment].permissions if environment != EVERYTHING else None
        return who_may(self.command.verb, permissions, named.owners if named else ())

    def _not_entitled(self, environment: str, application: str) -> tuple[Action, ...]:
        people = self._people(environment, application)
        return self._refuse(replies.not_entitled(self.command.verb, environment, people, self.sweep))

    def _write(self, environment: str, changed: EnvironmentRecords) -> tuple[Action, ...]:
        files = {file_name(environment): changed.text()}
        return (
            WriteState(self.sweep.state.head_oid, files, messages.recorded(self.comment, self.command.line)),
            React(self.comment.node_id, Reaction.SEEN),
        )

    def _refuse(self, text: str) -> tuple[Action, ...]:
        return answer(self.comment, self.command.line, text, Reaction.REFUSED)

    def _done(self, text: str) -> tuple[Action, ...]:
        return answer(self.comment, self.command.line, text, Reaction.DONE)
