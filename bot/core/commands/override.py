"""`/override`: let gates pass for one step of one application in one environment.

On the pull request of a promotion it means that promotion and no other. Elsewhere the environment has to be named, and the
version that comes there next is meant, with or without a pull request. Records and replies name both versions.
"""

import re
from collections.abc import Iterable

from bot.core.commands.command import Answer, Command, Effect, Line, Misread, Names
from bot.core.commands.context import ApplicationCommand, ApplicationContext
from bot.core.commands.shared.answers import again, listed, no_longer, only_watched, shown
from bot.core.commands.shared.grammar import usage
from bot.core.gates import OVERRIDABLE
from bot.core.gates.question import moment
from bot.core.history.overrides import APPROVALS
from bot.core.pages.parts import verdicts
from bot.core.plan import Action
from bot.core.policy import Application, Environment, Right
from bot.core.records.entries import Held, Override, author_of
from bot.core.selection.candidates import Choice
from bot.core.values.text import code
from bot.core.values.version import Version

_GATES = re.compile(r"(?P<gates>[\w-]+(?:\s*,\s*[\w-]+)*)(?:\s+(?P<rest>.*))?")

SYNTAX = "/override GATE[,GATE] [ENV [APP]] reason"


def _read(line: Line, names: Names) -> Command | Misread:
    """Read the gates, then perhaps the place, then the reason: whatever follows."""
    found = _GATES.fullmatch(" ".join(line.words))
    if found is None:
        return line.misread(usage(SYNTAX))
    words = (found["rest"] or "").split()
    environment = words.pop(0) if words and words[0] in names.environments else ""
    application = words.pop(0) if words and words[0] in names.applications else ""
    if not words:
        return line.misread(reason_missing())
    gates = tuple(dict.fromkeys(re.split(r"\s*,\s*", found["gates"].lower())))
    return line.command(environment, application, reason=" ".join(words), gates=gates)


def _answer(context: ApplicationContext) -> tuple[Action, ...]:
    unknown = [gate for gate in context.command.gates if gate not in OVERRIDABLE]
    if unknown:
        return context.refuse(not_overridable(unknown))
    own = context.comment.promotion
    name = context.command.environment or (own[0] if own else "")
    if not name:
        return context.refuse(place_missing(context.policy.environments))
    if name not in context.policy.environments:
        return context.refuse_unknown(name)
    if own is not None and own != (name, context.application.name):
        return context.refuse(another_promotion(own, name, context.application.name))
    environment, choice = context.policy.environments[name], context.choices[name]
    kept = context.state.records.of(name).overrides.get(context.application.name, ())
    recorded = next((each for each in kept if each.comment == context.comment.database_id), None)
    if recorded is not None or context.is_recorded:
        return context.done(overridden(context.application, name, recorded, choice) if recorded else no_longer())
    return _refuse(context, environment) or _record(context, environment, choice)


COMMAND = ApplicationCommand(
    syntax=SYNTAX,
    summary="let these gates pass for one promotion: on a promotion's pull request, that one; elsewhere, the next one in ENV; "
    f"until the promotion ends, or for 24 hours. GATE: {listed(OVERRIDABLE)}",
    effect=Effect.CHANGE,
    right=Right.OVERRIDE,
    read=_read,
    answer=_answer,
)


def _refuse(context: ApplicationContext, environment: Environment) -> tuple[Action, ...]:
    """Refuse an author without the right, or a comment that the world has overtaken; else return nothing."""
    if context.only_watches(environment):
        return context.refuse(only_watched([environment.name]))
    return (
        context.refuse_unentitled(Right.OVERRIDE, environment)
        or context.refuse_changed(environment)
        or context.refuse_moved(environment)
        or context.refuse_unreadable(environment.name)
    )


def _record(context: ApplicationContext, environment: Environment, choice: Choice) -> tuple[Action, ...]:
    question, name = choice.question, environment.name
    promotion = context.state.environments[name].promotion
    if context.comment.promotion and (promotion is None or promotion.pull.number != context.comment.subject_number):
        return context.refuse(not_open(context.comment.subject_number))
    if question is None:
        return context.refuse(nothing_to_override(name, context.application))
    if promotion is not None and not question.version.is_same(promotion.version):
        return context.refuse(changing(name, promotion.version, question.version, context.command.line))
    requester = author_of(question.request) if question.request else None
    if APPROVALS in context.command.gates and requester is not None and context.author.may_be(requester):
        return context.refuse(own_approval(name))
    override = Override(
        gates=context.command.gates,
        before=Held.of(question.here.version) if question.here.version else None,
        after=Held.of(question.version),
        by=context.author.login,
        by_id=context.author.id,
        reason=context.command.reason,
        at=context.comment.created_at,
        comment=context.comment.database_id,
    )
    records = context.state.records.of(name)
    return context.record({name: records.with_override(context.application.name, override)})


def overridden(application: Application, environment: str, override: Override, choice: Choice) -> Answer:
    """Say what the override covers, until when, and what is left to wait for."""
    step = f"{shown(override.before.version)} → " if override.before else ""
    return Answer(
        f"Overridden for {code(application.name)} {step}{shown(override.after.version)} in {code(environment)}: "
        f"{listed(override.gates)}. The override ends with this promotion, at the latest at {moment(override.until)}.\n\n"
        f"{verdicts.headline_line(choice.verdicts)}"
    )


def not_overridable(named: Iterable[str]) -> Answer:
    """Say which gates can be overridden. named: those of the comment that cannot, or do not exist."""
    return Answer(f"{' and '.join(map(code, named))} can't be overridden. These gates can: {listed(OVERRIDABLE)}.")


def reason_missing() -> Answer:
    """Ask for the reason."""
    return Answer(f"Give a reason: {code(SYNTAX)}.")


def place_missing(known: Iterable[str]) -> Answer:
    """Ask for the environment."""
    return Answer(
        f"Say where: {code(SYNTAX)}, with one of {listed(known)}; or write it on the promotion's pull request."
    )


def another_promotion(own: tuple[str, str], environment: str, application: str) -> Answer:
    """Say that the comment stands on one promotion and names another."""
    return Answer(
        f"This pull request promotes {code(own[1])} to {code(own[0])}, but your comment names {code(application)} in "
        f"{code(environment)}. Write it on that promotion's pull request or on an issue. If that word belongs to the reason, "
        "start the reason with another word."
    )


def nothing_to_override(environment: str, application: Application) -> Answer:
    """Say that no version is on its way."""
    return Answer(f"Nothing to override: there is nothing newer for {code(application.name)} in {code(environment)}.")


def not_open(number: int) -> Answer:
    """Say that the pull request has ended."""
    return Answer(
        f"#{number} is no longer open. Write the command on the open promotion, or on an issue with ENV and APP."
    )


def changing(environment: str, carried: Version | None, coming: Version, line: str) -> Answer:
    """Say that nobody can tell which version was meant."""
    return Answer(
        f"Not carried out: the promotion to {code(environment)} is changing from {shown(carried)} to {shown(coming)} right "
        f"now.{again(line)}"
    )


def own_approval(environment: str) -> Answer:
    """Say that four eyes are needed."""
    return Answer(
        f"You requested this promotion to {code(environment)} yourself, so somebody else has to override its approval."
    )
