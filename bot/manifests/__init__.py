"""Finds versions in manifests, and changes them without touching another byte.

Pure: bytes in, places or bytes out. `locate` and `references` read, `render` writes. Each format is one file in
`formats/`. A file's content is parsed once: `Locator` remembers by blob id.
"""

from bot.manifests.blob import blob_id
from bot.manifests.claimed import at_entries, found_at, overlap
from bot.manifests.editing.choice import Chosen, choose
from bot.manifests.editing.splice import render
from bot.manifests.joined import joined
from bot.manifests.locate import Located, Locator, Memory, locate, locate_entry, locate_pattern, references
from bot.manifests.references.mentions import last_segments, may_hold_any, words_in
from bot.manifests.references.sightings import Sighting

__all__ = [
    "Chosen",
    "Located",
    "Locator",
    "Memory",
    "Sighting",
    "at_entries",
    "blob_id",
    "choose",
    "found_at",
    "joined",
    "last_segments",
    "locate",
    "locate_entry",
    "locate_pattern",
    "may_hold_any",
    "overlap",
    "references",
    "render",
    "words_in",
]
