"""What each command does and which right it needs, as docs/commands.md promises it."""

from bot.core.commands import COMMANDS
from bot.core.commands.command import Effect
from bot.core.policy.permissions import Right


def test_every_command_has_its_effect_and_right() -> None:
    assert {each.word: (each.effect, each.right) for each in COMMANDS} == {
        "promote": (Effect.CHANGE, Right.PROMOTE),
        "rollback": (Effect.CHANGE, Right.ROLLBACK),
        "hold": (Effect.STOP, Right.HOLD),
        "unhold": (Effect.CHANGE, Right.UNHOLD),
        "reject": (Effect.STOP, Right.REJECT),
        "unreject": (Effect.CHANGE, Right.UNREJECT),
        "override": (Effect.CHANGE, Right.OVERRIDE),
        "why": (Effect.ASK, None),
        "refresh": (Effect.ASK, None),
        "help": (Effect.ASK, None),
    }
