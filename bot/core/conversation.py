"""Answering the commands that concern one application: `/promote`, `/rollback`, `/why`, `/help`.

A command acts in two passes. The first checks the person's right and records what was asked for on `gitops-state`, with
the comment's id; the pass that follows decides upon the record, replies, and leaves the mark that the comment is done.
A crash in between repeats nothing: a recorded comment is only answered, and a marked one is not read again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import messages, replies
from bot.core.artifacts import Artifact, Missing
from bot.core.candidates import Choice, complete, live_request, newest
from bot.core.commands import EVERYTHING, Command, Misread, Names, Verb, read_comment
from bot.core.editing import edits_for
from bot.core.observation import Comment
from bot.core.ordering import is_newer
from bot.core.people import circle
from bot.core.plan import Action, React, Reaction, Reply, WriteState
from bot.core.policy import Application, Environment, Mode, Policy
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
    """A command, and where it was written."""

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
    ours = [
        Heard(comment, read)
        for comment in open_comments(state.comments, now)
        for application, read in [addressed(policy, comment)]
        if application == state.application and isinstance(read, Command)
    ]
    actions: list[Action] = []
    for position, heard in enumerate(ours):
        is_last = all(later.command.environment != heard.command.environment for later in ours[position + 1 :])
        actions.extend(_Answer(policy, state, choices, now, heard.comment, heard.command, is_last).actions())
        if any(isinstance(action, WriteState) for action in actions):
            break
    return tuple(actions)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One command and the world it meets. is_last: nobody has asked for anything else in its environment since."""

    policy: Policy
    state: State
    choices: Mapping[str, Choice]
    now: datetime
    comment: Comment
    command: Command
    is_last: bool

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
        if self.policy.mode_of(self.application, environment) is Mode.OBSERVE:
            return self._refuse(replies.only_watched(environment.name))
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
        request = self.state.records.of(environment.name).requests.get(self.application.name)
        if request is None or request.comment != self.comment.database_id:
            return self._reply(replies.replaced(environment.name), Reaction.DONE)
        if live_request(self.state, environment, here) is None:
            return self._reply(replies.ended(here, request), Reaction.DONE)
        opens = here.promotion is None and choice.question is not None and bool(edits_for(choice.question))
        if opens and self.is_last and self.now - self.comment.created_at < LATEST:
            return ()
        return self._reply(replies.accepted(self.command.verb, here, request, choice), Reaction.DONE)

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
        if environment.name in self.state.records.unreadable:
            return self._refuse(replies.records_unreadable(self.state.records.problem, self.command.line))
        chosen = self._rollback(environment) if self.command.verb is Verb.ROLLBACK else self._promote(environment)
        if isinstance(chosen, str):
            return self._refuse(chosen)
        files = {file_name(name): records.text() for name, records in chosen.items()}
        return (
            WriteState(self.state.state_oid, files, messages.recorded(self.comment, self.command.line)),
            React(self.comment.node_id, Reaction.SEEN),
        )

    def _promote(self, environment: Environment) -> dict[str, EnvironmentRecords] | str:
        """The records with the request in them, or why there is nothing to ask for."""
        here = self.state.environments[environment.name]
        version = self._named() if self.command.version else self._newest(environment)
        if isinstance(version, str):
            return version
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
            if name not in self.state.records.unreadable
        }
        mine = changed[environment.name].with_request(self.application.name, self._request(earlier))
        return {**changed, environment.name: mine}

    def _newest(self, environment: Environment) -> Version | str:
        """The newest candidate, whatever was asked for before; or why there is none."""
        choice = newest(self.policy, self.state, environment, self.now)
        if choice.question is None or not choice.promotable:
            return replies.nothing_to_promote(self.application, self.state.environments[environment.name], choice)
        return choice.question.version

    def _named(self) -> Version | str:
        """The version that the comment names: one that an environment had, or that the registry has; or why it is none."""
        wanted = Version(self.command.version)
        for environment in self.state.environments.values():
            for stay in all_stays(self.state, environment):
                if stay.version.tag == wanted.tag:
                    return complete(self.application, self.state, stay.version)
        known = self.state.artifacts.get((self.application.images[0], wanted.tag))
        if isinstance(known, Artifact):
            return complete(self.application, self.state, wanted)
        if isinstance(known, Missing):
            return replies.unknown_version(wanted.tag, self.application)
        return replies.registry_silent(wanted.tag, known.reason if known else "it was not asked yet", self.command.line)

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
            Reply(self.comment.subject_id, replies.to(self.command.line, text)),
            React(self.comment.node_id, mark),
        )
