"""Values that people name by a pattern, in any text file: what the pattern's group finds is the version of an image.

The file is not parsed. Every match is a reference of its own, and all of them move together. Like an entry, a match is
trusted before anything that a format says about the same bytes.
"""

import re
from collections.abc import Iterator

from bot.core.values.editable.value_patterns import Found, ValuePatternError, find_values
from bot.core.values.images import ImageName, is_digest
from bot.core.values.places import TEXT, Scalar
from bot.manifests.parsing.tree import Style
from bot.manifests.problems import Problem, unreadable
from bot.manifests.references.sightings import SAYS, Kind, Part, Said, Sighting, reference_to

NAME = "pattern"

LONGEST_SHOWN = 100

_LINE_END = re.compile(r"\r\n|\r|\n")


def find_matches(content: bytes, pattern: str, image: ImageName) -> tuple[Sighting, ...]:
    """Return every value that the pattern finds. Raises `Unreadable` where it finds none, or cannot be looked for."""
    try:
        text = content.decode("utf-8")
        found = list(find_values(pattern, content))
    except UnicodeDecodeError as error:
        raise unreadable(
            seen=f"byte 0x{content[error.start]:02x}", reason="the file is not UTF-8", advice="save the file as UTF-8"
        ) from error
    except ValuePatternError as error:
        raise unreadable(seen=pattern, reason=str(error), advice="correct `edit` in the policy") from error
    if not found:
        raise unreadable(
            seen=pattern,
            reason="the pattern finds nothing in this file",
            advice="correct the pattern, or add the value to the file",
        )
    return tuple(_sighting(scalar, text, image) for scalar in _scalars(content, text, found, pattern))


def _scalars(content: bytes, text: str, found: list[Found], pattern: str) -> Iterator[Scalar]:
    """Yield where each value stands, in code points and lines."""
    seen = position = 0
    line = 1
    for number, each in enumerate(found):
        start = position + len(content[seen : each.start].decode("utf-8"))
        end = start + len(content[each.start : each.end].decode("utf-8"))
        line += len(_LINE_END.findall(text, position, end))
        yield Scalar(TEXT, (pattern, number), line, start, end)
        seen, position = each.end, end


def _sighting(scalar: Scalar, text: str, image: ImageName) -> Sighting:
    value = text[scalar.start : scalar.end]
    kind, said = _read(value, image)
    problem = None if said is not None else _no_version(scalar, value)
    said = said or Said()
    part = Part(scalar, kind, scalar.start, Style.PLAIN, False, said.prefix, said.tag, said.digest)
    return Sighting(
        found_by=NAME,
        names=(image,),
        repository=None,
        tag=said.tag,
        digest=said.digest,
        parts=() if problem else (part,),
        problem=problem,
        claims=frozenset({scalar.start}),
    )


def _read(value: str, image: ImageName) -> tuple[Kind, Said | None]:
    """Return what a value says by its look: a digest, a whole reference, a chart's version, or a tag."""
    if is_digest(value):
        return Kind.DIGEST, Said(digest=value)
    reference = reference_to(value, image)
    if reference is not None:
        return Kind.VERSION, Said(reference.spelling, reference.tag, reference.digest)
    kind = Kind.CHART_VERSION if "+" in value else Kind.VERSION
    return kind, SAYS[kind](value)


def _no_version(scalar: Scalar, value: str) -> Problem:
    return Problem(
        line=scalar.line,
        seen=value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}...",
        reason="what the pattern's group finds is not a tag, digest or image",
        advice=r"make the group more specific, as in `version=(\S+)`",
    )
