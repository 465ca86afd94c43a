"""Values that a promotion would write and that belong to another application, or to another environment, as well.

Two ways to name a value can meet in one place: two patterns, a pattern and an image's name, two key paths through an anchor,
two globs. The policy alone does not tell; the bytes do. Such a value is refused in both, so that no promotion writes what is
another one's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from bot.assembly.files import Files
from bot.core.policy import Policy
from bot.core.policy.claims import Claim
from bot.core.policy.fleet.provenance import where_edit_is
from bot.core.values.editable.key_paths import parse_key_path
from bot.core.values.places import TEXT, Place, Refusal, Scalar
from bot.core.values.version import short
from bot.manifests import Located, at_entries, found_at, last_segments, overlap, words_in

MOST_PATTERNS = 256
"""Of other applications, in one file: those first whose name the value's line has. Each takes microseconds."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who else has a value. image: whose name leads to it; '' where `edit` names it."""

    application: str
    environment: str
    image: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom places are compared. policy: the whole. missing: collects the ids of blobs to read."""

    policy: Policy
    application: str
    environment: str
    files: Files
    missing: set[str]

    def is_own(self, claim: Claim | Owner) -> bool:
        """Report whether this is the application and environment in question."""
        return (claim.application, claim.environment) == (self.application, self.environment)


Found = tuple[Scalar, Owner]


def shared_values(places: Iterable[Place], asked: Asked) -> Iterator[Refusal]:
    """Yield a refusal for the first shared value of each file. places: what a promotion would write."""
    by_file: dict[str, list[Place]] = {}
    for place in places:
        by_file.setdefault(place.path, []).append(place)
    for path, ours in by_file.items():
        yield from islice(_in_file(path, ours, asked), 1)


def _in_file(path: str, ours: Sequence[Place], asked: Asked) -> Iterator[Refusal]:
    """Yield what is refused in one file."""
    named = [place for place in ours if place.entry is not None]
    for place in ours:
        for owner in _looking_for(place.image, path, asked) if place.entry is None else ():
            yield _refusal(place, place.scalars[0], owner, asked)
    claims = [claim for claim in asked.policy.claims.named_in(path) if not asked.is_own(claim)]
    if not claims and not named:
        return
    content = asked.files.content(ours[0].blob_id)
    if content is None:
        asked.missing.add(ours[0].blob_id)
        yield Refusal(path, 0, ours[0].image, "its content was not read", "nothing to do: the bot reads it again")
        return
    places = {scalar: place for place in ours for scalar in place.scalars}
    by_name = _by_name(content, path, [scalar for place in named for scalar in place.scalars], asked)
    for scalar, owner in chain(
        _by_key(content, list(places), claims), _by_pattern(content, list(places), claims), by_name
    ):
        yield _refusal(places[scalar], scalar, owner, asked)


def _looking_for(image: str, path: str, asked: Asked) -> Iterator[Owner]:
    """Yield the other applications that look for an image. Of one application, the gate compares its environments."""
    for application, environment in asked.policy.claims.looking_for(image, path, besides=asked.application):
        yield Owner(application, environment, image)


def _by_key(content: bytes, ours: Sequence[Scalar], claims: Iterable[Claim]) -> Iterator[Found]:
    keys = [claim for claim in claims if not claim.place.by_pattern and _may_meet(claim, ours, content)]
    entries = [(claim.place.entry, claim.place.image) for claim in keys]
    for claim, theirs in zip(keys, at_entries(content, entries) if entries else (), strict=True):
        for scalar in ours:
            if any(overlap(scalar, other) for other in theirs):
                yield scalar, Owner(claim.application, claim.environment)


def _may_meet(claim: Claim, ours: Iterable[Scalar], content: bytes) -> bool:
    """Report whether a key path can lead to one of our values: by the keys alone, if nothing but those leads anywhere.

    A file may hold the versions of hundreds of applications. A digest that stands beside a tag belongs to it.
    """
    steps = parse_key_path(claim.place.entry)
    plain = b"*" not in content and all(isinstance(step, str) for step in steps)
    return not plain or any(each.document == TEXT or each.key_path[:-1] == steps[:-1] for each in ours)


def _by_pattern(content: bytes, ours: Sequence[Scalar], claims: Iterable[Claim]) -> Iterator[Found]:
    patterns = [claim for claim in claims if claim.place.by_pattern]
    text = content.decode("utf-8", errors="replace") if patterns else ""
    lines = " ".join(text.splitlines()[scalar.line - 1] for scalar in ours) if len(patterns) > MOST_PATTERNS else ""
    for claim in sorted(patterns, key=lambda each: each.application not in lines)[:MOST_PATTERNS]:
        for scalar in found_at(text, ours, claim.place.entry):
            yield scalar, Owner(claim.application, claim.environment)


def _by_name(content: bytes, path: str, ours: Sequence[Scalar], asked: Asked) -> Iterator[Found]:
    """Yield what other applications find by the names of their images, of the values that our `edit` names."""
    if not ours:
        return
    words = words_in(content, _words(asked.policy.claims.images))
    images = frozenset(image for image in asked.policy.claims.images if image.rpartition("/")[2].encode() in words)
    located = asked.files.located_by_name(content, path=path, images=images) if images else Located()
    for place in located.places:
        for scalar in ours:
            if any(overlap(scalar, other) for other in place.scalars):
                yield from ((scalar, owner) for owner in _looking_for(place.image, path, asked))


@lru_cache(maxsize=8)
def _words(images: frozenset[str]) -> frozenset[bytes]:
    return frozenset(word.encode() for word in last_segments(images))


def _refusal(place: Place, scalar: Scalar, owner: Owner, asked: Asked) -> Refusal:
    """Say whose value it is too, and where the policy says so of both."""
    theirs = f"{owner.application!r} in {owner.environment!r}"
    where = where_edit_is(asked.policy, owner.environment, owner.application)
    how = f"found by its image {owner.image}" if owner.image else f"named by its `edit`{where}"
    here = where_edit_is(asked.policy, asked.environment, asked.application)
    correct = f"`edit`{here}" if place.entry is not None else "the paths"
    return Refusal(
        path=place.path,
        line=scalar.line,
        seen=place.tag or short(place.digest or "") or place.image,
        reason=f"it is also the version of {theirs}, {how}",
        advice=f"give each its own value, or correct {correct} in the policy",
    )
