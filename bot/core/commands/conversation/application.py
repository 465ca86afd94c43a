"""Answers the comments that one application's pass has to answer."""

from collections.abc import Mapping
from datetime import datetime

from bot.core.commands import BY_WORD
from bot.core.commands.command import Command, Effect
from bot.core.commands.context import ApplicationCommand, ApplicationContext
from bot.core.commands.conversation.unanswered import addressed, unanswered
from bot.core.commands.shared.limits import has_enough
from bot.core.plan import Action
from bot.core.policy import Policy
from bot.core.selection.candidates import Choice
from bot.core.state import State


def answers(policy: Policy, state: State, choices: Mapping[str, Choice], now: datetime) -> tuple[Action, ...]:
    """Return what follows from the comments. At most one of them changes the records in a pass.

    Questions come last, so that many of them keep no command waiting.
    """
    ours = [
        (comment, read, command)
        for comment in unanswered(state.comments, now)
        for application, read in [addressed(policy, comment)]
        if application == state.application and isinstance(read, Command)
        if isinstance(command := BY_WORD[read.word], ApplicationCommand)
    ]
    ours.sort(key=lambda each: each[2].effect is Effect.ASK)
    actions: list[Action] = []
    for position, (comment, read, command) in enumerate(ours):
        is_last = all(later.environment != read.environment for _, later, _ in ours[position + 1 :])
        context = ApplicationContext(policy, now, comment, read, state, choices, is_last)
        refused = context.refuse_edited(command.effect, recorded=context.is_recorded)
        actions.extend(refused or command.answer(context))
        if has_enough(actions):
            break
    return tuple(actions)
