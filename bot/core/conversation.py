"""Answering the commands that concern one application: `/promote`, `/rollback`, `/why`, `/help`.

A command acts in two passes. The first checks the person's right and records what was asked for on `gitops-state`, with
the comment's id; the pass that follows decides upon the record, replies, and leaves the mark that the comment is done.
A crash in between repeats nothing: a recorded comment is only answered, and a marked one is not read again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import replies
from bot.core.artifacts import Artifact
from bot.core.candidates import Choice, complete, live_request
from bot.core.commands import EVERYTHING, Command, Misread, Names, Verb, read_comment
from bot.core.observation import Comment
from bot.core.ordering import is_newer
from bot.core.people import circle
from bot.core.plan import Action, Message, React, Reaction, Reply, WriteState
from bot.core.policy import Application, Environment, Policy
from bot.core.records import EnvironmentRecords, Rejection, Request, RequestKind, file_name
from bot.core.rejections import unwanted
from bot.core.state import State
from bot.core.stays import all_stays
from bot.core.version import Version

LATEST = timedelta(minutes=15)
"""A command means the world at its comment; after this time it is not carried out."""
FORGOTTEN = timedelta(days=3)
"""GitHub redelivers for three days; what is older was written before the bot came, and is left alone."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A command in its place, with the environment and the application that the place adds."""

    comment: Comment
    command: Command


def names_of(policy: Policy) -> Names:
    """The words that a comment may use for places."""
    return Names(frozenset(policy.environments), frozenset(policy.applications))


def open_comments(comments: tuple[Comment, ...], now: datetime) -> Iterator[Comment]:
    """Those that may hold a command nobody has answered yet, oldest first."""
    for comment in sorted(comments, key=lambda comment: (comment.created_at, comment.database_id)):
        if not (comment.done or comment.edited or comment.author.is_bot or now - comment.created_at > FORGOTTEN):
            yield comment


def addressed(policy: Policy, comment: Comment) -> tuple[str | None, Command | Misread | None]:
    """The application whose pass answers this comment, None for the repository's pass; and what the comment says."""
    read = read_comment(comment.body, names_of(policy))
    if not isinstance(read, Command) or read.verb in (Verb.HOLD, Verb.UNHOLD, Verb.HELP):
        return None, read
    name = read.application or (comment.promotion[1] if comment.promotion else "")
    if not name and len(policy.applications) == 1:
        name = next(iter(policy.applications))
    return (name if name in policy.applications else None), read


