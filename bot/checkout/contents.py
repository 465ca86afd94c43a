"""What the files of a checkout say about images: each content is read once, ever.

The names of images are searched for first. Only what has one of them, or may refer to another image, is parsed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from bot.assembly import Files
from bot.checkout.planned import PlannedApplication
from bot.checkout.remembered import Remembered
from bot.checkout.tree import EXECUTABLE, LARGEST, REGULAR, Tree
from bot.core.observation.files import ListedFile
from bot.core.values.editable import files as editable
from bot.manifests import Locator, blob_id, may_hold_any, words_in

MOST_REFERENCES = 1_000_000
"""More than 50,000 files have, so that nothing is parsed twice."""

Step = Callable[[int, int], None]
"""Receives the number of files read so far, and the total."""


@dataclass
class Contents:
    """The contents of a checkout. named: blob id → the last segments of images that it has.

    manifests: the files in which the bot looks for references. paths: where a blob stands.
    """

    tree: Tree
    files: Files
    locator: Locator
    named: dict[str, frozenset[str]] = field(default_factory=dict)
    manifests: dict[str, ListedFile] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    def naming(self, words: Iterable[str]) -> Iterable[ListedFile]:
        """Return the manifests that have one of these last segments, by path."""
        found = {file.path: file for word in words for file in self._naming.get(word, ())}
        return (found[path] for path in sorted(found))

    @cached_property
    def _naming(self) -> dict[str, list[ListedFile]]:
        files: dict[str, list[ListedFile]] = {}
        for file in self.manifests.values():
            for word in self.named.get(file.blob_id, ()):
                files.setdefault(word, []).append(file)
        return files

    def load(self, blobs: Iterable[str]) -> None:
        """Have the bytes of these blobs ready. A file that was changed meanwhile stays unread."""
        for blob in blobs:
            if self.files.content(blob) is None and blob in self.paths:
                self.files.remember({blob: self.tree.content(self.paths[blob])})

    def to_remember(self, words: frozenset[str], applications: Mapping[str, PlannedApplication]) -> Remembered:
        """Return what the next run need not read again. applications: what was planned."""
        return Remembered(words, self.named, self.locator.memory(self.named), applications)


def read_contents(tree: Tree, words: frozenset[str], remembered: Remembered, step: Step) -> Contents:
    """Read what is not remembered. words: the last segments of the names of every application's images."""
    locator = Locator(size=MOST_REFERENCES)
    locator.learn(remembered.memory)
    contents = Contents(tree, Files(locator), locator)
    searched = remembered.named if words == remembered.words else {}
    listed = [file for file in tree.files.values() if is_manifest(file)]
    sought = frozenset(word.encode() for word in words)
    corrected: dict[str, ListedFile] = {}
    for number, file in enumerate(listed):
        if file.blob_id in searched:
            contents.named[file.blob_id] = searched[file.blob_id]
        elif file.blob_id not in contents.named:
            blob = _read(file, sought, contents)
            if blob != file.blob_id:
                corrected[file.path] = replace(file, blob_id=blob)
        step(number + 1, len(listed))
    contents.tree = replace(tree, files={**tree.files, **corrected})
    contents.manifests = {file.path: corrected.get(file.path, file) for file in listed}
    contents.paths = {file.blob_id: path for path, file in contents.tree.files.items()}
    return contents


def is_manifest(file: ListedFile) -> bool:
    """Report whether the bot looks for references in this file."""
    return (
        file.mode in (REGULAR, EXECUTABLE) and editable.is_manifest(file.path) and not editable.is_protected(file.path)
    )


def _read(file: ListedFile, words: frozenset[bytes], contents: Contents) -> str:
    """Read one file, and return its blob id, which is another than git's where git converts the file on checkout."""
    content = contents.tree.content(file.path)
    if len(content) > LARGEST:
        content = b""
    blob = blob_id(content)
    found = words_in(content, words)
    contents.named[blob] = frozenset(word.decode() for word in found)
    if found:
        contents.files.remember({blob: content})
    if found or may_hold_any(content):
        contents.locator.findings(blob, content)
    return blob
