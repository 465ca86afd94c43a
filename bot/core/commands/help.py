"""`/help`: list the commands, and where its author may give them."""

from collections.abc import Mapping, Sequence

from bot.core.commands.command import Answer, Definition, Effect
from bot.core.commands.context import RepositoryCommand, RepositoryContext, implied_application
from bot.core.commands.shared.grammar import read_nothing
from bot.core.gates.hold import LABEL
from bot.core.people.rights import who_may
from bot.core.plan import Action
from bot.core.policy import Right
from bot.core.values.text import cell, code


def _answer(context: RepositoryContext) -> tuple[Action, ...]:
    return context.done(help_page(context.commands, _rights(context)))


COMMAND = RepositoryCommand(
    syntax="/help",
    summary="list these commands",
    effect=Effect.ASK,
    right=None,
    read=read_nothing,
    answer=_answer,
)


def _rights(context: RepositoryContext) -> Mapping[Right, str]:
    """Return where the author has each right, in words; nothing unless one application is meant, because owners differ."""
    policy = context.policy
    application = policy.applications.get(implied_application(policy, context.comment))
    if application is None:
        return {}
    found = {}
    for right in Right:
        places = [
            name
            for name, environment in policy.environments.items()
            if who_may(right, environment.permissions, application.owners).holds(context.author.login, context.sweep)
        ]
        found[right] = _places(places, len(policy.environments))
    return {**found, Right.UNHOLD: f"your own; others: {found[Right.UNHOLD]}"}


def _places(places: list[str], of: int) -> str:
    if len(places) == of:
        return "everywhere"
    return ", ".join(map(code, places)) or "nowhere"


def help_page(commands: Sequence[Definition], rights: Mapping[Right, str]) -> Answer:
    """List the commands. rights: where the reader may give each; empty to leave that column out."""
    rows = [
        ["command", "what it does"],
        ["---", "---"],
        *([cell(code(each.syntax)), each.summary] for each in commands),
    ]
    if rights:
        column = ["where you can", "---", *(rights[each.right] if each.right else "everywhere" for each in commands)]
        rows = [[*row, last] for row, last in zip(rows, column, strict=True)]
    return Answer(
        "\n".join(
            [
                "Write one command on a line of its own in a new comment on any issue or pull request of this repository.",
                "On a promotion's pull request, you can leave out the application.",
                f"The label {code(LABEL)} on any open issue holds everything; on a promotion's pull request, that promotion.",
                "",
                *(f"| {' | '.join(row)} |" for row in rows),
            ]
        )
    )
