"""Finds versions in manifests, and changes them without touching another byte.

Pure: bytes in, places or bytes out. `locate` and `references` read, `render` writes. Each format is one file in
`formats/`. A file's content is parsed once: `Locator` remembers by blob id.
"""

from bot.manifests.blob import blob_id
from bot.manifests.choice import Chosen, choose
from bot.manifests.locate import Located, Locator, locate, locate_entry, references
from bot.manifests.splice import render

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
