"""manifests: every reference to the application's images in the environment can be read and changed.

| references                           | verdict                       |
|--------------------------------------|-------------------------------|
| a refusal                            | blocked `manifest-refused`    |
| none, for the path reaches no file   | blocked `path-reaches-nothing`|
| none                                 | blocked `image-not-found`     |
| one belongs to another environment   | blocked `place-shared`        |
| several versions                     | blocked `versions-differ`     |
| a promotion changes a file outside of the environment's path: | |
| … and its code owners are asked      | blocked `owners-wanted`       |
| … and none of them approved it       | blocked `owners-wanted`       |
| … and it was opened a moment ago     | waiting `owners-unknown`      |
| otherwise                            | passed `places-found`         |

An environment's path is a promise of where its promotions write; what `edit` names elsewhere may belong to others. GitHub asks
the code owners of what a pull request changes to review it, a moment after it was opened, whether or not it requires their
review. It drops the request once they have said anything, or when somebody removes it. So the bot reads CODEOWNERS as well:
each such file needs the approval of one of its owners. Where it cannot tell who they are (an address, a team whose members it
may not read), GitHub's request alone counts.
https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners

Mentions that a promotion leaves unchanged do not block it. The verdict names them.
"""

from collections.abc import Iterable
from datetime import timedelta
from itertools import chain

from bot.core.gates.approvals import approved
from bot.core.gates.question import Question, blocked, passed, waiting
from bot.core.observation.actors import Permission
from bot.core.people.circle import circle, phrase
from bot.core.people.code_owners import owners_of
from bot.core.plan import Verdict
from bot.core.policy import Application, Environment
from bot.core.policy.paths import included_paths, reaches, resolved_paths
from bot.core.state import EnvironmentState
from bot.core.values.places import Place
from bot.core.values.version import short

NAME = "manifests"
SENTENCES = {
    "places-found": "every reference can be changed ({count})[; left unchanged: {left}]",
    "manifest-refused": "{at:c} cannot be changed safely: {reason}; it says {seen:c}; {advice}",
    "path-reaches-nothing": "no manifest at {folder:c}: correct the path in the policy, or add the files",
    "image-not-found": "no reference to {images:c} in {folder:c}[ that can be changed; left unchanged: {left}]",
    "place-shared": "{at:c} also belongs to {other:c}: writing a version for one would change both",
    "owners-wanted": "{files:c} is outside of {folder:c}, so its code owners must agree[: review requested from {owners}]"
    "[: waiting for an approval from {wanted}]",
    "owners-unknown": "{files:c} is outside of {folder:c}: waiting to see whether GitHub asks code owners",
    "versions-differ": "the references disagree on the version: {held}",
}
MOST_NAMED = 5
OWNERS_ASKED = timedelta(minutes=1)
"""How long after a pull request was opened GitHub may still be about to ask the code owners."""


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
        folder = ", ".join(included_paths(question.environment, question.application.name))
        if not here.reached:
            return blocked(NAME, "path-reaches-nothing", who=who, folder=folder)
        images = ", ".join(question.application.images)
        return blocked(NAME, "image-not-found", _left(here), who=who, images=images, folder=folder)
    shared = _shared(question)
    if shared:
        return blocked(NAME, "place-shared", shared, who=("anyone who can change the policy",))
    if here.version is None:
        held = "; ".join(f"{place.path}:{place.scalars[0].line} has {_held(place)}" for place in here.places)
        return blocked(NAME, "versions-differ", who=who, held=held)
    return _outside(question) or passed(NAME, "places-found", _left(here), count=str(len(here.places)))


def _outside(question: Question) -> Verdict | None:
    """Judge what a promotion changes outside of the environment's path; None if that is nothing, or its owners were asked and
    have answered.
    """
    environment, application = question.environment, question.application
    files = files_outside(environment, application, question.here.places)
    if not files or question.promotion is None:
        return None
    pull, known_at = question.promotion.pull, question.promotion.pull.created_at + OWNERS_ASKED
    facts = {
        "files": ", ".join(files[:MOST_NAMED]),
        "folder": ", ".join(included_paths(environment, application.name)),
    }
    if pull.owners_asked:
        return blocked(
            NAME, "owners-wanted", facts, who=pull.owners_asked, owners=", ".join(pull.owners_asked), wanted=""
        )
    missing = [owners for file in files if (owners := _without_approval(question, file))]
    if missing:
        wanted = "; ".join(dict.fromkeys(" or ".join(map(phrase, owners)) for owners in missing))
        return blocked(
            NAME, "owners-wanted", facts, who=tuple(dict.fromkeys(chain(*missing))), owners="", wanted=wanted
        )
    if question.now < known_at:
        return waiting(NAME, "owners-unknown", facts, again_at=known_at)
    return None


def files_outside(environment: Environment, application: Application, places: Iterable[Place]) -> tuple[str, ...]:
    """Return the files that a promotion changes outside of the environment's path."""
    paths = resolved_paths(environment, application.name)
    return tuple(dict.fromkeys(place.path for place in places if not reaches(paths, place.path)))


def _without_approval(question: Question, file: str) -> tuple[str, ...]:
    """Return the owners of a file of whom none approved this version; nobody where it has none, or they are not known."""
    owners = owners_of(question.state.code_owners or "", file)
    people = circle(owners, (), least=Permission.WRITE)
    if any("@" in owner[1:] for owner in owners) or people.unreadable(question.state):
        return ()
    return () if any(people.holds(who.login, question.state) for who in approved(question)) else owners


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
