"""image: every image of the version is there, for every platform, with the digest that was first seen.

| registry says | automatic, `/promote`                                             | `/rollback`                          |
|---------------|-------------------------------------------------------------------|--------------------------------------|
| no answer     | waiting `registry-silent`                                         | passed `registry-silent` (a warning) |
| no such tag   | blocked `image-missing`                                           | blocked `image-missing`              |
| another digest| blocked `tag-moved`                                               | blocked `tag-moved`, or              |
|               |                                                                   | passed `digest-written`              |
| a platform less| waiting `platforms-missing`                                      | waiting `platforms-missing`          |
| all there     | passed `image-there`                                              | passed `image-there`                 |

Of a tag that is followed, the digest itself is asked for. That the tag has moved on to a newer one is as it should be; that it
moved back to an older one is `tag-moved`, for the version it left and for the one it went to.

Of several images the hardest answer counts. Where a rollback writes a digest that is known, a tag that moved does not
matter; where it has to write one that only a silent registry knows, it waits.
"""

from datetime import datetime, timedelta

from bot.core.gates.question import Purpose, Question, blocked, hardest, passed, waiting
from bot.core.plan import Verdict
from bot.core.values.artifacts import Artifact, Missing, Unanswered
from bot.core.values.version import short
from bot.core.versions.moving_tag import moved_back
from bot.core.versions.written_form import needs_digest

NAME = "image"
SENTENCES = {
    "image-there": "{image:c} exists as {digest:c} for {platforms}",
    "registry-silent": "no answer about {image:c}: {said}[; {anyway}]",
    "image-missing": "the registry has no {tag:c} of {image:c}",
    "tag-moved": "{tag:c} of {image:c}[ was {was:c} when first seen and is {now:c} now][ moved back to the older "
    "{back:c}]",
    "digest-written": "{tag:c} of {image:c} now points at {now:c}; the bot writes {digest:c}, which it pointed at "
    "before",
    "platforms-missing": "{image:c} is missing for {missing:c}",
}
ASK_AGAIN = timedelta(minutes=1)


def judge(question: Question) -> Verdict:
    """Ask for every image of the application."""
    return hardest(_ask(question, image) for image in question.application.images)


def _ask(question: Question, image: str) -> Verdict:
    seen = question.state.artifacts.get((image, _reference(question, image)))
    if seen is None or isinstance(seen, Unanswered):
        return _silent(question, image, seen)
    if isinstance(seen, Missing):
        return blocked(
            NAME,
            "image-missing",
            who=("anyone who can push the image",),
            image=image,
            tag=question.version.name,
        )
    return _compare(question, seen)


def _silent(question: Question, image: str, seen: Unanswered | None) -> Verdict:
    said = seen.reason if seen else "the bot has not asked yet"
    known = question.version.digest(image) is not None
    if question.purpose is Purpose.ROLLBACK and (known or not _writes_digest(question, image)):
        return passed(NAME, "registry-silent", image=image, said=said, anyway="a rollback goes ahead anyway")
    return waiting(NAME, "registry-silent", again_at=ask_again(seen, question.now), image=image, said=said, anyway="")


def ask_again(silent: Unanswered | None, now: datetime) -> datetime:
    """Return when to ask again: when the registry asked us to, but not sooner than our own pause, since GitHub is asked
    too.
    """
    return max(filter(None, (now + ASK_AGAIN, silent.again_at if silent else None)))


def _compare(question: Question, seen: Artifact) -> Verdict:
    moved = _moved_back(question, seen.image) if question.version.followed else _moved(question, seen)
    if moved is not None:
        return moved
    absent = sorted(set(question.application.versions.platforms) - set(seen.platforms))
    if absent:
        return waiting(
            NAME, "platforms-missing", again_at=question.now + ASK_AGAIN, image=seen.image, missing=", ".join(absent)
        )
    return passed(
        NAME,
        "image-there",
        image=seen.image,
        digest=short(seen.digest),
        platforms=", ".join(seen.platforms) or "no platform",
    )


def _moved(question: Question, seen: Artifact) -> Verdict | None:
    """Judge a tag that stands for one image, for good."""
    first = question.state.records.first_digests(question.application.name, seen.tag).get(seen.image)
    expected = question.version.digest(seen.image) or first or seen.digest
    if seen.digest == expected and seen.digest == (first or seen.digest):
        return None
    facts = {"image": seen.image, "tag": seen.tag, "now": short(seen.digest)}
    if question.purpose is Purpose.ROLLBACK and _writes_digest(question, seen.image):
        return passed(NAME, "digest-written", facts, digest=short(expected))
    was = short(first if first and first != seen.digest else expected)
    return blocked(NAME, "tag-moved", facts, who=("the person who pushed it, by pushing a new tag",), was=was, back="")


def _moved_back(question: Question, image: str) -> Verdict | None:
    """Judge a followed tag, which stands for its newest image and only moves forward."""
    application, version = question.application, question.version
    now = moved_back(application, question.state, version)
    if now is None:
        return None
    facts = {"image": image, "tag": version.tag, "now": now.name}
    if question.purpose is Purpose.ROLLBACK:
        return passed(NAME, "digest-written", facts, digest=version.short_digest(image))
    back = f"/rollback {question.environment.name} {application.name}@{now.name}"
    who = ("the person who pushed it, by pushing a newer image", f"people who may roll back, using `{back}`")
    return blocked(NAME, "tag-moved", facts, who=who, was="", back=now.name)


def _reference(question: Question, image: str) -> str:
    """Return what the registry is asked for: the tag; or the digest, if the tag is followed and has moved on."""
    version, digest = question.version, question.version.digest(image)
    seen = question.state.artifacts.get((image, version.tag))
    if (
        digest is None
        or (version.tag and not version.followed)
        or (isinstance(seen, Artifact) and seen.digest == digest)
    ):
        return version.tag
    return digest


def _writes_digest(question: Question, image: str) -> bool:
    """Return whether a digest is written at one of the image's references."""
    rules = question.environment, question.application
    return any(place.image == image and needs_digest(place, *rules) for place in question.here.places)
