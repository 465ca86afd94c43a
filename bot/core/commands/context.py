"""A command and the world it meets. Every command's file answers one of these, and says which by its `COMMAND`.

A command that changes something acts in two passes: `record` writes down on `gitops-state` what was asked for, and in the
same commit that this comment was carried out; the next pass decides from the record, and `done` replies. The reply names the
comment, and the 🚀 or 😕 comes after it. A crash or a refusal in between repeats nothing: a recorded comment is only answered,
whatever has become of what it asked for, and one that has its reply or its mark is not read again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.commands.command import Answer, Command, Definition, Effect
from bot.core.commands.shared import answers
from bot.core.commands.shared.answer_marks import with_mark
from bot.core.commands.shared.limits import shortened
from bot.core.observation.actors import Actor
from bot.core.observation.comments import Comment
from bot.core.observation.sweep import Sweep
from bot.core.pages import commit_messages
from bot.core.pages.refused_writes import unrecorded
from bot.core.people.circle import Circle
from bot.core.people.rights import who_may
from bot.core.plan import Action, React, Reaction, Reply, Row, WriteState
from bot.core.policy import Application, Environment, Mode, Policy, Right
from bot.core.records.branch import Records
from bot.core.records.entries import CarriedOut
from bot.core.records.environment import EnvironmentRecords, file_name
from bot.core.selection.candidates import Choice
from bot.core.state import State
from bot.core.values.errors import Problem
from bot.core.values.text import code

LATEST = timedelta(minutes=15)
"""A command means the world at its comment; after this time it is not carried out."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every command meets. comment: where the command was written."""

    policy: Policy
    now: datetime
    comment: Comment
    command: Command

    @property
    def author(self) -> Actor:
        """Return who wrote the comment."""
        return self.comment.author

    @property
    def is_late(self) -> bool:
        """Return whether the comment is too old for what has a time limit."""
        return self.now - self.comment.created_at > LATEST

    def carried_out(self, records: Records) -> bool:
        """Return whether these very words of the comment were carried out."""
        return records.carried_out(self.comment.database_id, self.command.line)

    def refuse(self, text: Answer) -> tuple[Action, ...]:
        """Answer a command that is not carried out."""
        return reply(self.comment, self.command.line, text, Reaction.REFUSED)

    def done(self, text: Answer) -> tuple[Action, ...]:
        """Answer a command that is carried out."""
        return reply(self.comment, self.command.line, text, Reaction.DONE)

    def refuse_edited(self, effect: Effect, *, recorded: bool) -> tuple[Action, ...]:
        """Answer an edited comment that changes something; return nothing for others, and for what asks or stops.

        A stop counts in its present text. Race accepted: a person who may edit other people's comments can stop in their name.
        recorded: the text before the edit was carried out.
        """
        if not self.comment.edited or effect is not Effect.CHANGE:
            return ()
        return self.done(answers.edited_later()) if recorded else self.refuse(answers.edited(self.command.line))

    def write(self, seen_head: str | None, changed: Mapping[str, EnvironmentRecords]) -> tuple[Action, ...]:
        """Write the records with the note that this comment was carried out, and show people that it was seen."""
        done = CarriedOut.of(self.comment.database_id, self.comment.created_at, self.command.line)
        files = {file_name(name): records.with_carried_out(done).text() for name, records in changed.items()}
        message = commit_messages.recorded(self.comment, self.command.line)
        seen = () if self.comment.is_locked else (React(self.comment.node_id, Reaction.SEEN),)
        return (WriteState(seen_head, files, message), *seen)


