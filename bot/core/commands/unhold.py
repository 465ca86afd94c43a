"""`/unhold`: lift the holds on a place: one's own, or everybody's with the right."""

from collections.abc import Sequence

from bot.core.commands.command import EVERYTHING, Answer, Command, Effect, Line, Misread, Names
from bot.core.commands.context import RepositoryCommand, RepositoryContext
from bot.core.commands.shared.answers import counted, too_late
from bot.core.commands.shared.grammar import ROUGHLY_SIMILAR, SIMILAR, not_a_place, similar
from bot.core.commands.shared.hold_place import (
    named_application,
    people,
    place_of,
    refuse_place,
    refuse_unentitled,
    take_place,
    write,
)
from bot.core.gates.hold import LABEL
from bot.core.people.circle import Circle
from bot.core.plan import Action
from bot.core.policy import Right
from bot.core.records.entries import Hold, author_of
from bot.core.values.text import code, escape

SYNTAX = "/unhold [all|ENV|ENV APP]"

Lift = tuple[str, str]
"""Who holds, and the line that lifts it."""


def _read(line: Line, names: Names) -> Command | Misread:
    """Read the place; whatever follows is ignored."""
    words = list(line.words)
    environment, application = take_place(words, environments=names.environments, applications=names.applications)
    near = ""
    if words and not environment:
        near = similar(words[0], {*names.environments, EVERYTHING}, cutoff=SIMILAR)
    elif words and not application:  # ignored, it would lift more than was meant
        near = similar(words[0], names.applications, cutoff=ROUGHLY_SIMILAR)
    if near:
        return line.misread(not_a_place(words[0], near))
    return line.command(environment, application, reason=" ".join(words))


def _answer(context: RepositoryContext) -> tuple[Action, ...]:
    refused = refuse_place(context, SYNTAX)
    if refused:
        return refused
    kept = context.records.of(place_of(context)[0])
    meant = [hold for hold in kept.holds if _means(context, hold)]
    who = people(context, Right.UNHOLD, named_application(context))
    everything = who.holds(context.author.login, context.sweep)
    mine = [hold for hold in meant if everything or _is_own(context, hold)]
    left, label = _left(context), context.sweep.repository.hold_issue
    if context.records.handled(context.comment.database_id):
        return context.done(lifted(left, label))
    if not meant:
        return context.done(nothing_held(left, label))
    if not mine:
        return refuse_unentitled(context, who, holders=[hold.by for hold in meant])
    if context.is_late:
        return context.refuse(too_late(context.command.line))
    return write(context, kept.without_holds(mine))


COMMAND = RepositoryCommand(
    syntax=SYNTAX,
    summary="lift holds",
    effect=Effect.CHANGE,
    right=Right.UNHOLD,
    read=_read,
    answer=_answer,
)


def _means(context: RepositoryContext, hold: Hold) -> bool:
    """Return whether the comment lifts this hold: it lasts, and was there when the comment was written."""
    application = place_of(context)[1]
    named = not application or hold.application == application
    return named and hold.lasts(context.now) and hold.at <= context.comment.created_at


def _is_own(context: RepositoryContext, hold: Hold) -> bool:
    """Return whether the author set this hold. In an old record it is the login that tells, of somebody who may write.

    A person who takes a login that was given up is a stranger to the repository: roles go with the account, not with its name.
    """
    if hold.by_id is None and not Circle(("write",)).holds(context.author.login, context.sweep):
        return False
    return context.author.may_be(author_of(hold))


def _left(context: RepositoryContext) -> list[Lift]:
    """Return the holds that the comment leaves."""
    environment, application = place_of(context)
    return [
        (hold.by, " ".join(["/unhold", place, *([hold.application] if hold.application else [])]))
        for place in dict.fromkeys((environment, EVERYTHING))
        for hold in context.records.of(place).holds
        if hold.lasts(context.now) and (not application or hold.application in (None, application))
    ]


def lifted(left: Sequence[Lift], issue: int | None) -> Answer:
    """Say that the holds are gone, and what else holds the place. issue: the one with the label that holds everything."""
    return Answer(f"Lifted.{_still(left, issue)}")


def nothing_held(left: Sequence[Lift], issue: int | None) -> Answer:
    """Say that there was nothing to lift, and what still holds the place."""
    return Answer(f"There is no such hold.{_still(left, issue)}")


def _still(left: Sequence[Lift], issue: int | None) -> str:
    each = [f"{escape(by)} (to lift: {code(line)})" for by, line in left]
    if issue is not None:
        each.append(f"the label {code(LABEL)} on #{issue}")
    return f" Still held by {counted(each, separator='; and by ')}." if each else ""
