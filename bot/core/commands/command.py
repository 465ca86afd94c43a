"""A command: how its line is read, and what every command's file defines.

`Line` is what a person wrote, `Command` what it means, `Misread` what to tell the author instead. `Definition` is the part of
a command's file that does not depend on where it is answered; the rest is in `context.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NewType

from bot.core.policy import Right

Answer = NewType("Answer", str)
"""The text of a reply, in Markdown. Each function that returns one has its row in docs/commands.md; a test compares them."""

EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was written. word: such as `promote`. line: the whole line.

    environment: `all`, a name, or '' where it was left out; application and version likewise. until: the words after `until`,
    not parsed yet, because their time zone is the environment's. gates: in lower case, each once, known or not. about_policy:
    a question about what the policy says, instead of what follows.
    """

    word: str
    line: str
    environment: str = ""
    application: str = ""
    version: str = ""
    until: str = ""
    reason: str = ""
    gates: tuple[str, ...] = ()
    about_policy: bool = False


@dataclass(frozen=True, slots=True)
class Misread:
    """A line that looks like a command and is not one. advice: what to write instead."""

    line: str
    advice: Answer


@dataclass(frozen=True, slots=True)
class Names:
    """The policy's environments and applications, which tell a place from a reason."""

    environments: frozenset[str]
    applications: frozenset[str]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that starts with a command. words: what follows the command. syntax: as in Definition."""

    text: str
    word: str
    words: tuple[str, ...]
    syntax: str

    def command(
        self,
        environment: str = "",
        application: str = "",
        *,
        version: str = "",
        until: str = "",
        reason: str = "",
        gates: tuple[str, ...] = (),
    ) -> Command:
        """Return the command that this line gives."""
        return Command(self.word, self.text, environment, application, version, until, reason, gates)

    def misread(self, advice: Answer) -> Misread:
        """Return the advice to give instead."""
        return Misread(self.text, advice)


class Effect(Enum):
    """What a command does: ask a question, stop something, or change anything else.

    A question waits until the commands of the same pass are answered. A stop has no time limit.
    """

    ASK = "ask"
    STOP = "stop"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Definition:
    """One command. syntax: as people write it, starting with its word. summary: its line in `/help`.

    right: who may give it, as a key of the policy's `permissions`; None where everybody may. read: make a command of its line.
    """

    syntax: str
    summary: str
    effect: Effect
    right: Right | None
    read: Callable[[Line, Names], Command | Misread]

    @property
    def word(self) -> str:
        """Return the word without its slash, such as `promote`."""
        return self.syntax.split()[0].removeprefix("/")
