"""`gitops-bot init`: a first policy for a checkout, or one more application in the policy that it has."""

from bot.cli.init.command import add_commands

__all__ = ["add_commands"]
