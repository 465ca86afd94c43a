"""Which edits write a version: what each reference must say afterwards."""

from bot.core.gates.question import Question
from bot.core.policy import Write
from bot.core.values.places import Edit, Place
from bot.core.versions.written_form import needs_digest, write_at


def edits_for(question: Question) -> tuple[Edit, ...]:
    """Return one edit for each reference; none if one of them cannot be written (a refusal, or an unknown digest).

    A reference that carries a digest always gets the new one, whatever `write` says: a new tag beside an old digest
    would deploy the old image.
    """
    here = question.here
    if here.refusals or here.version is None:
        return ()
    edits = tuple(_edit(place, question) for place in here.places)
    return tuple(edit for edit in edits if edit) if all(edits) else ()


def writes(edit: Edit) -> bool:
    """Return whether the edit changes a byte."""
    return (edit.tag or edit.place.tag, edit.digest or edit.place.digest) != (edit.place.tag, edit.place.digest)


def _edit(place: Place, question: Question) -> Edit | None:
    """A reference by digest alone stays one where the policy writes digests, and where no key could hold a tag."""
    version, (environment, application) = question.version, (question.environment, question.application)
    digest = version.digest(place.image) if needs_digest(place, environment, application) else None
    if digest is None and needs_digest(place, environment, application):
        return None
    writes_digest = write_at(place, environment, application) is Write.DIGEST
    keeps_no_tag = place.tag is None and (writes_digest or (digest is not None and not place.holds_tag))
    return Edit(place, tag=None if keeps_no_tag else version.tag, digest=digest)
