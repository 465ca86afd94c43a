"""A command and the world it meets; what every answer is made of.

Whoever answers a command asks here whether it comes in time and from somebody who may, and says what follows: a reply with
the mark that ends it, or a record with the mark that it was seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.commands import replies
from bot.core.commands.grammar import Command
from bot.core.observation.comments import Comment
from bot.core.pages import commit_messages
from bot.core.pages.refused_writes import unrecorded
from bot.core.people.circle import Circle
from bot.core.people.rights import who_may
from bot.core.plan import Action, React, Reaction, Reply, WriteState
from bot.core.policy import Application, Environment, Mode, Policy, Right
from bot.core.records.environment import EnvironmentRecords, file_name
from bot.core.selection.candidates import Choice
from bot.core.state import State

LATEST = timedelta(minutes=15)
"""A command means the world at its comment; after this time it is not carried out."""

MOST_ANSWERS = 10
"""In one pass: a crowd that asks shall not use up what the bot may write, or nothing else is written for a while."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A command of one application. is_last: nobody has asked for anything else in its environment since."""

    policy: Policy
    state: State
    choices: Mapping[str, Choice]
    now: datetime
    comment: Comment
    command: Command
    is_last: bool

    @property
    def application(self) -> Application:
        """Whose pass this is."""
        return self.policy.applications[self.state.application]

    @property
    def author(self) -> str:
        """The login of who wrote it."""
        return self.comment.author.login

    @property
    def is_recorded(self) -> bool:
        """The first half is done: only the answer is left."""
        return self.state.records.handled(self.comment.database_id)

    def only_watches(self, environment: Environment) -> bool:
        """The policy has the bot do nothing there."""
        return self.policy.mode_of(self.application, environment) is Mode.OBSERVE

    def people(self, environment: Environment) -> Circle:
        """Who may give this command there."""
        return who_may(Right[self.command.verb.name], environment.permissions, self.application.owners)

    def is_entitled(self, environment: Environment) -> bool:
        """Whoever wrote it may."""
        return self.people(environment).holds(self.author, self.state)

    def refuse_unknown(self, environment: str) -> tuple[Action, ...]:
        """The policy has no such environment."""
        return self.refuse(replies.unknown_environment(environment, self.policy))

    def refuse_unentitled(self, environment: Environment) -> tuple[Action, ...]:
        """Nothing, where they may."""
        if self.is_entitled(environment):
            return ()
        people = self.people(environment)
        return self.refuse(replies.not_entitled(self.command.verb, environment.name, people, self.state))

    def refuse_late(self) -> tuple[Action, ...]:
        """Nothing, where it comes in time."""
        return self.refuse(replies.too_late(self.command.line)) if self.now - self.comment.created_at > LATEST else ()

    def refuse_changed(self, environment: Environment) -> tuple[Action, ...]:
        """Nothing, where the environment is what it was when the comment was written."""
        here = self.state.environments[environment.name]
        if here.arrivals and here.arrivals[0].at > self.comment.created_at:
            return self.refuse(replies.changed_since(environment.name, here.version, self.command.line))
        return self.refuse_late()

    def refuse_moved(self, environment: Environment) -> tuple[Action, ...]:
        """Nothing, where the promotion that could be seen when the comment was written is what it was."""
        promotion, written = self.state.environments[environment.name].promotion, self.comment.created_at
        changed = promotion.pull.head.at if promotion else None
        if promotion is None or changed is None or not promotion.pull.created_at <= written < changed <= self.now:
            return ()
        moved = replies.promotion_changed(environment.name, promotion, self.command.line)
        return self.refuse(moved)

    def refuse_unreadable(self, *environments: str) -> tuple[Action, ...]:
        """Nothing, where the records of all these can be kept."""
        if not any(self.state.records.closed(name) for name in environments):
            return ()
        return self.refuse(replies.records_unreadable(self.state.records.problem, self.command.line))

    def record(self, changed: Mapping[str, EnvironmentRecords]) -> tuple[Action, ...]:
        """The first half: what was asked for stands on `gitops-state`, and the comment was seen. Where GitHub would not have it
        there in the last pass, whoever asked is told."""
        said = next(filter(None, (unrecorded(self.state.environments[name]) for name in changed)), "")
        if said:
            return self.refuse(replies.not_recorded(said, self.command.line))
        files = {file_name(name): records.text() for name, records in changed.items()}
        return (
            WriteState(self.state.state_oid, files, commit_messages.recorded(self.comment, self.command.line)),
            React(self.comment.node_id, Reaction.SEEN),
        )

    def refuse(self, text: str) -> tuple[Action, ...]:
        """It is not carried out."""
        return answer(self.comment, self.command.line, text, Reaction.REFUSED)

    def done(self, text: str) -> tuple[Action, ...]:
        """It is carried out."""
        return answer(self.comment, self.command.line, text, Reaction.DONE)


def has_enough(actions: Sequence[Action]) -> bool:
    """For one pass: the records change, or GitHub's limit on writing would come near. The next pass goes on.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
    """
    replies_given = sum(isinstance(action, Reply) for action in actions)
    return replies_given >= MOST_ANSWERS or any(isinstance(action, WriteState) for action in actions)


def answer(comment: Comment, line: str, text: str, mark: Reaction) -> tuple[Action, ...]:
    """The one reply to a comment, and the mark that ends it."""
    return (Reply(comment.subject_id, replies.to(line, text)), React(comment.node_id, mark))
