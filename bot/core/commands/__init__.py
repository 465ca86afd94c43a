"""What did people say, may they, and what follows?

One file for each command: how its words are read, its right, its effect, its own answers and its line in `/help`. Answers of
several commands are in `shared/`. docs/architecture.md says what a new command needs.
"""

from bot.core.commands import help as help_
from bot.core.commands import hold, override, promote, refresh, reject, rollback, unhold, unreject, why
from bot.core.commands.context import ApplicationCommand, RepositoryCommand

COMMANDS: tuple[ApplicationCommand | RepositoryCommand, ...] = (
    promote.COMMAND,
    rollback.COMMAND,
    hold.COMMAND,
    unhold.COMMAND,
    reject.COMMAND,
    unreject.COMMAND,
    override.COMMAND,
    why.COMMAND,
    refresh.COMMAND,
    help_.COMMAND,
)
BY_WORD = {command.word: command for command in COMMANDS}
