"""`/unreject`: allow a version again in the environments where people said or did something against it."""

from collections.abc import Sequence

from bot.core.commands.command import Answer, Command, Effect, Line, Misread, Names
from bot.core.commands.context import ApplicationCommand, ApplicationContext
from bot.core.commands.shared.answers import listed, no_longer, only_watched, unknown_version
from bot.core.commands.shared.grammar import usage
from bot.core.commands.shared.named_version import (
    is_unknown,
    meant_environments,
    named_version,
    read_version,
    recorded_environments,
)
from bot.core.history.rejections import rejection_of
from bot.core.plan import Action
from bot.core.policy import Application, Right
from bot.core.records.entries import Acceptance
from bot.core.values.text import code
from bot.core.values.version import Version


def _read(line: Line, names: Names) -> Command | Misread:
    """Read a version; words behind it could only be meant for something else."""
    read = read_version(line, names)
    return line.misread(usage(line.syntax)) if isinstance(read, Command) and read.reason else read


def _answer(context: ApplicationContext) -> tuple[Action, ...]:
    if context.is_recorded:
        return context.done(_confirmation(context) if recorded_environments(context) else no_longer())
    if is_unknown(context):
        return context.refuse(unknown_version(context.command.version, context.application))
    meant = meant_environments(context)
    active = [environment for environment in meant if not context.only_watches(environment)]
    if not active:
        return context.refuse(only_watched(each.name for each in meant))
    places = [environment for environment in active if _was_rejected(context, environment.name)]
    if not places:
        elsewhere = [name for name in context.policy.environments if _was_rejected(context, name)]
        return context.done(not_rejected(context.command.version, [each.name for each in active], elsewhere))
    entitled = [environment.name for environment in places if context.is_entitled(Right.UNREJECT, environment)]
    if not entitled:
        return context.refuse_unentitled(Right.UNREJECT, places[0])
    accepted, application = acceptance(context, named_version(context)), context.application.name
    changed = {name: context.state.records.of(name).with_acceptance(application, accepted) for name in entitled}
    return context.refuse_late() or context.refuse_unreadable(*entitled) or context.record(changed)


COMMAND = ApplicationCommand(
    syntax="/unreject [APP@]VERSION",
    summary="allow a rejected version again, however it was rejected, in the same places as `/reject`",
    effect=Effect.CHANGE,
    right=Right.UNREJECT,
    read=_read,
    answer=_answer,
)


def acceptance(context: ApplicationContext, version: Version) -> Acceptance:
    """Return the record that the comment's author wants this version, whatever was said or done against it before."""
    return Acceptance(
        tag=version.tag,
        digests=version.told_by,
        by=context.author.login,
        by_id=context.author.id,
        at=context.comment.created_at,
        comment=context.comment.database_id,
    )


def _was_rejected(context: ApplicationContext, environment: str) -> bool:
    """Return whether the version was rejected there before the comment was written."""
    found = rejection_of(context.application, context.state, environment, named_version(context))
    return found is not None and found.at <= context.comment.created_at


def _confirmation(context: ApplicationContext) -> Answer:
    application, state, version = context.application, context.state, named_version(context)
    still = [
        name for name in context.policy.environments if rejection_of(application, state, name, version) is not None
    ]
    return allowed_in(application, version.name, recorded_environments(context), still)


def allowed_in(application: Application, tag: str, places: Sequence[str], still: Sequence[str]) -> Answer:
    """Say where the version is allowed again. still: where something else speaks against it."""
    rest = f" It is still rejected in {listed(still)}." if still else ""
    return Answer(f"{code(tag)} of {code(application.name)} is allowed in {listed(places)} again.{rest}")


def not_rejected(tag: str, places: Sequence[str], elsewhere: Sequence[str]) -> Answer:
    """Say that there is nothing to lift. elsewhere: environments that the comment did not mean, and where there is."""
    others = f" It is rejected in {listed(elsewhere)}; to allow it there, write this on an issue." if elsewhere else ""
    return Answer(f"Nobody rejected {code(tag)} in {listed(places)}.{others}")
