"""Joins what GitHub and the registries were seen to say with what stands in the files: the State.

Nothing is decided here and nothing is asked. Where an answer needs bytes that nobody has read yet, their blob ids go into
the `Known` that comes with the State, and the pass looks again.
"""

from bot.assembly.files import Files
from bot.assembly.rendering import render_actions, with_refusals
from bot.assembly.state import Assembled, FromRegistries, assemble

__all__ = [
    "Assembled",
    "Files",
    "FromRegistries",
    "assemble",
    "render_actions",
    "with_refusals",
]
