"""When versions were built, where that says anything.

A build time is what the publisher wrote. Reproducible builds write the same one into every image: 1970-01-01 (Bazel, Jib),
1980-01-01 (Buildpacks). Such a time does not order versions, so it does not count, and people are told so.
https://buildpacks.io/docs/for-app-developers/concepts/reproducibility/
https://reproducible-builds.org/docs/source-date-epoch/
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.values.artifacts import Artifact, Missing, Unanswered

FIRST_IMAGES = datetime(2013, 3, 1, tzinfo=UTC)
"""Docker's first release; whatever says that it was built before was not."""


@dataclass(frozen=True, slots=True)
class NoBuildTime:
    """Why it is not known when a version was built: a sentence without its subject. is_said: the image says it so."""

    reason: str
    is_said: bool = True


BuildTime = datetime | NoBuildTime


def read_build_times(
    images: tuple[str, ...], seen: Iterable[Artifact | Missing | Unanswered]
) -> Mapping[str, BuildTime]:
    """Return when each version was built, by tag: when the last of its images was. Only versions that every image has."""
    found: dict[str, dict[str, Artifact | Missing | Unanswered]] = {}
    for each in seen:
        if each.tag is not None and not isinstance(each, Missing):
            found.setdefault(each.tag, {})[each.image] = each
    whole = {tag: tuple(by_image.values()) for tag, by_image in found.items() if by_image.keys() >= set(images)}
    times = {tag: _last([_time(each) for each in parts]) for tag, parts in whole.items()}
    told = {tag: time for tag, time in times.items() if isinstance(time, datetime)}
    versions = {tuple(each.digest for each in whole[tag] if isinstance(each, Artifact)) for tag in told}
    if len(versions) > 1 and len(set(told.values())) == 1:
        time = next(iter(told.values()))
        same = NoBuildTime(f"says that it was built at {time:%Y-%m-%d %H:%M:%S} UTC, as every other one does")
        times |= dict.fromkeys(told, same)
    return times


def _time(seen: Artifact | Missing | Unanswered) -> BuildTime:
    if not isinstance(seen, Artifact):
        return NoBuildTime("has a build time that could not be read", is_said=False)
    return NoBuildTime("does not say when it was built") if seen.created is None else believable(seen.created)


def believable(time: datetime) -> BuildTime:
    """Return a build time, unless it is from before there were images."""
    if time < FIRST_IMAGES:
        return NoBuildTime(f"says that it was built on {time:%Y-%m-%d}, as reproducible builds do")
    return time


def _last(times: list[BuildTime]) -> BuildTime:
    told = [time for time in times if isinstance(time, datetime)]
    untold = [time for time in times if isinstance(time, NoBuildTime)]
    return untold[0] if untold else max(told)
