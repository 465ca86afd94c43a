"""Trees and blobs: which files there are, and their exact bytes where the answer has them.

`Blob.text` is cut at 512,000 bytes, is null for what GitHub takes for binary, and is transcoded. Git's own id shows whether
it is the file: the id is the hash of `blob <length>\\0` and the bytes
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
    """The files below a folder. tree: the folder's object id. deeper: it has folders that the answer does not list."""

    tree: str
    files: tuple[ListedFile, ...]
    deeper: bool


@dataclass(slots=True)
class Harvest:
    """Blobs gathered from answers.

    blobs: id → exact bytes. missing: id → size in bytes, where the answer does not contain the bytes.
    unreadable: id → the reason why GitHub does not hand out the bytes.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def gather(self, texts: Iterable[Json]) -> None:
        """Add GraphQL `Blob` objects."""
        for text in texts:
            content = exact_bytes(text)
            if content is None:
                self.missing[text["oid"]] = text["byteSize"]
            else:
                self.blobs[text["oid"]] = content


def blob_id(content: bytes, *, digits: int = 40) -> str:
    """Return Git's id of a blob. digits: of the repository's ids in hexadecimal; 40 for SHA-1, 64 for SHA-256."""
    framed = b"blob %d\0" % len(content) + content
    if digits == 64:
        return hashlib.sha256(framed).hexdigest()
    return hashlib.sha1(framed, usedforsecurity=False).hexdigest()


def exact_bytes(text: Json) -> bytes | None:
    """Return the bytes of a GraphQL `Blob`; None where its text is not exactly the file."""
    if text["text"] is None or text["isTruncated"]:
        return None
    content = str(text["text"]).encode("utf-8", "surrogatepass")
    return content if blob_id(content, digits=len(text["oid"])) == text["oid"] else None


def listing(folder: str, tree: Json | None) -> Listing | None:
    """Parse a `Listing` or `ListingTexts`; None where there is no such folder. folder: its path, '' for the root."""
    if not tree or "entries" not in tree:
        return None
    files, deeper = [], False
    for path, entry in _walk(folder, tree):
        if entry["type"] == "blob":
            files.append(ListedFile(path, entry["oid"], entry["mode"]))
        deeper = deeper or (entry["type"] == "tree" and "entries" not in (entry.get("object") or {}))
    return Listing(tree["oid"], tuple(files), deeper)


def texts_of(tree: Json | None, wanted: Callable[[str], bool]) -> Iterator[Json]:
    """Yield the `Blob` objects of a `ListingTexts` whose path is wanted."""
    for path, entry in _walk("", tree or {}):
        content = entry.get("object") or {}
        if "text" in content and wanted(path):
            yield content


def rest_listing(folder: str, answer: Json) -> tuple[ListedFile, ...]:
    """Parse https://docs.github.com/en/rest/git/trees#get-a-tree. Its paths are relative to the tree."""
    return tuple(
        ListedFile(join(folder, entry["path"]), entry["sha"], int(entry["mode"], 8))
        for entry in answer["tree"]
        if entry["type"] == "blob"
    )


def rest_blob(identity: str, answer: Json) -> bytes | None:
    """Parse https://docs.github.com/en/rest/git/blobs#get-a-blob; None where the bytes do not match the id."""
    content = base64.b64decode(answer["content"])
    return content if blob_id(content, digits=len(identity)) == identity else None


def join(folder: str, name: str) -> str:
    """Return a path below a folder; the root is ''."""
    return f"{folder}/{name}" if folder else name


def _walk(folder: str, tree: Json) -> Iterator[tuple[str, Json]]:
    for entry in tree.get("entries") or ():
        path = join(folder, entry["name"])
        yield path, entry
        yield from _walk(path, entry.get("object") or {})
