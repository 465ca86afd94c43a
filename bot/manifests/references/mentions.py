"""Tells whether bytes can concern an image at all, before anything is parsed.

Most blobs of a repository name none of the images in question, and searching bytes is a hundred times faster than
composing YAML.
"""

import re
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import AnyStr

from bot.core.values.images import MAX_REFERENCE, ImageError, Reference

_WORD = re.compile(rb"[a-z0-9._-]+")

_INSIDE = frozenset(bytes([byte]) for byte in b"abcdefghijklmnopqrstuvwxyz0123456789._-")
"""What a word of a name goes on with."""

_MAX_LOOKED_AT = 10_000

_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")

_BEFORE = re.compile(rb"[A-Za-z0-9.:/\[\]_-]*$")

_BEHIND = re.compile(rb"(?::[A-Za-z0-9_.-]+)?(?:@[a-z0-9]+:[a-f0-9]+)?")

# The keys before a name that is written without its version.
_IMAGE_KEY = re.compile(rb"(?:image|newName|repository|newTag)[\"']?[ \t]*:", re.IGNORECASE)

_NAMING_KEY = re.compile(rb"(?:image|newName|repository)[\"']?[ \t]*:[ \t]*[\"']?$", re.IGNORECASE)


def last_segments(images: Iterable[str]) -> frozenset[str]:
    """Return what every spelling of one of these names ends with."""
    return frozenset(image.rpartition("/")[2] for image in images)


def words_in(content: bytes, words: frozenset[bytes]) -> frozenset[bytes]:
    """Return which last segments are in the content, as whole words.

    The same as `may_mention` for each image, in one search, however many images there are.
    """
    return words.intersection(_WORD.findall(_plain(content)))


def whole_words(text: AnyStr, word: AnyStr, inside: Container[AnyStr]) -> Iterator[int]:
    """Yield where a word stands in a text by itself: nothing before it and behind it is one of the characters inside words.

    A pattern for each of a thousand names takes longer to compile than all files take to search.
    """
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if text[max(0, start - 1) : start] not in inside and text[end : end + 1] not in inside:
            yield start
        start = text.find(word, start + 1)


def may_mention(content: bytes, images: frozenset[str]) -> bool:
    """Report whether one of these names can be in the content, in any spelling; False is certain."""
    text = _plain(content)
    return any(True for word in _words(images) for _ in whole_words(text, word, _INSIDE))


def _plain(content: bytes) -> bytes:
    """Return the content without the zeros of UTF-16, which is refused later, with a reason, if it says one of the names."""
    return content.replace(b"\0", b"") if content.startswith(_WIDE_BOMS) or b"\0" in content[:4] else content


def may_hold_any(content: bytes) -> bool:
    """Report whether content that cannot be parsed has a key that holds images."""
    return _IMAGE_KEY.search(content.replace(b"\0", b"")) is not None


def mentions(content: bytes, images: frozenset[str]) -> bool:
    """Report whether content that cannot be parsed names one of the images where a version can be meant.

    Looks at so many words at most; a file that says a name more often is about it.
    """
    text = content.replace(b"\0", b"")
    for number, match in enumerate(islice(_pattern(images).finditer(text), _MAX_LOOKED_AT + 1)):
        if number == _MAX_LOOKED_AT or _is_meant(text, match, images):
            return True
    return False


@lru_cache(maxsize=4096)
def _words(images: frozenset[str]) -> tuple[bytes, ...]:
    """The last segments of the names: every spelling of a name ends with its last segment."""
    return tuple(sorted(word.encode() for word in last_segments(images)))


@lru_cache(maxsize=4096)
def _pattern(images: frozenset[str]) -> re.Pattern[bytes]:
    """The same as whole words."""
    return re.compile(rb"(?<![a-z0-9._-])(?:%s)(?![a-z0-9._-])" % b"|".join(map(re.escape, _words(images))))


def _is_meant(text: bytes, match: re.Match[bytes], images: frozenset[str]) -> bool:
    before = text[max(0, match.start() - MAX_REFERENCE) : match.start()]
    head = _BEFORE.search(before)
    tail = _BEHIND.match(text, match.end())
    written = (head[0] if head else b"") + match[0] + (tail[0] if tail else b"")
    try:
        reference = Reference.parse(written.decode("ascii"))
    except ImageError:
        return False
    is_known = str(reference.name) in images or any(image.endswith(f"/{reference.spelling}") for image in images)
    is_versioned = reference.tag is not None or reference.digest is not None
    return is_known and (
        is_versioned or _NAMING_KEY.search(before[: len(before) - len(head[0] if head else b"")]) is not None
    )
