"""Answers the comments that one application's pass has to answer."""

from collections.abc import Mapping
from datetime import datetime

from bot.core.commands import BY_WORD
from bot.core.commands.command import Command, Effect
from bot.core.commands.context import LATEST, ApplicationCommand, ApplicationContext
from bot.core.commands.conversation.unanswered import addressed, unanswered
from bot.core.commands.shared.last_pass import NOTHING_BEFORE, LastPass
from bot.core.commands.shared.limits import has_enough
from bot.core.commands.shared.ration import Share, has_role
from bot.core.plan import Action
from bot.core.policy import Policy
from bot.core.selection.candidates import Choice
from bot.core.state import State


def is_unheard(policy: Policy, state: State, now: datetime) -> bool:
    """Return whether a new command cannot be answered: its conversation is locked, and there is no dashboard to answer on."""
    return any(
        comment.answer_at is None and now - comment.created_at < LATEST and addressed(policy, comment)[1] is not None
        for comment in unanswered(state.comments, now)
    )


def answers(
    policy: Policy, state: State, choices: Mapping[str, Choice], now: datetime, *, last: LastPass = NOTHING_BEFORE
) -> tuple[Action, ...]:
    """Return what follows from the comments. At most one of them changes the records in a pass.

    Questions come last, so that many of them keep no command waiting, and people without a role come after those with one.
    """
    ours = [
        (comment, read, command)
        for comment in unanswered(state.comments, now)
        for application, read in [addressed(policy, comment)]
        if application == state.application and isinstance(read, Command)
        if isinstance(command := BY_WORD[read.word], ApplicationCommand)
    ]
    ours.sort(key=lambda each: (not has_role(each[0], state.people), each[2].effect is Effect.ASK))
    actions, share = list[Action](), Share(last.ration, state.people, now)
    for position, (comment, read, command) in enumerate(ours):
        is_last = all(later.environment != read.environment for _, later, _ in ours[position + 1 :])
        context = ApplicationContext(policy, now, comment, read, state, choices, is_last)
        refused = context.refuse_edited(command.effect, recorded=context.is_recorded)
        actions.extend(share.of(comment, refused or command.answer(context)))
        if has_enough(actions):
            break
    return tuple(actions)
