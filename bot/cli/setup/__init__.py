"""`gitops-bot setup`: create the GitHub App in a browser, and keep its secrets."""

from bot.cli.setup.command import add_commands

__all__ = ["add_commands"]
