"""image: every image of the version is there, for every platform, with the digest that was first seen.

| registry says | automatic, `/promote`                                             | `/rollback`                          |
|---------------|-------------------------------------------------------------------|--------------------------------------|
| no answer     | waiting `registry-silent`                                         | passed `registry-silent` (a warning) |
| no such tag   | blocked `image-missing`                                           | blocked `image-missing`              |
| another digest| blocked `tag-moved`                                               | blocked `tag-moved`, or              |
|               |                                                                   | passed `digest-written`              |
| a platform less| waiting `platforms-missing`                                      | waiting `platforms-missing`          |
| all there     | passed `image-there`                                              | passed `image-there`                 |

Of several images the hardest answer counts. Where a rollback writes a digest that is known, a tag that moved does not
matter; where it has to write one that only a silent registry knows, it waits.
"""

from datetime import timedelta

from bot.core.artifacts import Artifact, Missing, Unanswered
from bot.core.gates.question import Purpose, Question, blocked, hardest, passed, waiting
from bot.core.plan import Verdict
from bot.core.writing import needs_digest

NAME = "image"
SENTENCES = {
    "image-there": "{image:c} is there as {digest:c} for {platforms}",
    "registry-silent": "cannot ask about {image:c}: {said}",
    "image-missing": "the registry has no {tag:c} of {image:c}",
    "tag-moved": "{tag:c} of {image:c} was {was:c} when first seen, and is {now:c} now",
    "digest-written": "{tag:c} of {image:c} points at {now:c} now; {digest:c} is written, which it was then",
    "platforms-missing": "{image:c} is not there for {missing:c} yet",
}
ASK_AGAIN = timedelta(minutes=1)


def judge(question: Question) -> Verdict:
    """Ask for every image of the application."""
    return hardest(_ask(question, image) for image in question.application.images)


def _ask(question: Question, image: str) -> Verdict:
    seen = question.state.artifacts.get((image, question.version.tag))
    if seen is None or isinstance(seen, Unanswered):
        return _silent(question, image, seen)
    if isinstance(seen, Missing):
        return blocked(
            NAME,
            "image-missing",
            who=("whoever can push the image",),
            image=image,
            tag=question.version.tag,
        )
    return _compare(question, seen)


def _silent(question: Question, image: str, seen: Unanswered | None) -> Verdict:
    said = seen.reason if seen else "it was not asked yet"
    known = question.version.digest(image) is not None
    if question.purpose is Purpose.ROLLBACK and (known or not _writes_digest(question, image)):
        return passed(NAME, "registry-silent", image=image, said=said)
    again_at = seen.again_at if seen and seen.again_at else question.now + ASK_AGAIN
    return waiting(NAME, "registry-silent", again_at=again_at, image=image, said=said)


def _compare(question: Question, seen: Artifact) -> Verdict:
    first = question.state.records.first_digests(question.application.name, seen.tag).get(seen.image)
    expected = question.version.digest(seen.image) or first or seen.digest
    moved = seen.digest != expected or seen.digest != (first or seen.digest)
    if moved and question.purpose is Purpose.ROLLBACK and _writes_digest(question, seen.image):
        return passed(
            NAME, "digest-written", image=seen.image, tag=seen.tag, digest=_short(expected), now=_short(seen.digest)
        )
    if moved:
        return blocked(
            NAME,
            "tag-moved",
            who=("whoever pushed it, by pushing a new tag",),
            image=seen.image,
            tag=seen.tag,
            was=_short(first if first and first != seen.digest else expected),
            now=_short(seen.digest),
        )
    absent = sorted(set(question.application.versions.platforms) - set(seen.platforms))
    if absent:
        return waiting(
            NAME, "platforms-missing", again_at=question.now + ASK_AGAIN, image=seen.image, missing=", ".join(absent)
        )
    return passed(
        NAME,
        "image-there",
        image=seen.image,
        digest=_short(seen.digest),
        platforms=", ".join(seen.platforms) or "no platform",
    )


def _writes_digest(question: Question, image: str) -> bool:
    """At one of the image's references, if not at all."""
    rules = question.environment, question.application
    return any(place.image == image and needs_digest(place, *rules) for place in question.here.places)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
