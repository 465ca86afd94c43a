"""Requests to GitHub: one client for the whole bot, over the shared aiohttp session."""

from bot.github.client.addresses import PUBLIC_API, Roots, below, roots
from bot.github.client.breakers import FIRST_PAUSE, LONGEST_PAUSE, TOLERATED, Breakers
from bot.github.client.client import TIMEOUT, Client, Credential
from bot.github.client.pacing import Shared, carrying_out

__all__ = [
    "FIRST_PAUSE",
    "LONGEST_PAUSE",
    "PUBLIC_API",
    "TIMEOUT",
    "TOLERATED",
    "Breakers",
    "Client",
    "Credential",
    "Roots",
    "Shared",
    "below",
    "carrying_out",
    "roots",
]
