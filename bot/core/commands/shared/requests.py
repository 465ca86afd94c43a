"""What `/promote` and `/rollback` share: a request for one version in one environment, and what became of it."""

from collections.abc import Callable

from bot.core.commands.command import Answer
from bot.core.commands.context import LATEST, ApplicationContext
from bot.core.commands.shared import answers
from bot.core.commands.shared.answers import shown
from bot.core.plan import Action
from bot.core.policy import Environment, Right
from bot.core.promotion.edits import edits_for
from bot.core.records.entries import Request, RequestKind
from bot.core.selection.candidates import live_request
from bot.core.state import EnvironmentState
from bot.core.values.text import code
from bot.core.values.version import Version


def answer(
    context: ApplicationContext,
    right: Right,
    *,
    ask: Callable[[ApplicationContext, Environment], tuple[Action, ...]],
    accept: Callable[[ApplicationContext, EnvironmentState, Request], Answer],
) -> tuple[Action, ...]:
    """Record the request, or answer it. ask: choose the version and record it, or refuse. accept: say what is done about it."""
    environment = context.policy.environments.get(context.command.environment)
    if environment is None:
        return context.refuse_unknown(context.command.environment)
    if context.only_watches(environment):
        return context.refuse(answers.only_watched([environment.name]))
    if context.is_recorded:
        return _confirm(context, environment, accept)
    return (
        context.refuse_unentitled(right, environment)
        or context.refuse_changed(environment)
        or context.refuse_unreadable(environment.name)
        or ask(context, environment)
    )


def _confirm(
    context: ApplicationContext,
    environment: Environment,
    accept: Callable[[ApplicationContext, EnvironmentState, Request], Answer],
) -> tuple[Action, ...]:
    """Say what became of the request, once there is a pull request to point at."""
    here, choice = context.state.environments[environment.name], context.choices[environment.name]
    asked = context.state.records.of(environment.name).requests.get(context.application.name)
    if asked is None or asked.comment != context.comment.database_id:
        return context.done(replaced(environment.name))
    if live_request(context.state, environment, here) is None:
        return context.done(ended(here, asked))
    opens = here.promotion is None and choice.question is not None and bool(edits_for(choice.question))
    opens = opens and here.refused is None
    if opens and context.is_last and context.now - context.comment.created_at < LATEST:
        return ()
    return context.done(accept(context, here, asked))


def request(context: ApplicationContext, kind: RequestKind, version: Version) -> Request:
    """Return the record of what the comment asks for."""
    return Request(
        kind=kind,
        tag=version.tag,
        digests=dict(version.digests),
        source_commit=version.source_commit,
        followed=version.followed,
        named=bool(context.command.version),
        by=context.author.login,
        by_id=context.author.id,
        at=context.comment.created_at,
        comment=context.comment.database_id,
    )


def already_there(here: EnvironmentState) -> Answer:
    """Say that nothing has to be done, and what an open promotion would still do."""
    has, promotion = shown(here.version), here.promotion
    if promotion is None:
        return Answer(f"{code(here.name)} already runs {has}.")
    number, coming = promotion.pull.number, shown(promotion.version)
    return Answer(
        f"{code(here.name)} already runs {has}. #{number} would change it to {coming}; close #{number} to keep {has}."
    )


def ended(here: EnvironmentState, asked: Request) -> Answer:
    """Say what became of a request that was carried out, or is no longer followed."""
    if asked.version.is_same(here.version):
        return Answer(f"Done: {code(here.name)} runs {shown(here.version)}.")
    return Answer(
        f"{shown(asked.version)} is no longer on its way to {code(here.name)}: the environment has changed since, or the pull "
        f"request was closed. {code(here.name)} runs {shown(here.version)} now."
    )


def replaced(environment: str) -> Answer:
    """Say that somebody asked for something else after it."""
    return Answer(f"A later command for {code(environment)} replaced this one.")
