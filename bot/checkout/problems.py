"""What is wrong with a policy and the manifests that it reaches, whatever versions there are."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from bot.checkout.planned import PlannedRow
from bot.core.policy import Policy
from bot.core.policy.file.parts import USES, Kind, Part
from bot.core.policy.fleet.discovery import environments_without_applications
from bot.core.policy.paths import included_paths
from bot.core.policy.suggestions import listed
from bot.core.values.errors import Problem


def all_problems(known: tuple[Problem, ...], policy: Policy, rows: Sequence[PlannedRow]) -> Iterator[Problem]:
    """Yield the problems of the rules, of each application, and of environments that nobody uses, each once."""
    used: dict[str, list[str]] = {row.application: [] for row in rows}
    for row in rows:
        used[row.application] += [row.environment] if row.used else []
    first = (*known, *environments_without_applications(policy, used))
    places = {(problem.path, problem.line, problem.column) for problem in first}
    # Discovery has already reported applications that have no folder of their name.
    others = (each for each in row_problems(policy, rows) if (each.path, each.line, each.column) not in places)
    yield from dict.fromkeys((*first, *others))


def written(problem: Problem) -> str:
    """Return `path:line:column: message`, without a line or a column that is not known."""
    places = [str(number) for number in (problem.line, problem.column) if number]
    return f"{':'.join([problem.path, *places])}: {problem.message}"


def row_problems(policy: Policy, rows: Iterable[PlannedRow]) -> Iterator[Problem]:
    """Yield what keeps every version from an environment. An application that is nowhere is one problem."""
    for name, group in groupby(rows, key=lambda row: row.application):
        used = [row for row in group if row.used]
        if used and not any(row.places or row.problem_at for row in used):
            yield _reaches_nothing(policy, name, used)
            continue
        for row in used:
            if row.problem:
                yield _problem(policy, row)


def _reaches_nothing(policy: Policy, name: str, rows: Sequence[PlannedRow]) -> Problem:
    images = listed(policy.applications[name].images, last="and")
    own = policy.of(name)
    paths = listed(
        [path for row in rows for path in included_paths(own.environments[row.environment], name)], last="and"
    )
    message = f"{name!r} reaches nothing: no reference to {images} in {paths}"
    return _part(policy, name).at_key(message)


def _problem(policy: Policy, row: PlannedRow) -> Problem:
    message = f"{row.application} in {row.environment}: {row.problem}"
    path, _, line = row.problem_at.rpartition(":")
    if path:
        return Problem(path, int(line), 0, message)
    if row.problem_at:
        return Problem(row.problem_at, 0, 0, message)
    # Nothing is there, although the application itself says that it is.
    return _part(policy, row.application).at_key(message, USES, row.environment)


def _part(policy: Policy, name: str) -> Part:
    """Return where the policy says what an application is: at its own name, or at the rule that finds it."""
    blueprint = policy.blueprint
    own = blueprint.whole.parts.get((Kind.APPLICATION, name))
    return own or next(rule.part for rule in blueprint.rules if rule.claims(name))
