"""`/refresh`: look at GitHub and the registries again, and answer as `/why` does.

Every pass looks afresh, so that the comment itself, which makes the application due, is all that is needed.
"""

from bot.core.commands import why
from bot.core.commands.command import Effect
from bot.core.commands.context import ApplicationCommand
from bot.core.commands.shared.grammar import read_place

COMMAND = ApplicationCommand(
    syntax="/refresh [ENV [APP]]",
    summary="look at GitHub and the registries again at once, and answer as `/why`",
    effect=Effect.ASK,
    right=None,
    read=read_place,
    answer=why.answer,
)
