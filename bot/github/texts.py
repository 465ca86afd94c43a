"""Trees and blobs as GraphQL gives them: which files there are, and their exact bytes where the answer has them.

`Blob.text` is cut at 512,000 bytes, is null for what GitHub takes for binary, and is transcoded. Git's own id tells
whether it is the file: it is the hash of `blob <length>\\0` and the bytes
(https://git-scm.com/book/en/v2/Git-Internals-Git-Objects).
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from bot.core.observation.files import ListedFile
from bot.github.errors import Json

REGULAR_FILE = 0o100644


@dataclass(frozen=True, slots=True)
class Listing:
    """The files below a folder. deeper: there are folders further down that the answer does not list. tree: its object id."""

    tree: str
    files: tuple[ListedFile, ...]
    deeper: bool


@dataclass(slots=True)
class Harvest:
    """Blobs gathered from an answer.

    blobs: exact bytes by id. missing: ids whose bytes the answer does not have, with their sizes in bytes.
    unreadable: ids whose bytes cannot be had at all, with the reason.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def gather(self, texts: Iterable[Json]) -> None:
        """Take in GraphQL `Blob` objects."""
        for text in texts:
            content = exact_bytes(text)
            if content is None:
                self.missing[text["oid"]] = text["byteSize"]
            else:
                self.blobs[text["oid"]] = content


def blob_id(content: bytes, *, digits: int = 40) -> str:
    """Git's id of a blob, in a repository whose ids have this many hexadecimal digits: SHA-1, or SHA-256 for 64."""
    framed = b"blob %d\0" % len(content) + content
    if digits == 64:
        return hashlib.sha256(framed).hexdigest()
    return hashlib.sha1(framed, usedforsecurity=False).hexdigest()


def exact_bytes(text: Json) -> bytes | None:
    """The bytes of a GraphQL `Blob`; None where its text is not exactly the file."""
    if text["text"] is None or text["isTruncated"]:
        return None
    content = str(text["text"]).encode("utf-8", "surrogatepass")
    return content if blob_id(content, digits=len(text["oid"])) == text["oid"] else None


def listing(folder: str, tree: Json | None) -> Listing | None:
    """Read a `Listing` or `ListingTexts` fragment. folder: its path, '' for the root. None where there is no such folder."""
    if not tree or "entries" not in tree:
        return None
    files, deeper = [], False
    for path, entry in _walk(folder, tree):
        if entry["type"] == "blob":
            files.append(ListedFile(path, entry["oid"], entry["mode"]))
        deeper = deeper or (entry["type"] == "tree" and "entries" not in (entry.get("object") or {}))
    return Listing(tree["oid"], tuple(files), deeper)


def texts_of(tree: Json | None, wanted: Callable[[str], bool]) -> Iterator[Json]:
    """The `Blob` objects inside a `ListingTexts` fragment, of the names that are wanted."""
    for path, entry in _walk("", tree or {}):
        content = entry.get("object") or {}
        if "text" in content and wanted(path):
            yield content


def rest_listing(folder: str, answer: Json) -> tuple[ListedFile, ...]:
    """Read https://docs.github.com/en/rest/git/trees#get-a-tree, recursive: paths there are relative to the tree."""
    return tuple(
        ListedFile(join(folder, entry["path"]), entry["sha"], int(entry["mode"], 8))
        for entry in answer["tree"]
        if entry["type"] == "blob"
    )


def rest_blob(identity: str, answer: Json) -> bytes | None:
    """Read https://docs.github.com/en/rest/git/blobs#get-a-blob; None where the bytes are not those of this id."""
    content = base64.b64decode(answer["content"])
    return content if blob_id(content, digits=len(identity)) == identity else None


def join(folder: str, name: str) -> str:
    """A path below a folder; the root is ''."""
    return f"{folder}/{name}" if folder else name


def _walk(folder: str, tree: Json) -> Iterator[tuple[str, Json]]:
    for entry in tree.get("entries") or ():
        path = join(folder, entry["name"])
        yield path, entry
        yield from _walk(path, entry.get("object") or {})
