"""What a person has to decide: where the files do not tell, or where they cannot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.values.text import code
from bot.detection.applications.makers import Maker, maker_of
from bot.detection.detect import Detected, Released
from bot.detection.environments.order import Environment

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Question:
    """about: what it is about, in a few words of code. text: the question, in Markdown on one line."""

    about: str
    text: str


def questions(detected: Detected, owner: str) -> tuple[Question, ...]:
    """Return the questions, the ones that matter most first."""
    if detected.is_empty:
        return tuple(_about_tags_apart(detected))
    return (
        *_about_environments(detected),
        *_about_tags_apart(detected),
        *_about_images(detected, owner),
        *_about_versions(detected),
        *_about_disagreements(detected),
        *_about_shared(detected),
    )


def is_sure(detected: Detected) -> bool:
    """Report whether the policy is worth a pull request: the paths name environments, and their order is known."""
    if detected.is_empty or detected.is_guess:
        return False
    unknown = [each for each in detected.environments if not each.is_sure and each.stage.rank is None]
    return len(unknown) * 2 < len(detected.environments) and len(detected.environments) > 1


def _about_environments(detected: Detected) -> Iterator[Question]:
    if detected.is_guess:
        yield Question(
            "environments", "No path names an environment. Which one do these manifests describe, and are there others?"
        )
        return
    for name, tag in detected.moving.items():
        text = f"`{name}` mostly has {code(tag)}, a tag that moves, so it is left out. Should the bot promote to it?"
        yield Question("environments", text)
    doubtful = [each for each in detected.environments if not each.is_sure]
    unknown = [each.name for each in doubtful if each.stage.rank is None]
    beside = [each.name for each in doubtful if each.stage.rank is not None]
    if unknown:
        takes = "takes" if len(unknown) == 1 else "take"
        text = f"{listed(unknown)} {takes} versions from the registry. Which environment should test them first?"
        yield Question("environments", text)
    if beside:
        are = "is" if len(beside) == 1 else "are"
        which = "it" if len(beside) == 1 else "them"
        text = f"{listed(beside)} {are} beside the way to production: nothing waits for {which}. Should something?"
        yield Question("environments", text)
    last = _last(detected.environments)
    if len(detected.environments) == 1:
        yield Question(
            "environments",
            f"`{last.name}` is the only environment that writes versions. Where are versions tested before?",
        )
    elif last.stage.is_production:
        yield Question(
            f"{last.name}.gates",
            f"In `{last.name}`, {'a person opens each promotion' if last.is_manual else 'promotions open by themselves'}. "
            "Should it also need approvals, a soak, or windows?",
        )


def _last(environments: Sequence[Environment]) -> Environment:
    return max(environments, key=lambda each: -1 if each.stage.rank is None or each.stage.is_side else each.stage.rank)


def _about_images(detected: Detected, owner: str) -> Iterator[Question]:
    told = {image for each in detected.tools for image in each.images}
    unknown = [
        each.application.name
        for each in detected.released
        if not told.intersection(each.application.images)
        and all(maker_of(image, owner) is Maker.UNKNOWN for image in each.application.images)
    ]
    if unknown and len(unknown) < len(detected.released):
        yield Question("applications", f"Does your team build {listed(unknown)}? Remove what others build.")
    beside = [image for image, why in detected.left.items() if why.startswith("stands beside")]
    if beside:
        yield Question(
            "images", f"{listed(beside)}: beside an application, with versions of its own. Is it an application, too?"
        )


def _about_tags_apart(detected: Detected) -> Iterator[Question]:
    for each in detected.apart:
        if each.guess:
            yield Question(
                "image", f"{code(each.place)} names no image. Are the images called {code(each.guess)}, as others here?"
            )
    if detected.bare:
        yield Question(
            "edit",
            f"{code(detected.bare[0])} and {len(detected.bare) - 1} more have no ending, so they were not read. Are there "
            "versions in them? Then add the applications, with these files as their `edit`.",
        )
    unknown = [each for each in detected.apart if not each.guess]
    if unknown:
        first, more = unknown[0], len(unknown) - 1
        if more:
            said = f"{code(first.place)} and {more} more have tags without an image's name, as at `{first.path}`. Which images"
        else:
            said = f"{code(first.place)} has a tag without an image's name, at `{first.path}`. Which image"
        is_it = "are these" if more else "is it"
        yield Question("edit", f"{said} {is_it}? Add the applications, with these places as their `edit`.")


def _about_versions(detected: Detected) -> Iterator[Question]:
    strange = [each for each in detected.released if each.order.strange]
    if len(strange) > 1:
        seen = shortened([f"`{each.application.name}` ({code(each.order.strange)})" for each in strange])
        yield Question(
            "versions", f"No order can be told from the tags of {seen}. Which are versions, and in which order?"
        )
    for why, names in _grouped(each for each in detected.released if each not in strange or len(strange) == 1):
        yield Question("versions", f"{listed(names)}: {why}. Which tags are versions, and in which order?")
    guessed = {
        each.source for each in detected.released if each.order.needs_source and not each.order.why.startswith("as ")
    }
    if guessed:
        yield Question(
            "source",
            f"Are {listed(sorted(guessed))} the repositories that build these images? The App must be installed there.",
        )


def _grouped(released: Iterable[Released]) -> Iterator[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for each in released:
        if not each.order.is_sure and not each.order.needs_source:
            groups.setdefault(each.order.why, []).append(each.application.name)
    yield from groups.items()


def _about_disagreements(detected: Detected) -> Iterator[Question]:
    found = [
        (f"{name}.{each.application.name}", f"`{each.application.name}` has {listed(list(tags))} in `{name}`")
        for each in detected.released
        for name in each.application.environments
        if len(tags := _tags_in(each, name)) > 1
    ]
    if len(found) == 1:
        yield Question(found[0][0], f"{found[0][1]}. Which one is right, or are these two environments?")
    elif found:
        seen = "; ".join([said for _, said in found[:MOST_NAMED]])
        more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        yield Question("versions", f"{seen}{more}. Which ones are right, or are these several environments?")


def _tags_in(each: Released, environment: str) -> Mapping[str, None]:
    placed = (at for at in each.application.placed if at.spot.environment == environment)
    return dict.fromkeys(at.reference.tag for at in placed if at.reference.tag)


def _about_shared(detected: Detected) -> Iterator[Question]:
    if detected.shared:
        image, paths = next(iter(detected.shared.items()))
        more = f", and {len(detected.shared) - 1} more" if len(detected.shared) > 1 else ""
        yield Question(
            "shared",
            f"`{image}`{more}: its version stands only where all environments share it ({code(paths[0])}). "
            "To promote it from one environment to the next, write it in each.",
        )


def listed(names: Sequence[str]) -> str:
    """Return `a`, `b` and 3 more, each as code."""
    return shortened([f"`{name}`" for name in names])


def shortened(texts: Sequence[str]) -> str:
    """Return a, b and 3 more."""
    shown, more = texts[:MOST_NAMED], len(texts) - MOST_NAMED
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