def respond(policy: Policy, state: State, choices: Mapping[str, Choice], now: datetime) -> tuple[Action, ...]:
    """What follows from the comments that concern this application. At most one changes the records in a pass."""
    actions: list[Action] = []
    for comment in open_comments(state.comments, now):
        application, read = addressed(policy, comment)
        if application != state.application or not isinstance(read, Command):
            continue
        answer = _Answer(policy, state, choices, now, comment, read)
        actions.extend(answer.actions())
        if any(isinstance(action, WriteState) for action in actions):
            break
    return tuple(actions)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One command and the world it meets."""

    policy: Policy
    state: State
    choices: Mapping[str, Choice]
    now: datetime
    comment: Comment
    command: Command

    @property
    def application(self) -> Application:
        return self.policy.applications[self.state.application]

    def actions(self) -> tuple[Action, ...]:
        """Answer, or do the first half of it."""
        if self.command.verb is Verb.WHY:
            return self._why()
        environment = self.policy.environments.get(self.command.environment)
        if environment is None:
            return self._refuse(replies.unknown_environment(self.command.environment, tuple(self.policy.environments)))
        if self.state.records.handled(self.comment.database_id):
            return self._confirm(environment)
        return self._refuse_late(environment) or self._refuse_unentitled(environment) or self._carry_out(environment)

    def _why(self) -> tuple[Action, ...]:
        wanted = self.command.environment or (self.comment.promotion[0] if self.comment.promotion else "")
        if wanted and wanted != EVERYTHING and wanted not in self.policy.environments:
            return self._refuse(replies.unknown_environment(wanted, tuple(self.policy.environments)))
        names = [wanted] if wanted in self.policy.environments else list(self.policy.environments)
        sections = [replies.why(self.application, self.state, name, self.choices[name]) for name in names]
        return self._reply("\n\n".join(sections), Reaction.DONE)

    def _confirm(self, environment: Environment) -> tuple[Action, ...]:
        """The record is there: tell where it can be followed, once there is a pull request to point at."""
        here, choice = self.state.environments[environment.name], self.choices[environment.name]
        request = live_request(self.state, environment, here)
        ours = request is not None and request.comment == self.comment.database_id
        waits_for_pull = ours and here.promotion is None and choice.proposed
        if waits_for_pull and self.now - self.comment.created_at < LATEST:
            return ()
        return self._reply(replies.accepted(self.command.verb, here, request if ours else None, choice), Reaction.DONE)

    def _refuse_late(self, environment: Environment) -> tuple[Action, ...]:
        here, at = self.state.environments[environment.name], self.comment.created_at
        if here.arrivals and here.arrivals[0].at > at:
            return self._refuse(replies.changed_since(environment.name, here.version, self.command.line))
        if self.now - at > LATEST:
            return self._refuse(replies.too_late(self.command.line))
        return ()

    def _refuse_unentitled(self, environment: Environment) -> tuple[Action, ...]:
        permissions = environment.permissions
        listed = permissions.rollback if self.command.verb is Verb.ROLLBACK else permissions.promote
        people = circle(("write",) if listed is None else listed, self.application.owners)
        if people.holds(self.comment.author.login, self.state):
            return ()
        return self._refuse(replies.not_entitled(self.command.verb, environment.name, people, self.state))

    def _carry_out(self, environment: Environment) -> tuple[Action, ...]:
        chosen = self._rollback(environment) if self.command.verb is Verb.ROLLBACK else self._promote(environment)
        if isinstance(chosen, str):
            return self._refuse(chosen)
        files = {file_name(name): records.text() for name, records in chosen.items()}
        line = f"{self.comment.author.login}: {self.command.line}"
        message = Message(line[:72], f"Comment {self.comment.database_id} on #{self.comment.subject_number}.")
        return (
            WriteState(self.state.state_oid, files, message),
            React(self.comment.node_id, Reaction.SEEN),
        )

    def _promote(self, environment: Environment) -> dict[str, EnvironmentRecords] | str:
        """The records with the request in them, or why there is nothing to ask for."""
        here, choice = self.state.environments[environment.name], self.choices[environment.name]
        if self.command.version:
            version = self._named()
            if version is None:
                return replies.unknown_version(self.command.version, self.application)
        elif choice.question is None or not choice.promotable:
            return replies.nothing_to_promote(self.application, here, choice)
        else:
            version = choice.question.version
        if version.is_same(here.version):
            return replies.already_there(environment.name, version)
        records = self.state.records.of(environment.name)
        if self.command.version:
            records = records.without_rejection(self.application.name, version.tag)
        return {environment.name: records.with_request(self.application.name, self._request(version))}

    def _rollback(self, environment: Environment) -> dict[str, EnvironmentRecords] | str:
        """The records with the request, and with the rejection of what is left wherever it has not been yet."""
        here = self.state.environments[environment.name]
        earlier = self._earlier(environment.name)
        if here.version is None or earlier is None:
            return replies.nothing_to_go_back_to(environment.name, here.version, self.command.version)
        rejection = Rejection(
            tag=here.version.tag,
            by=self.comment.author.login,
            reason=f"rolled back in {environment.name}",
            at=self.comment.created_at,
            comment=self.comment.database_id,
        )
        changed = {
            name: self.state.records.of(name).with_rejection(self.application.name, rejection)
            for name, other in self.state.environments.items()
            if name == environment.name
            or not any(stay.version.is_same(here.version) for stay in all_stays(self.state, other))
        }
        mine = changed[environment.name].with_request(self.application.name, self._request(earlier))
        return {**changed, environment.name: mine}

    def _named(self) -> Version | None:
        """The version that the comment names: one that an environment had, or that the registry has."""
        wanted = Version(self.command.version)
        for environment in self.state.environments.values():
            for stay in all_stays(self.state, environment):
                if stay.version.tag == wanted.tag:
                    return complete(self.application, self.state, stay.version)
        known = self.state.artifacts.get((self.application.images[0], wanted.tag))
        return complete(self.application, self.state, wanted) if isinstance(known, Artifact) else None

    def _earlier(self, name: str) -> Version | None:
        """Where a rollback goes: the version named, if it was here; else the latest that was left for a newer one."""
        here = self.state.environments[name]
        for stay in all_stays(self.state, here):
            if stay.version.is_same(here.version):
                continue
            if self.command.version:
                if stay.version.tag == self.command.version:
                    return complete(self.application, self.state, stay.version)
            elif (
                stay.successor is not None
                and is_newer(self.application, self.state, version=stay.successor, than=stay.version)
                and unwanted(self.application, self.state, name, stay.version) is None
            ):
                return complete(self.application, self.state, stay.version)
        return None

    def _request(self, version: Version) -> Request:
        return Request(
            kind=RequestKind.ROLLBACK if self.command.verb is Verb.ROLLBACK else RequestKind.PROMOTE,
            tag=version.tag,
            digests=dict(version.digests),
            source_commit=version.source_commit,
            named=bool(self.command.version),
            by=self.comment.author.login,
            at=self.comment.created_at,
            comment=self.comment.database_id,
        )

    def _refuse(self, text: str) -> tuple[Action, ...]:
        return self._reply(text, Reaction.REFUSED)

    def _reply(self, text: str, mark: Reaction) -> tuple[Action, ...]:
        return (
            Reply(self.comment.subject_id, replies.to(self.comment, text)),
            React(self.comment.node_id, mark),
        )
