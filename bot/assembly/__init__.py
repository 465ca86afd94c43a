"""Builds the State from what GitHub and the registries returned and what the files contain.

It decides nothing and requests nothing. If it needs the bytes of a blob that has not been read, it adds the blob's id
to the `Known` that comes with the State, and the pass looks again.
"""

from bot.assembly.files import Files
from bot.assembly.rendering import render_actions, render_edits, with_refusals
from bot.assembly.state import Assembled, FromRegistries, assemble

__all__ = [
    "Assembled",
    "Files",
    "FromRegistries",
    "assemble",
    "render_actions",
    "render_edits",
    "with_refusals",
]
