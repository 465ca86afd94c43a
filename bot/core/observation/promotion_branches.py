"""The branch that carries a promotion, `gitops/<environment>/<application>`, by the present names and by former ones."""

from bot.core.observation.sweep import SweptPull
from bot.core.policy import Application, Environment, Policy
from bot.core.values.errors import PolicyError

BRANCHES = "gitops/"

STAGES = "gitops-stage/"


def branch_of(environment: str, application: str) -> str:
    """The promotion's branch, without `refs/heads/`."""
    return f"{BRANCHES}{environment}/{application}"


def stage_of(branch: str) -> str:
    """Where the branch's next commit is built."""
    return STAGES + branch.removeprefix(BRANCHES)


def place_on(branch: str) -> tuple[str, str] | None:
    """Environment and application as a branch names them; None for one that carries no promotion."""
    environment, _, application = branch.removeprefix(BRANCHES).partition("/")
    named = branch.startswith(BRANCHES) and environment and application and "/" not in application
    return (environment, application) if named else None


def former_branches(environment: Environment, application: Application) -> tuple[str, ...]:
    """The branches that carried it under former names: either may have been renamed first, or both at once."""
    places = [
        branch_of(where, what)
        for where in (environment.name, environment.was)
        for what in (application.name, application.was)
        if where is not None and what is not None
    ]
    return tuple(places[1:])


def is_promotion(branch: str, policy: Policy | PolicyError) -> bool:
    """A branch of this repository with this name carries a promotion; while the policy is broken, any that looks like it."""
    place = place_on(branch)
    if place is None or isinstance(policy, PolicyError):
        return place is not None
    environment, application = policy.renames.place(place)
    return environment in policy.environments and application in policy.applications


def carries_promotion(pull: SweptPull, policy: Policy | PolicyError) -> bool:
    return not pull.is_cross_repository and is_promotion(pull.branch, policy)
