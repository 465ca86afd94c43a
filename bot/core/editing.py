"""From a version to the edits that write it: what each reference must say afterwards."""

from bot.core.gates.question import Question
from bot.core.needs import filled
from bot.core.places import Edit, Place
from bot.core.policy import Write
from bot.core.version import Version


def edits_for(question: Question) -> tuple[Edit, ...]:
    """One edit for each reference; empty where one of them cannot be written (a refusal, or an unknown digest).

    A reference that carries a digest always gets the new one, whatever `write` says: a new tag beside an old digest would
    deploy the old image.
    """
    here = question.here
    if here.refusals or here.version is None:
        return ()
    edits = tuple(_edit(place, question.version, _write(place, question)) for place in here.places)
    return tuple(edit for edit in edits if edit) if all(edits) else ()


def _write(place: Place, question: Question) -> Write:
    """What the policy writes: for a scalar that it names, what it says there."""
    for edit in question.application.edit:
        file = filled(edit.file, question.environment, question.application.name)
        if place.path == file and ".".join(map(str, place.scalars[0].key_path)) == edit.path:
            return edit.write
    return question.application.versions.write


def writes(edit: Edit) -> bool:
    """It changes a byte."""
    return (edit.tag or edit.place.tag, edit.digest or edit.place.digest) != (edit.place.tag, edit.place.digest)


def _edit(place: Place, version: Version, write: Write) -> Edit | None:
    digest = version.digest(place.image)
    needs_digest = place.digest is not None or write is not Write.TAG
    if needs_digest and digest is None:
        return None
    keeps_no_tag = write is Write.DIGEST and place.tag is None
    return Edit(place, tag=None if keeps_no_tag else version.tag, digest=digest if needs_digest else None)
