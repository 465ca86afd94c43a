"""Answering `/override`: gates that do not count for one step of one application in one environment.

On the pull request of a promotion it means that one, and no other; elsewhere the environment has to be named, and what is
meant is the version that comes there next, with or without a pull request. Records and replies name both versions.
"""

from bot.core.commands import replies
from bot.core.commands.heard import Heard
from bot.core.gates import OVERRIDABLE
from bot.core.history.overrides import APPROVALS
from bot.core.plan import Action
from bot.core.policy import Environment
from bot.core.records.entries import Held, Override
from bot.core.selection.candidates import Choice


def respond(heard: Heard) -> tuple[Action, ...]:
    """Answer, or do the first half of it."""
    unknown = [gate for gate in heard.command.gates if gate not in OVERRIDABLE]
    if unknown:
        return heard.refuse(replies.not_overridable(unknown, OVERRIDABLE))
    own = heard.comment.promotion
    name = heard.command.environment or (own[0] if own else "")
    if not name:
        return heard.refuse(replies.where_to_override(tuple(heard.policy.environments)))
    if name not in heard.policy.environments:
        return heard.refuse_unknown(name)
    if own is not None and own != (name, heard.application.name):
        return heard.refuse(replies.another_promotion(own, name, heard.application.name))
    environment, choice = heard.policy.environments[name], heard.choices[name]
    kept = heard.state.records.of(name).overrides.get(heard.application.name, ())
    override = next((each for each in kept if each.comment == heard.comment.database_id), None)
    if override is not None:
        return heard.done(replies.overridden(heard.application, name, override, choice))
    return _refuse(heard, environment) or _record(heard, environment, choice)


def _refuse(heard: Heard, environment: Environment) -> tuple[Action, ...]:
    """Nothing, where whoever wrote it may, and in time."""
    if heard.only_watches(environment):
        return heard.refuse(replies.only_watched(environment.name))
    return (
        heard.refuse_unentitled(environment)
        or heard.refuse_changed(environment)
        or heard.refuse_moved(environment)
        or heard.refuse_unreadable(environment.name)
    )


def _record(heard: Heard, environment: Environment, choice: Choice) -> tuple[Action, ...]:
    question, line = choice.question, heard.command.line
    promotion = heard.state.environments[environment.name].promotion
    if heard.comment.promotion and (promotion is None or promotion.pull.number != heard.comment.subject_number):
        return heard.refuse(replies.not_open(heard.comment.subject_number))
    if question is None:
        return heard.refuse(replies.nothing_to_override(environment.name, heard.application))
    if promotion is not None and not question.version.is_same(promotion.version):
        return heard.refuse(replies.on_the_move(environment.name, promotion.version, question.version, line))
    requester = question.request.by if question.request else ""
    if APPROVALS in heard.command.gates and heard.author.lower() == requester.lower():
        return heard.refuse(replies.own_approval(environment.name))
    override = Override(
        gates=heard.command.gates,
        before=Held.of(question.here.version) if question.here.version else None,
        after=Held.of(question.version),
        by=heard.author,
        reason=heard.command.reason,
        at=heard.comment.created_at,
        comment=heard.comment.database_id,
    )
    records = heard.state.records.of(environment.name)
    return heard.record({environment.name: records.with_override(heard.application.name, override)})
