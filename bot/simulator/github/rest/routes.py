"""All REST operations, the most specific first."""

from bot.simulator.github.rest.call import Route
from bot.simulator.github.rest.resources import (
    accounts,
    activity,
    apps,
    checks,
    collections,
    contents,
    deployments,
    git,
    issues,
    labels,
    pulls,
    repositories,
    rulesets,
    stacks,
)

_FILES = (
    accounts,
    activity,
    apps,
    checks,
    collections,
    contents,
    deployments,
    git,
    issues,
    labels,
    pulls,
    repositories,
    rulesets,
    stacks,
)
ROUTES: tuple[Route, ...] = tuple(
    sorted((route for file in _FILES for route in file.routes.all), key=lambda route: -route.literals)
)


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the operation of `method path` with the path's parameters, still percent-encoded; None if unknown."""
    path = path.rstrip("/")
    for route in ROUTES:
        if route.method == method:
            matched = route.pattern.fullmatch(path)
            if matched is not None:
                return route, matched.groupdict()
    return None
