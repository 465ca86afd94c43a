"""What `/hold` and `/unhold` share: the place that a comment means, who may, and what is recorded there.

While the policy has errors, its environments are unknown, but `all` can still be held, and that hold lifted.
"""

from collections.abc import Iterable

from bot.core.commands.command import EVERYTHING, Answer
from bot.core.commands.context import RepositoryContext
from bot.core.commands.shared import answers
from bot.core.people.circle import Circle
from bot.core.people.rights import who_may
from bot.core.plan import Action
from bot.core.policy import Application, Right
from bot.core.records.environment import EnvironmentRecords
from bot.core.values.text import code


def take_place(words: list[str], *, environments: Iterable[str], applications: Iterable[str]) -> tuple[str, str]:
    """Take `all`, `ENV` or `ENV APP` off the words and return (environment, application), '' for what is not there."""
    if words and words[0] in environments:
        environment = words.pop(0)
        return environment, words.pop(0) if words and words[0] in applications else ""
    if words and words[0].lower() == EVERYTHING:
        return words.pop(0).lower(), ""
    return "", ""


def place_of(context: RepositoryContext) -> tuple[str, str]:
    """Return (environment, application); a promotion's pull request stands for its own. application: '' for all of them."""
    if not context.command.environment and context.comment.promotion:
        return context.comment.promotion
    return context.command.environment, context.command.application


def refuse_place(context: RepositoryContext, syntax: str) -> tuple[Action, ...]:
    """Refuse a place that is missing, unknown, or whose records cannot be kept; else return nothing."""
    environment, application = place_of(context)
    if context.command.environment != EVERYTHING and context.problems:
        return context.refuse_broken_policy()
    if not environment:
        return context.refuse(place_missing(syntax, context.policy.environments))
    if environment != EVERYTHING and environment not in context.policy.environments:
        return context.refuse(answers.unknown_environment(environment, context.policy))
    if application in context.policy.renames.applications:
        return context.refuse(answers.unknown_application(application, context.policy))
    if context.records.closed(environment):
        return context.refuse(answers.records_unreadable(context.records.problem, context.command.line))
    return ()


def people(context: RepositoryContext, right: Right, owned: Iterable[Application]) -> Circle:
    """Return who has the right in the comment's place. owned: the applications whose owners count as `owners`."""
    environment, _ = place_of(context)
    permissions = context.policy.environments[environment].permissions if environment != EVERYTHING else None
    return who_may(right, permissions, dict.fromkeys(owner for each in owned for owner in each.owners))


def named_application(context: RepositoryContext) -> list[Application]:
    """Return the application of the comment's place, if it means a single one."""
    named = context.policy.applications.get(place_of(context)[1])
    return [named] if named else []


def refuse_unentitled(context: RepositoryContext, who: Circle, *, holders: Iterable[str] = ()) -> tuple[Action, ...]:
    """Refuse an author without the right. holders: those whose holds the comment would lift."""
    environment, _ = place_of(context)
    if who.lacks_role(context.author.login, context.sweep):
        return context.refuse(answers.role_missing(context.command.word, environment, who))
    return context.refuse(answers.not_entitled(context.command.word, environment, who, context.sweep, holders=holders))


def write(context: RepositoryContext, changed: EnvironmentRecords) -> tuple[Action, ...]:
    """Write the records of the comment's place. If GitHub refused that in the last pass, tell the author instead."""
    environment, _ = place_of(context)
    if context.unrecorded:
        return context.refuse(answers.not_recorded(context.unrecorded, context.command.line))
    return context.write(context.sweep.state.head_oid, {environment: changed})


def place_missing(syntax: str, known: Iterable[str]) -> Answer:
    """Ask for the place."""
    return Answer(f"Say where: {code(syntax)}, with one of {answers.listed([EVERYTHING, *known])}.")
