"""manifests: every reference to the application's images in the environment can be read and changed.

| references                         | verdict                       |
|------------------------------------|-------------------------------|
| a refusal                          | blocked `manifest-refused`    |
| none                               | blocked `image-not-found`     |
| one is of another environment too  | blocked `place-shared`        |
| several versions                   | blocked `versions-differ`     |
| otherwise                          | passed `places-found`         |
"""

from bot.core.gates.question import Question, blocked, passed
from bot.core.plan import Verdict
from bot.core.policy.paths import resolved_path

NAME = "manifests"
SENTENCES = {
    "places-found": "every reference can be changed ({count})",
    "manifest-refused": "{at:c} cannot be changed safely: {reason}; it says {seen:c}; {advice}",
    "image-not-found": "no reference to {images:c} in {folder:c}",
    "place-shared": "{at:c} also belongs to {other:c}: writing a version for one would change both",
    "versions-differ": "the references disagree on the version: {held}",
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
    shared = _shared(question)
    if shared:
        return blocked(NAME, "place-shared", shared, who=("whoever can change the policy",))
    if here.version is None:
        held = "; ".join(f"{place.path}:{place.scalars[0].line} has {place.tag or 'no tag'}" for place in here.places)
        return blocked(NAME, "versions-differ", who=who, held=held)
    return passed(NAME, "places-found", count=str(len(here.places)))


def _shared(question: Question) -> dict[str, str]:
    """A reference that another environment reaches too, such as by a glob, and which one; empty where each is of one."""
    here, others = question.here, question.state.environments.items()
    reached = {
        (place.path, place.scalars[0].start): name
        for name, each in others
        if name != here.name
        for place in each.places
    }
    for place in here.places:
        other = reached.get((place.path, place.scalars[0].start))
        if other is not None:
            return {"at": f"{place.path}:{place.scalars[0].line}", "other": other}
    return {}
