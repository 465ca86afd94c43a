"""`gitops-bot doctor`: what keeps the bot from working, and what to do about it."""

from bot.cli.doctor.command import add_commands

__all__ = ["add_commands"]
