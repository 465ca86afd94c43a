"""Answering the commands that concern one application: here `/promote`, `/rollback`, `/why` and `/refresh`.

A command acts in two passes. The first checks the person's right and records what was asked for on `gitops-state`, with
the comment's id; the pass that follows decides upon the record, replies, and leaves the mark that the comment is done.
A crash in between repeats nothing: a recorded comment is only answered, and a marked one is not read again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.commands import override, reject, replies
from bot.core.commands.grammar import EVERYTHING, Command, Misread, Names, Verb, read_comment
from bot.core.commands.heard import LATEST, Heard, has_enough
from bot.core.history.periods import all_stays
from bot.core.history.rejections import unwanted
from bot.core.observation.comments import Comment
from bot.core.plan import Action
from bot.core.policy import Application, Environment, Policy
from bot.core.promotion.edits import edits_for
from bot.core.records.entries import Acceptance, Rejection, Request, RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.core.selection.candidates import Choice, complete, live_request, newest
from bot.core.state import EnvironmentState, State
from bot.core.values.artifacts import Artifact, Missing
from bot.core.values.version import Version
from bot.core.versions.moving_tag import find, follows
from bot.core.versions.newer import is_newer

QUESTIONS = (Verb.WHY, Verb.REFRESH)

MOST_SHOWN = 5

FORGOTTEN = timedelta(days=3)
"""GitHub redelivers for three days; what is older was written before the bot came, and is left alone."""


def names_of(policy: Policy) -> Names:
    """The words that a comment may use for places; former names too, so that they are told from a reason."""
    renames = policy.renames
    environments = policy.environments.keys() | renames.environments.keys()
    return Names(frozenset(environments), frozenset(policy.applications.keys() | renames.applications.keys()))


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
    name = read.application or about(policy, comment)
    return (name if name in policy.applications else None), read


def about(policy: Policy, comment: Comment) -> str:
    """The application that need not be named where this comment stands; '' where there is none."""
    if comment.promotion:
        return comment.promotion[1]
    return next(iter(policy.applications)) if len(policy.applications) == 1 else ""


def respond(policy: Policy, state: State, choices: Mapping[str, Choice], now: datetime) -> tuple[Action, ...]:
    """What follows from the comments that concern this application. At most one changes the records in a pass.

    Questions come last, so that a crowd of them keeps no command waiting.
    """
    ours = [
        (comment, read)
        for comment in open_comments(state.comments, now)
        for application, read in [addressed(policy, comment)]
        if application == state.application and isinstance(read, Command)
    ]
    moves = [(comment, command) for comment, command in ours if command.verb not in QUESTIONS]
    asked = [(comment, command) for comment, command in ours if command.verb in QUESTIONS]
    actions: list[Action] = []
    for position, (comment, command) in enumerate((*moves, *asked)):
        is_last = all(later.environment != command.environment for _, later in moves[position + 1 :])
        actions.extend(_respond(Heard(policy, state, choices, now, comment, command, is_last)))
        if has_enough(actions):
            break
    return tuple(actions)


def _respond(heard: Heard) -> tuple[Action, ...]:
    """Answer, or do the first half of it."""
    match heard.command.verb:
        case Verb.WHY | Verb.REFRESH:
            return _why(heard)
        case Verb.REJECT | Verb.UNREJECT:
            return reject.respond(heard)
        case Verb.OVERRIDE:
            return override.respond(heard)
        case _:
            return _move(heard)


def _why(heard: Heard) -> tuple[Action, ...]:
    """What every gate answers. Each pass looks afresh, so that to look again is to be asked."""
    policy, comment = heard.policy, heard.comment
    wanted = heard.command.environment or (comment.promotion[0] if comment.promotion else "")
    if wanted and wanted != EVERYTHING and wanted not in policy.environments:
        return heard.refuse_unknown(wanted)
    names = [wanted] if wanted in policy.environments else list(policy.environments)
    sections = [replies.why(heard.application, heard.state, name, heard.choices[name]) for name in names]
    return heard.done("\n\n".join(sections))


def _move(heard: Heard) -> tuple[Action, ...]:
    environment = heard.policy.environments.get(heard.command.environment)
    if environment is None:
        return heard.refuse_unknown(heard.command.environment)
    if heard.only_watches(environment):
        return heard.refuse(replies.only_watched(environment.name))
    if heard.is_recorded:
        return _confirm(heard, environment)
    refused = (
        heard.refuse_unentitled(environment)
        or heard.refuse_changed(environment)
        or _refuse_moved(heard, environment)
        or heard.refuse_unreadable(environment.name)
    )
    if refused:
        return refused
    asked = _Moving(heard, environment)
    chosen = asked.rollback() if heard.command.verb is Verb.ROLLBACK else asked.promote()
    return heard.refuse(chosen) if isinstance(chosen, str) else heard.record(chosen)


def _refuse_moved(heard: Heard, environment: Environment) -> tuple[Action, ...]:
    """Who names a version, or goes back, does not mean what the open promotion brings."""
    means_it = heard.command.verb is Verb.PROMOTE and not heard.command.version
    return heard.refuse_moved(environment) if means_it else ()


def _confirm(heard: Heard, environment: Environment) -> tuple[Action, ...]:
    """The record is there: tell where it can be followed, once there is a pull request to point at."""
    here, choice = heard.state.environments[environment.name], heard.choices[environment.name]
    request = heard.state.records.of(environment.name).requests.get(heard.application.name)
    if request is None or request.comment != heard.comment.database_id:
        return heard.done(replies.replaced(environment.name))
    if live_request(heard.state, environment, here) is None:
        return heard.done(replies.ended(here, request))
    opens = here.promotion is None and choice.question is not None and bool(edits_for(choice.question))
    opens = opens and here.refused is None
    if opens and heard.is_last and heard.now - heard.comment.created_at < LATEST:
        return ()
    return heard.done(replies.accepted(heard.command.verb, heard.state, here, request, choice))


@dataclass(frozen=True, slots=True)
class _Moving:
    """A `/promote` or `/rollback` of somebody who may: the records that follow from it, or why there are none."""

    heard: Heard
    environment: Environment

    @property
    def state(self) -> State:
        return self.heard.state

    @property
    def command(self) -> Command:
        return self.heard.command

    @property
    def application(self) -> Application:
        return self.heard.application

    @property
    def here(self) -> EnvironmentState:
        return self.state.environments[self.environment.name]

    def promote(self) -> dict[str, EnvironmentRecords] | str:
        """The records with the request in them, or why there is nothing to ask for."""
        version = self._named() if self.command.version else self._newest()
        if isinstance(version, str):
            return version
        if version.is_same(self.here.version):
            return replies.already_there(self.here)
        records = self.state.records.of(self.environment.name)
        if self.command.version and unwanted(self.application, self.state, self.environment.name, version):
            records = records.with_acceptance(self.application.name, self._acceptance(version))
        return {self.environment.name: records.with_request(self.application.name, self._request(version))}

    def rollback(self) -> dict[str, EnvironmentRecords] | str:
        """The records with the request, and with the rejection of what is left wherever it has not been yet."""
        present, earlier, named = self.here.version, self._earlier(), self.command.version
        if present is None:
            return replies.nothing_to_go_back_from(self.environment.name, self.application.name)
        if named and present.is_called(named):
            return replies.already_there(self.here)
        if earlier is None:
            return replies.nothing_to_go_back_to(self.here, self.application.name, named, self._had())
        rejection = Rejection(
            tag=present.tag,
            digests=present.told_by,
            by=self.heard.author,
            reason=f"rolled back in {self.environment.name}",
            at=self.heard.comment.created_at,
            comment=self.heard.comment.database_id,
        )
        changed = {
            name: self.state.records.of(name).with_rejection(self.application.name, rejection)
            for name, other in self.state.environments.items()
            if name == self.environment.name
            or not any(stay.version.is_same(present) for stay in all_stays(self.state, other))
            if not self.state.records.closed(name)
        }
        mine = changed[self.environment.name]
        if named:
            mine = mine.without_rejection(self.application.name, earlier)
        return {**changed, self.environment.name: mine.with_request(self.application.name, self._request(earlier))}

    def _newest(self) -> Version | str:
        """The newest candidate, whatever was asked for before; or why there is none."""
        choice = newest(self.heard.policy, self.state, self.environment, self.heard.now)
        if choice.question is None or not choice.promotable:
            return replies.nothing_to_promote(self.application, self.here, choice)
        return choice.question.version

    def _named(self) -> Version | str:
        """The version that the comment names: one that an environment had, or that the registry has; or why it is none."""
        if follows(self.application) is not None:
            found = find(self.application, self.state, self.command.version)
            return found or replies.unknown_version(self.command.version, self.application)
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

    def _earlier(self) -> Version | None:
        """Where a rollback goes: the version named, if it was here; else the latest that was left for a newer one."""
        for stay in all_stays(self.state, self.here):
            if stay.version.is_same(self.here.version):
                continue
            if self.command.version:
                if stay.version.is_called(self.command.version):
                    return complete(self.application, self.state, stay.version)
            elif (
                stay.successor is not None
                and is_newer(self.application, self.state, version=stay.successor, than=stay.version)
                and unwanted(self.application, self.state, self.environment.name, stay.version) is None
            ):
                return complete(self.application, self.state, stay.version)
        return None

    def _acceptance(self, version: Version) -> Acceptance:
        """Who names a version wants it, whatever was said or done against it before."""
        return Acceptance(
            tag=version.tag,
            digests=version.told_by,
            by=self.heard.author,
            at=self.heard.comment.created_at,
            comment=self.heard.comment.database_id,
        )

    def _had(self) -> tuple[str, ...]:
        """Other versions that were there before, newest first, each once."""
        versions = (stay.version for stay in all_stays(self.state, self.here))
        return tuple(dict.fromkeys(each.name for each in versions if not each.is_same(self.here.version)))[:MOST_SHOWN]

    def _request(self, version: Version) -> Request:
        return Request(
            kind=RequestKind.ROLLBACK if self.command.verb is Verb.ROLLBACK else RequestKind.PROMOTE,
            tag=version.tag,
            digests=dict(version.digests),
            source_commit=version.source_commit,
            followed=version.followed,
            named=bool(self.command.version),
            by=self.heard.author,
            at=self.heard.comment.created_at,
            comment=self.heard.comment.database_id,
        )
