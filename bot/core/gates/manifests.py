"""manifests: every reference to the application's images in the environment can be read and changed.

| references          | verdict                       |
|---------------------|-------------------------------|
| a refusal           | blocked `manifest-refused`    |
| none                | blocked `image-not-found`     |
| several versions    | blocked `versions-differ`     |
| otherwise           | passed `places-found`         |
"""

from bot.core.gates.question import Question, blocked, passed
from bot.core.needs import resolved_path
from bot.core.plan import Verdict

NAME = "manifests"
SENTENCES = {
    "places-found": "every reference can be changed ({count})",
    "manifest-refused": "{at:c} cannot be changed safely: {reason}; it says {seen:c}; {advice}",
    "image-not-found": "found no reference to {images:c} in {folder:c}",
    "versions-differ": "the references do not agree on one version: {held}",
}


def judge(question: Question) -> Verdict:
    """Report what stands in the way of an edit."""
    here, who = question.here, ("whoever can change the manifests",)
    if here.refusals:
        first = here.refusals[0]
        more = f" (and {len(here.refusals) - 1} more)" if len(here.refusals) > 1 else ""
        at = f"{first.path}:{first.line}" if first.line else first.path
        return blocked(
            NAME, "manifest-refused", who=who, at=at, seen=first.seen, reason=first.reason, advice=first.advice + more
        )
    if not here.places:
        folder = resolved_path(question.environment, question.application.name)
        images = ", ".join(question.application.images)
        return blocked(NAME, "image-not-found", who=who, images=images, folder=folder)
    if here.version is None:
        held = "; ".join(f"{place.path}:{place.scalars[0].line} has {place.tag or 'no tag'}" for place in here.places)
        return blocked(NAME, "versions-differ", who=who, held=held)
    return passed(NAME, "places-found", count=str(len(here.places)))
