"""`gitops-bot plan`: what the policy of a checkout reaches, and what the bot would do with it."""

from bot.cli.plan.command import add_commands

__all__ = ["add_commands"]
