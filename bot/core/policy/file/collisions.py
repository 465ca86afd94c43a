"""What two places of a policy would share by accident: a folder, a value in a file, the name of a health report.

Names may hold `-`, `_` and `.`, so a template can give the same text for two places: `{application}-{environment}` is
`web-eu-prod` for `web` in `eu-prod` and for `web-eu` in `prod`. Globs are checked when the files are read.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product

from bot.core.policy.environment import Environment
from bot.core.policy.fields import PLACEHOLDERS
from bot.core.policy.file.draft import Whole, Written
from bot.core.policy.file.parts import MAIN, Kind
from bot.core.policy.paths import outwards
from bot.core.policy.suggestions import listed
from bot.core.values.errors import Problem

Place = tuple[str, str]
"""Application and environment."""

MOST_PLACES = 200_000
"""5,000 applications in ten environments have 50,000. Larger policies are not compared: a stranger may have written them."""


def one_folder_each(whole: Whole) -> Iterator[Problem]:
    """Two applications, or two environments, that would write to the same place.

    Applications may share a folder, and even a file, as long as no image belongs to two of them.
    """
    owners: dict[str, list[str]] = {}
    for application in whole.applications.values():
        for image in application.images:
            owners.setdefault(image, []).append(application.name)
    shared = next(((image, names) for image, names in owners.items() if len(names) > 1), None)
    # If every place is named explicitly, environments may share a folder.
    all_edit = all(application.edit for application in whole.applications.values())
    paths: dict[str, str] = {}
    for name, environment in whole.environments.items():
        for position, path in environment.included:
            if shared and "{application}" not in path:
                owned = f"{shared[0]} would belong to {listed(shared[1], last='and')}"
                yield whole.at(name, f"in {path!r}, {owned}: add {{application}} to the path", "path", position)
            filled = path.replace("{environment}", name)
            other = paths.setdefault(filled, name)
            if other != name and not all_edit:
                message = f"{filled!r} already belongs to {other!r}: give each environment its own"
                yield whole.conflict(name, message, "path", position)
    if not all_edit:
        yield from _nested(whole, paths)


def _nested(whole: Whole, paths: Mapping[str, str]) -> Iterator[Problem]:
    """A folder inside the folder of another environment, which would also write to the inner one.

    paths: place → environment. Globs are checked when the files are read.
    """
    for inner, name in paths.items():
        outer = next((path for path in outwards(inner) if path != inner and paths.get(path, name) != name), None)
        if outer is not None:
            message = f"{inner!r} lies in {outer!r}, the place of {paths[outer]!r}: give each environment its own"
            yield whole.conflict(name, message, "path")


def one_value_each(whole: Whole) -> Iterator[Problem]:
    """Two explicit edits of one value."""
    every = list(whole.edits())
    if sum(len(each.applications) * len(each.environments) for each in every) > MOST_PLACES:
        environments = whole.names(Kind.ENVIRONMENT)
        yield _too_many(f"{len(every)} edits in {len(environments)} environments")
        return
    places: dict[tuple[str, str], tuple[Place, Written]] = {}
    for written in every:
        edit = written.edit
        for name, environment, entry in product(
            written.applications, written.environments, (*edit.path, *edit.pattern)
        ):
            place = (_filled(edit.file, name, environment), _filled(entry, name, environment))
            other, first = places.setdefault(place, ((name, environment), written))
            if other != (name, environment):
                owner = f"{_named(other)} ({_where(first)})"
                yield written.problem(f"{place[1]} in {place[0]} already belongs to {owner}: give each its own")
                break


def one_place_each(whole: Whole) -> Iterator[Problem]:
    """Two environments that would write to the same place for some application."""
    meeting = _may_meet(whole.environments)
    by_image = _by_image(whole)
    found = sum(map(len, by_image.values())) * max((len(each.paths) for each in meeting.values()), default=1)
    if found * len(meeting) > MOST_PLACES:
        yield _too_many(f"{found} images in {len(meeting)} environments whose paths begin alike")
        return
    told: set[frozenset[str]] = set()
    for applications in by_image.values():
        paths = [
            ((application, name), _filled(path, application, name))
            for name, environment in meeting.items()
            for _, path in environment.included
            for application in applications
        ]
        first: dict[str, Place] = {}
        for place, path in paths:
            first.setdefault(path, place)
        for place, path in paths:
            outer = next((each for each in outwards(path) if first.get(each, place)[1] != place[1]), None)
            if outer is None or _always_meet(whole, place[1], first[outer][1]):
                continue
            both = frozenset((place[1], first[outer][1]))
            if both not in told:
                told.add(both)
                where = f"already belongs to {_named(first[outer])}"
                if path != outer:
                    where = f"lies in {outer!r}, the place of {_named(first[outer])}"
                message = f"for {place[0]!r}, {path!r} {where}: give each its own"
                yield whole.conflict(place[1], message, "path")


def one_report_each(whole: Whole) -> Iterator[Problem]:
    """Two places whose health reports would have the same name, so that one would count for the other."""
    reports: dict[str, Place] = {}
    left = MOST_PLACES
    for name, environment in whole.environments.items():
        for position, template in enumerate(environment.gates.health):
            if not all(f"{{{word}}}" in template for word in PLACEHOLDERS):
                continue  # without one of them, it stands for several on purpose
            left -= len(whole.applications) * len(environment.origin.environments)
            if left < 0:
                yield _too_many("the health reports of all applications in all environments")
                return
            for place in product(whole.applications, environment.origin.environments):
                report = _filled(template, *place)
                other = reports.setdefault(report, place)
                if other != place:
                    both = f"{_named(other)} and for {_named(place)}"
                    apart = "separate the placeholders with what no name contains, such as '/'"
                    message = f"{report!r} would report for {both}: {apart}"
                    yield whole.at(name, message, "gates", "health", position)
                    break


def _too_many(what: str) -> Problem:
    return Problem(MAIN, 0, 0, f"{what} are more than {MOST_PLACES} places, too many to compare: define fewer")


def _may_meet(environments: Mapping[str, Environment]) -> Mapping[str, Environment]:
    """Return the environments whose paths begin alike. No others can share a place, whatever the applications' names are."""
    folders = {
        name: frozenset(_begin(path, name) for _, path in environment.included)
        for name, environment in environments.items()
    }
    counts = Counter(folder for each in folders.values() for folder in each)
    alike = {folder for folder, count in counts.items() if count > 1}
    for folder in counts:
        for outer in outwards(folder):
            if outer != folder and outer in counts:
                alike.update((outer, folder))
    return {name: environment for name, environment in environments.items() if folders[name] & alike}


def _begin(path: str, environment: str) -> str:
    """Return the folder in which everything of a path lies, whatever the application's name is."""
    begin, has_application, _ = path.partition("{application}")
    filled = begin.replace("{environment}", environment)
    return (filled.rpartition("/")[0] or ".") if has_application else filled


def _by_image(whole: Whole) -> Mapping[str, list[str]]:
    """Return image → the applications whose places are found by it. Applications with `edit` name their places instead."""
    found: dict[str, list[str]] = {}
    for name, application in whole.applications.items():
        for image in () if application.edit else application.images:
            found.setdefault(image, []).append(name)
    return found


def _always_meet(whole: Whole, *environments: str) -> bool:
    """Return whether the first lies in the second for every application; `one_folder_each` reports these."""
    ones, others = (
        [_filled(path, "{application}", name) for _, path in whole.environments[name].included] for name in environments
    )
    return any(other in outwards(one) for one, other in product(ones, others))


def _filled(template: str, application: str, environment: str) -> str:
    return template.replace("{application}", application).replace("{environment}", environment)


def _where(written: Written) -> str:
    problem = written.problem("")
    return f"{problem.path}:{problem.line}"


def _named(place: Place) -> str:
    return f"{place[0]!r} in {place[1]!r}"
