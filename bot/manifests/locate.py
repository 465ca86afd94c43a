"""From bytes to the places of images, and the memory of what was found in which blob."""

import posixpath
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from cachetools import LRUCache

from bot.core.values.editable.key_paths import parse_key_path
from bot.core.values.editable.value_patterns import parse_value_pattern
from bot.core.values.images import ImageName
from bot.core.values.places import Mention, Override, Place, Refusal
from bot.manifests.asides import asides, unread
from bot.manifests.blob import blob_id
from bot.manifests.findings import Findings, examine
from bot.manifests.parsing.tree import read
from bot.manifests.problems import Problem, Unreadable
from bot.manifests.references.entries import find_entry
from bot.manifests.references.mentions import may_hold_any, may_mention, mentions
from bot.manifests.references.patterns import NAME as PATTERN
from bot.manifests.references.patterns import find_matches
from bot.manifests.references.sightings import TAGGED, Kind, Sighting


@dataclass(frozen=True, slots=True)
class Located:
    """What was found in one file, in the order of the file.

    mentions: what names an image and can only be reported. failed: the file cannot be parsed; then nothing else was found.
    """

    places: tuple[Place, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    mentions: tuple[Mention, ...] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What a locator found, apart from any path. findings: by blob id. asides: blob id, images, and what no format reads."""

    findings: Mapping[str, Findings]
    asides: Sequence[tuple[str, frozenset[str], tuple[Sighting, ...]]]


def locate(content: bytes, *, path: str, images: frozenset[str]) -> Located:
    """Find these images in a file.

    images: normalised names. A refusal is given only where one of them is meant, or where the file that mentions one
    cannot be parsed.
    """
    return Locator().locate(content, path=path, images=images)


def references(content: bytes, *, path: str) -> Located:
    """Return every image reference in a file. A file that cannot be parsed is refused if it may hold one."""
    findings = examine(content)
    if findings.failure is not None:
        return Located(refusals=(refusal(findings.failure, path=path),) if may_hold_any(content) else ())
    blob = blob_id(content)
    sightings = [seen for seen in findings.sightings if not seen.aside]
    return Located(
        tuple(place(seen, str(seen.names[0]), path=path, blob=blob) for seen in sightings if not seen.problem),
        tuple(refusal(seen.problem, path=path) for seen in sightings if seen.problem),
    )


def locate_entry(content: bytes, *, path: str, key_path: str, image: str) -> Located:
    """Return the scalar at a key path, which holds the version of this image: one place, or one refusal.

    Raises `KeyPathError` and `ImageError` for what is neither.
    """
    steps, name = parse_key_path(key_path), ImageName.parse(image)
    try:
        found = find_entry(read(content), steps, name)
    except Unreadable as error:
        return Located(refusals=(refusal(error.problem, path=path),))
    if isinstance(found, Problem):
        return Located(refusals=(refusal(found, path=path),))
    return _entered([found], key_path, path=path, blob=blob_id(content), image=name)


def locate_pattern(content: bytes, *, path: str, pattern: str, image: str) -> Located:
    """Return the values that a pattern finds, which hold the version of this image: at least one place, or a refusal.

    Raises `ValuePatternError` and `ImageError` for what is neither.
    """
    pattern, name = parse_value_pattern(pattern), ImageName.parse(image)
    try:
        found = find_matches(content, pattern, name)
    except Unreadable as error:
        return Located(refusals=(refusal(error.problem, path=path),))
    return _entered(found, pattern, path=path, blob=blob_id(content), image=name)


def _entered(found: Iterable[Sighting], entry: str, *, path: str, blob: str, image: ImageName) -> Located:
    chosen = select(found, path=path, blob=blob, images=frozenset({str(image)}))
    return replace(chosen, places=tuple(replace(place, entry=entry) for place in chosen.places))


class Locator:
    """`locate` with a memory: a blob is parsed once, whatever is asked about it and whichever path holds it.

    size: how many references are kept; a reference is about 1 KB, a file without any counts as one. What was used least
    recently is forgotten first. Not to be shared by threads.
    """

    def __init__(self, *, size: int = 65_536) -> None:
        self.parsed = 0
        self._findings: LRUCache[str, Findings] = LRUCache(
            size, getsizeof=lambda found: min(size, 1 + len(found.sightings))
        )
        self._entries: LRUCache[tuple[object, ...], Located] = LRUCache(size)
        self._mentioned: LRUCache[tuple[str, frozenset[str]], bool] = LRUCache(size)
        self._asides: LRUCache[tuple[str, frozenset[str]], tuple[Sighting, ...]] = LRUCache(size)

    def known(self, blob: str, *, path: str, images: frozenset[str]) -> Located | None:
        """Return the answer for a blob id, or None where it takes the bytes."""
        if self._mentioned.get((blob, images)) is False:
            return Located()
        findings, asides = self._findings.get(blob), self._asides.get((blob, images))
        if findings is None or asides is None:
            return None
        return _answer(findings, asides, path=path, blob=blob, images=images)

    def locate(self, content: bytes, *, path: str, images: frozenset[str]) -> Located:
        """Do as the function of this name does."""
        blob = blob_id(content)
        known = self.known(blob, path=path, images=images)
        if known is not None:
            return known
        if not may_mention(content, images):
            self._mentioned[blob, images] = False
            return Located()
        findings = self.findings(blob, content)
        if findings.failure is not None and not mentions(content, images):
            self._mentioned[blob, images] = False
            return Located()
        self._asides[blob, images] = asides = self._read_asides(content, findings, images)
        return _answer(findings, asides, path=path, blob=blob, images=images)

    def locate_entry(self, content: bytes, *, path: str, key_path: str, image: str) -> Located:
        """Do as the function of this name does."""
        find = partial(locate_entry, content, path=path, key_path=key_path, image=image)
        return self._entered((blob_id(content), "keys", path, key_path, image), find)

    def locate_pattern(self, content: bytes, *, path: str, pattern: str, image: str) -> Located:
        """Do as the function of this name does."""
        find = partial(locate_pattern, content, path=path, pattern=pattern, image=image)
        return self._entered((blob_id(content), PATTERN, path, pattern, image), find)

    def _entered(self, question: tuple[object, ...], find: Callable[[], Located]) -> Located:
        known = self._entries.get(question)
        if known is None:
            self.parsed += 1
            self._entries[question] = known = find()
        return known

    def _read_asides(self, content: bytes, findings: Findings, images: frozenset[str]) -> tuple[Sighting, ...]:
        """Find what no format reads. The file is parsed a second time only where a name is left that no format has read."""
        if findings.failure is not None or not unread(content.decode("utf-8"), findings.sightings, images):
            return ()
        self.parsed += 1
        try:
            return asides(read(content), findings.sightings, images)
        except Unreadable:
            return ()  # a template, which is not YAML

    def findings(self, blob: str, content: bytes) -> Findings:
        """Return everything that a blob says about images."""
        known = self._findings.get(blob)
        if known is None:
            self.parsed += 1
            self._findings[blob] = known = examine(content)
        return known

    def sightings(self, blob: str) -> tuple[Sighting, ...]:
        """Return every reference in a blob that was parsed, as far as they can be changed."""
        known = self._findings.get(blob)
        return tuple(seen for seen in known.sightings if seen.problem is None and not seen.aside) if known else ()

    def learn(self, memory: Memory) -> None:
        """Take over what another locator of the same program found, so that those blobs are not parsed again."""
        self._findings.update(memory.findings)
        self._asides.update({(blob, images): found for blob, images, found in memory.asides})

    def memory(self, blobs: Container[str]) -> Memory:
        """Return what was found in these blobs, for another process."""
        findings = {blob: found for blob, found in self._findings.items() if blob in blobs}
        asides = [(blob, images, found) for (blob, images), found in self._asides.items() if blob in blobs]
        return Memory(findings, asides)


def _answer(findings: Findings, asides: Iterable[Sighting], *, path: str, blob: str, images: frozenset[str]) -> Located:
    if findings.failure is not None:
        return Located(refusals=(refusal(findings.failure, path=path),), failed=True)
    return select((*findings.sightings, *asides), path=path, blob=blob, images=images)


def select(sightings: Iterable[Sighting], *, path: str, blob: str, images: frozenset[str]) -> Located:
    """Return those sightings that mean one of the images."""
    judged = list(judge(sightings, images))
    found = [place(seen, image, path=path, blob=blob) for seen, image, problem in judged if problem is None]
    return Located(
        tuple(sorted(found, key=lambda each: each.scalars[0].start)),
        tuple(refusal(problem, path=path) for seen, _, problem in judged if problem is not None and not seen.aside),
        tuple(mention(problem, path=path) for seen, _, problem in judged if problem is not None and seen.aside),
    )


def judge(sightings: Iterable[Sighting], images: frozenset[str]) -> Iterator[tuple[Sighting, str, Problem | None]]:
    """Yield each sighting that means one of the images, with that image and any problem that forbids a change."""
    meant = [(sighting, sighting.name_in(images)) for sighting in sightings]
    others = {start: sighting for sighting, image in meant if image is None for start in _starts(sighting)}
    for sighting, image in meant:
        if image is not None:
            sharing = next((others[start] for start in _starts(sighting) if start in others), None)
            yield sighting, image, sighting.problem if sharing is None else _shared(sighting, sharing)


def place(sighting: Sighting, image: str, *, path: str, blob: str) -> Place:
    """Return a sighting without a problem as the rest of the bot knows it."""
    return Place(
        path=path,
        blob_id=blob,
        image=image,
        found_by=sighting.found_by,
        tag=sighting.tag,
        digest=sighting.digest,
        scalars=tuple(part.scalar for part in sighting.parts),
        spelling=sighting.spelling,
        holds_tag=any(part.kind in TAGGED for part in sighting.parts),
        aside=sighting.aside,
        repeats=sighting.aside and sighting.parts[0].kind is Kind.TAG,
        override=None if sighting.override is None else _resolved(sighting.override, path),
    )


def refusal(problem: Problem, *, path: str) -> Refusal:
    """Return a problem with the path of its file."""
    return Refusal(path=path, line=problem.line, seen=problem.seen, reason=problem.reason, advice=problem.advice)


def mention(problem: Problem, *, path: str) -> Mention:
    """Return what is only reported, with the path of its file."""
    return Mention(path=path, line=problem.line, seen=problem.seen, reason=problem.reason)


def _resolved(override: Override, path: str) -> Override:
    """Turn what a Kustomization lists into paths from the repository's root."""
    folder = posixpath.dirname(path)
    joined = (posixpath.normpath(posixpath.join("/", folder, written)) for written in override.reach)
    return replace(override, reach=tuple(each.strip("/") for each in joined))


def _starts(sighting: Sighting) -> list[int]:
    return [part.scalar.start for part in sighting.parts if part.kind is not Kind.NAME]


def _shared(sighting: Sighting, other: Sighting) -> Problem:
    return Problem(
        line=sighting.parts[0].scalar.line,
        seen=f"{sighting.names[0]} and {other.names[0]}",
        reason="the version is shared through an anchor with another image, which would change with it",
        advice="write the two versions out, or release the two images together as one application",
    )
