"""Finds versions in manifests, and changes them without touching another byte.

Pure: bytes in, places or bytes out. `locate` and `references` read, `render` writes. Each format is one file in
`formats/`. A file's content is parsed once: `Locator` remembers by blob id.
"""

from bot.manifests.blob import blob_id
from bot.manifests.editing.choice import Chosen, choose
from bot.manifests.editing.splice import render
from bot.manifests.locate import Located, Locator, locate, locate_entry, references

__all__ = [
    "Chosen",
    "Located",
    "Locator",
    "blob_id",
    "choose",
    "locate",
    "locate_entry",
    "references",
    "render",
]
