"""Whether what was seen of an application under one policy is enough to decide it under another."""

from bot.core.people.circle import circle
from bot.core.policy import Application, Environment, Policy
from bot.core.state import State
from bot.core.values.text import code

_CHOICE = ("images", "source", "versions", "edit")


def known_environments(present: Policy, proposed: Policy) -> tuple[str, ...]:
    """Return the environments that were looked at as they are proposed, and that follow only such ones."""
    names = [
        name
        for name, environment in proposed.environments.items()
        if name in present.environments and present.environments[name].paths == environment.paths
    ]
    while True:
        kept = [name for name in names if set(proposed.environments[name].origin.environments) <= set(names)]
        if kept == names:
            return tuple(names)
        names = kept


def chooses_alike(before: Application, after: Application) -> bool:
    """Return whether what was seen of the application's images, source and files is what the other policy would look at."""
    return all(getattr(before, name) == getattr(after, name) for name in _CHOICE)


def stands_alike(present: Policy, proposed: Policy, application: str) -> bool:
    """Return whether the application's version stands at the same places in the environments of both."""
    before, after = present.of(application).environments, proposed.of(application).environments
    return all(
        (before[name].paths, before[name].edit) == (environment.paths, environment.edit)
        for name, environment in after.items()
        if name in before
    )


def shares_alike(present: Policy, proposed: Policy, application: str) -> bool:
    """Return whether the same others may come to the application's values: one with two owners is promoted for neither."""
    return present.neighbours.digest_of(application) == proposed.neighbours.digest_of(application)


def looks_alike(present: Policy, proposed: Policy, application: str) -> bool:
    """Return whether a look at the application under one policy says what one under the other would say."""
    before, after = present.applications.get(application), proposed.applications[application]
    return (
        before is not None
        and chooses_alike(before, after)
        and stands_alike(present, proposed, application)
        and shares_alike(present, proposed, application)
    )


def unseen(present: Policy, environment: Environment, application: Application, state: State) -> str:
    """Return what the gates of an environment would ask that nobody has asked yet; '' if there is nothing."""
    rule = environment.gates.approvals
    teams = circle(rule.from_, application.owners).teams() if rule else frozenset()
    unread = sorted(teams - state.teams.keys())
    if unread:
        return f"who is in {', '.join(map(code, unread))}"
    checks_read = any(each.gates.checks for each in present.of(application.name).environments.values())
    return "the checks of its source commits" if environment.gates.checks and not checks_read else ""