@dataclass(frozen=True, slots=True)
class ApplicationContext(Context):
    """A command about one application. is_last: no later comment asks for anything else in its environment."""

    state: State
    choices: Mapping[str, Choice]
    is_last: bool

    @property
    def application(self) -> Application:
        """Return the policy of the application."""
        return self.policy.applications[self.state.application]

    @property
    def is_recorded(self) -> bool:
        """Return whether the first half is done, so that only the answer is left."""
        return self.state.records.handled(self.comment.database_id)

    @property
    def is_recorded_as_it_is(self) -> bool:
        """Return whether what the comment says now was carried out, and not what it said before an edit."""
        return self.is_recorded if not self.comment.edited else self.carried_out(self.state.records)

    def only_watches(self, environment: Environment) -> bool:
        """Return whether the policy keeps the bot from acting there."""
        return self.policy.mode_of(self.application, environment) is Mode.OBSERVE

    def people(self, right: Right, environment: Environment) -> Circle:
        """Return who has the right there."""
        return who_may(right, environment.permissions, self.application.owners)

    def is_entitled(self, right: Right, environment: Environment) -> bool:
        """Return whether the comment's author has the right there."""
        return self.people(right, environment).holds(self.author.login, self.state)

    def refuse_unknown(self, environment: str) -> tuple[Action, ...]:
        """Refuse an environment that the policy does not have."""
        return self.refuse(answers.unknown_environment(environment, self.policy, self.state.application))

    def refuse_unentitled(self, right: Right, environment: Environment) -> tuple[Action, ...]:
        """Refuse an author without the right; return nothing for others."""
        if self.is_entitled(right, environment):
            return ()
        people = self.people(right, environment)
        if people.lacks_role(self.author.login, self.state):
            return self.refuse(answers.role_missing(self.command.word, environment.name, people))
        return self.refuse(answers.not_entitled(self.command.word, environment.name, people, self.state))

    def refuse_late(self) -> tuple[Action, ...]:
        """Refuse a comment that is too old; return nothing for others."""
        return self.refuse(answers.too_late(self.command.line)) if self.is_late else ()

    def refuse_changed(self, environment: Environment) -> tuple[Action, ...]:
        """Refuse if the environment has changed since the comment, or the comment is too old; else return nothing."""
        here = self.state.environments[environment.name]
        if here.arrivals and here.arrivals[0].at > self.comment.created_at:
            return self.refuse(answers.changed_since(environment.name, here.version, self.command.line))
        return self.refuse_late()

    def refuse_moved(self, environment: Environment) -> tuple[Action, ...]:
        """Refuse if the promotion that the author could see has another head now; else return nothing."""
        promotion, written = self.state.environments[environment.name].promotion, self.comment.created_at
        changed = promotion.pull.head.at if promotion else None
        if promotion is None or changed is None or not promotion.pull.created_at <= written < changed <= self.now:
            return ()
        return self.refuse(answers.promotion_changed(environment.name, promotion, self.command.line))

    def refuse_unreadable(self, *environments: str) -> tuple[Action, ...]:
        """Refuse if the records of one of these cannot be kept; else return nothing."""
        if not any(self.state.records.closed(name) for name in environments):
            return ()
        return self.refuse(answers.records_unreadable(self.state.records.problem, self.command.line))

    def record(self, changed: Mapping[str, EnvironmentRecords]) -> tuple[Action, ...]:
        """Write down what was asked for. If GitHub refused that in the last pass, tell the author instead.

        All records are on one branch: whichever environment's it refused, it would refuse these.
        """
        said = next(filter(None, map(unrecorded, self.state.environments.values())), "")
        if said:
            return self.refuse(answers.not_recorded(said, self.command.line))
        return self.write(self.state.state_oid, changed)


@dataclass(frozen=True, slots=True)
class RepositoryContext(Context):
    """A command about the whole repository.

    problems: why the policy cannot be followed; it is empty then, and has no environments. commands: all that there are.
    unrecorded: why GitHub refused to write the records in the last pass; '' where it did not.
    rows: of the dashboard, by application, as far as they were looked at.
    """

    sweep: Sweep
    records: Records
    problems: tuple[Problem, ...]
    commands: tuple[Definition, ...]
    unrecorded: str = ""
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)

    def refuse_broken_policy(self) -> tuple[Action, ...]:
        """Refuse because the policy cannot be followed; return nothing where it can."""
        if not self.problems:
            return ()
        return self.refuse(answers.policy_broken(str(self.problems[0]), len(self.problems), self.command.line))


@dataclass(frozen=True, slots=True)
class ApplicationCommand(Definition):
    """A command that the pass of one application answers."""

    answer: Callable[[ApplicationContext], tuple[Action, ...]]


@dataclass(frozen=True, slots=True)
class RepositoryCommand(Definition):
    """A command that the repository's own pass answers."""

    answer: Callable[[RepositoryContext], tuple[Action, ...]]


def reply(comment: Comment, line: str, text: Answer, mark: Reaction) -> tuple[Action, ...]:
    """Return the one reply to a comment, with the line it answers, and the marks that end it.

    In a locked conversation, the reply goes to the dashboard. Without a dashboard, nothing is sent.
    """
    if comment.answer_at is None:
        return ()
    # Relative, so that the conversation is not told that it was mentioned.
    asked = f" ([#{comment.subject_number}](../issues/{comment.subject_number}) is locked)" if comment.is_locked else ""
    body = with_mark(f"> {code(line)}{asked}\n\n{shortened(text)}", comment.database_id)
    return (Reply(comment.answer_at, body, comment.node_id, mark),)


def implied_application(policy: Policy, comment: Comment) -> str:
    """Return the application that a comment need not name: its promotion's, or the only one; '' if there is neither."""
    if comment.promotion:
        return comment.promotion[1]
    return next(iter(policy.applications)) if len(policy.applications) == 1 else ""
