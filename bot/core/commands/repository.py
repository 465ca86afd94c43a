"""Answering the commands that concern no single application: `/hold`, `/unhold`, `/help` and what was misspelt.

While the policy cannot be followed nobody knows which places there are: everything can be held, and holds on everything
lifted. Whatever else is asked for then gets the answer that it has to wait.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.commands import replies
from bot.core.commands.application import about, addressed, open_comments
from bot.core.commands.grammar import EVERYTHING, Command, Misread, Verb, read_until
from bot.core.commands.heard import LATEST, answer, has_enough
from bot.core.commands.help import help_page
from bot.core.gates.question import moment
from bot.core.observation.actors import Permission
from bot.core.observation.comments import Comment
from bot.core.observation.promotion_branches import is_promotion, place_on
from bot.core.observation.sweep import Sweep
from bot.core.pages import commit_messages
from bot.core.people.circle import Circle
from bot.core.people.rights import who_may
from bot.core.plan import Action, React, Reaction, WriteState
from bot.core.policy import Policy, Right
from bot.core.records.branch import Records
from bot.core.records.entries import Hold
from bot.core.records.environment import EnvironmentRecords, file_name
from bot.core.values.errors import Problem
from bot.core.values.text import escape

NO_POLICY = Policy()
"""What can be said while it cannot be followed: there are no places but everything."""


def answers(
    sweep: Sweep, policy: Policy, records: Records, now: datetime, *, problems: tuple[Problem, ...] = ()
) -> tuple[Action, ...]:
    """At most one answer changes the records in a pass; those who may write come first.

    problems: why the policy cannot be followed, and is NO_POLICY.
    """
    actions: list[Action] = []
    for comment, read in _ours(sweep, policy, now):
        if isinstance(read, Misread):
            actions.extend(answer(comment, read.line, read.advice, Reaction.REFUSED))
        elif read.verb is Verb.HELP:
            text = help_page(policy, about(policy, comment), comment.author.login, sweep)
            actions.extend(answer(comment, read.line, text, Reaction.DONE))
        elif problems and not (read.verb in (Verb.HOLD, Verb.UNHOLD) and read.environment == EVERYTHING):
            text = replies.policy_broken(str(problems[0]), len(problems), read.line)
            actions.extend(answer(comment, read.line, text, Reaction.REFUSED))
        elif read.verb in (Verb.HOLD, Verb.UNHOLD):
            actions.extend(Holding(sweep, policy, records, now, comment, read).actions())
        else:
            text = replies.unknown_application(read.application, policy)
            actions.extend(answer(comment, read.line, text, Reaction.REFUSED))
        if has_enough(actions):
            break
    return tuple(actions)


def _ours(sweep: Sweep, policy: Policy, now: datetime) -> Iterator[tuple[Comment, Command | Misread]]:
    """Those that no application's pass answers. A hold may wait behind others': what it lifts or holds goes by its time."""

    def is_stranger(comment: Comment) -> bool:
        return sweep.people.get(comment.author.login.lower(), Permission.NONE).value < Permission.WRITE.value

    for comment in sorted(open_comments(sweep.comments, now), key=is_stranger):
        application, read = addressed(policy, comment)
        if application is None and read is not None:
            yield comment, read


@dataclass(frozen=True, slots=True)
class Holding:
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
        if self.records.closed(environment):
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
            shown = _shown(until, timezone) if until else ""
            return self._done(replies.held(self._line(environment, application), shown, self._lately(), self._open()))
        if until is not None and until <= self.now:
            return self._refuse(replies.hold_over(_shown(until, timezone)))
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
            return self._not_entitled(environment, application, tuple(hold.by for hold in meant))
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
        applications = [named] if named else []
        if (
            not application and self.command.verb is Verb.HOLD
        ):  # of all of them: whoever owns one may stop what would bring it
            applications = list(self.policy.applications.values())
        permissions = self.policy.environments[environment].permissions if environment != EVERYTHING else None
        owners = dict.fromkeys(owner for each in applications for owner in each.owners)
        return who_may(Right[self.command.verb.name], permissions, owners)

    def _not_entitled(self, environment: str, application: str, holders: tuple[str, ...] = ()) -> tuple[Action, ...]:
        people = self._people(environment, application)
        return self._refuse(replies.not_entitled(self.command.verb, environment, people, self.sweep, holders=holders))

    def _write(self, environment: str, changed: EnvironmentRecords) -> tuple[Action, ...]:
        files = {file_name(environment): changed.text()}
        return (
            WriteState(self.sweep.state.head_oid, files, commit_messages.recorded(self.comment, self.command.line)),
            React(self.comment.node_id, Reaction.SEEN),
        )

    def _refuse(self, text: str) -> tuple[Action, ...]:
        return answer(self.comment, self.command.line, text, Reaction.REFUSED)

    def _done(self, text: str) -> tuple[Action, ...]:
        return answer(self.comment, self.command.line, text, Reaction.DONE)


def _shown(at: datetime, timezone: str) -> str:
    """A time as the environment has it, beside the one that every page shows."""
    if timezone == "UTC":
        return moment(at)
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} in {escape(timezone)} ({moment(at)})"
