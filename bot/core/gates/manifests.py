"""manifests: every reference to the application's images in the environment can be read and changed.

| references                           | verdict                       |
|--------------------------------------|-------------------------------|
| a refusal                            | blocked `manifest-refused`    |
| none                                 | blocked `image-not-found`     |
| one belongs to another environment   | blocked `place-shared`        |
| several versions                     | blocked `versions-differ`     |
| otherwise                            | passed `places-found`         |

Mentions that a promotion leaves unchanged do not block it. The verdict names them.
"""

from bot.core.gates.question import Question, blocked, passed
from bot.core.plan import Verdict
from bot.core.policy.paths import resolved_path
from bot.core.state import EnvironmentState
from bot.core.values.places import Place
from bot.core.values.version import short

NAME = "manifests"
SENTENCES = {
    "places-found": "every reference can be changed ({count})[; left unchanged: {left}]",
    "manifest-refused": "{at:c} cannot be changed safely: {reason}; it says {seen:c}; {advice}",
    "image-not-found": "no reference to {images:c} in {folder:c}[ that can be changed; left unchanged: {left}]",
    "place-shared": "{at:c} also belongs to {other:c}: writing a version for one would change both",
    "versions-differ": "the references disagree on the version: {held}",
}
MOST_NAMED = 5


def judge(question: Question) -> Verdict:
    """Report what stands in the way of an edit."""
    here, who = question.here, ("anyone who can change the manifests",)
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
        return blocked(NAME, "image-not-found", _left(here), who=who, images=images, folder=folder)
    shared = _shared(question)
    if shared:
        return blocked(NAME, "place-shared", shared, who=("anyone who can change the policy",))
    if here.version is None:
        held = "; ".join(f"{place.path}:{place.scalars[0].line} has {_held(place)}" for place in here.places)
        return blocked(NAME, "versions-differ", who=who, held=held)
    return passed(NAME, "places-found", _left(here), count=str(len(here.places)))


def _held(place: Place) -> str:
    return place.tag or (short(place.digest) if place.digest else "no tag")


def _left(here: EnvironmentState) -> dict[str, str]:
    """Where the mentions are that a promotion leaves unchanged; the page says why."""
    where = [f"{mention.path}:{mention.line}" for mention in here.left]
    more = [f"{len(where) - MOST_NAMED} more"] if len(where) > MOST_NAMED else []
    return {"left": ", ".join([*where[:MOST_NAMED], *more])}


def _shared(question: Question) -> dict[str, str]:
    """A reference that another environment reaches too, such as by a glob, and which environment; empty if there is none."""
    here, others = question.here, question.state.environments.items()
    reached = {
        where: name for name, each in others if name != here.name for place in each.places for where in _scalars(place)
    }
    for place in here.places:
        other = next((reached[where] for where in _scalars(place) if where in reached), None)
        if other is not None:
            return {"at": f"{place.path}:{place.scalars[0].line}", "other": other}
    return {}


def _scalars(place: Place) -> list[tuple[str, int]]:
    return [(place.path, scalar.start) for scalar in place.scalars]
