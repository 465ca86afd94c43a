"""Answers the comments that concern no single application, and those that nobody else can answer.

While the policy has errors, its places are unknown. Each command says whether it still works;
whatever an application's pass would answer has to wait.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.core.commands import BY_WORD, COMMANDS
from bot.core.commands.command import EVERYTHING, Command, Effect, Misread
from bot.core.commands.context import RepositoryCommand, RepositoryContext, reply
from bot.core.commands.conversation.unanswered import addressed, unanswered
from bot.core.commands.shared.answers import unknown_application, unknown_environment
from bot.core.commands.shared.last_pass import NOTHING_BEFORE, LastPass
from bot.core.commands.shared.limits import has_enough
from bot.core.commands.shared.overview import overview
from bot.core.commands.shared.ration import Share, has_role
from bot.core.observation.comments import Comment
from bot.core.observation.sweep import Sweep
from bot.core.plan import Action, Reaction
from bot.core.policy import Policy
from bot.core.records.branch import Records
from bot.core.values.errors import Problem

NO_POLICY = Policy()
"""Stands for a policy that cannot be followed: there are no environments and no applications."""


def answers(
    sweep: Sweep,
    policy: Policy,
    records: Records,
    now: datetime,
    *,
    problems: tuple[Problem, ...] = (),
    last: LastPass = NOTHING_BEFORE,
) -> tuple[Action, ...]:
    """Return what follows from the comments. At most one of them changes the records in a pass.

    problems: why the policy cannot be followed, and is NO_POLICY.
    """
    actions, share = list[Action](), Share(last.ration, sweep.people, now)
    for comment, read in _ours(sweep, policy, now):
        if isinstance(read, Misread):
            said = reply(comment, read.line, read.advice, Reaction.REFUSED)
        else:
            context = RepositoryContext(
                policy, now, comment, read, sweep, records, problems, COMMANDS, last.unrecorded, last.rows
            )
            said = _answer(context)
        actions.extend(share.of(comment, said))
        if has_enough(actions):
            break
    return tuple(actions)


def _answer(context: RepositoryContext) -> tuple[Action, ...]:
    command = BY_WORD[context.command.word]
    if isinstance(command, RepositoryCommand):
        recorded = context.records.handled(context.comment.database_id)
        return context.refuse_edited(command.effect, recorded=recorded) or command.answer(context)
    if command.effect is Effect.ASK and not context.command.application and not context.problems:
        return _overview(context)
    unknown = unknown_application(context.command.application, context.policy)
    return context.refuse_broken_policy() or context.refuse(unknown)


def _overview(context: RepositoryContext) -> tuple[Action, ...]:
    """Answer a question about no single application."""
    environment = context.command.environment
    if environment not in ("", EVERYTHING, *context.policy.environments):
        return context.refuse(unknown_environment(environment, context.policy))
    return context.done(overview(context.policy, context.rows, environment))


def _ours(sweep: Sweep, policy: Policy, now: datetime) -> Iterator[tuple[Comment, Command | Misread]]:
    """Yield the comments that no application's pass answers; those of people with a role come first.

    A hold may wait behind others' comments: what it holds or lifts goes by its own time.
    """

    for comment in sorted(unanswered(sweep.comments, now), key=lambda each: not has_role(each, sweep.people)):
        application, read = addressed(policy, comment)
        if application is None and read is not None:
            yield comment, read
