"""Names of promotion branches, `gitops/<environment>/<application>`, under present and former names."""

from bot.core.observation.sweep import SweptPull
from bot.core.policy import Application, Environment, Policy
from bot.core.values.errors import PolicyError

BRANCHES = "gitops/"

STAGES = "gitops-stage/"


def branch_of(environment: str, application: str) -> str:
    """Return the promotion's branch, without `refs/heads/`."""
    return f"{BRANCHES}{environment}/{application}"


def stage_of(branch: str) -> str:
    """Return the branch on which the promotion's next commit is built."""
    return STAGES + branch.removeprefix(BRANCHES)


def place_on(branch: str) -> tuple[str, str] | None:
    """Return the environment and application that a branch names; None if it is not a promotion branch."""
    environment, _, application = branch.removeprefix(BRANCHES).partition("/")
    named = branch.startswith(BRANCHES) and environment and application and "/" not in application
    return (environment, application) if named else None


def former_branches(environment: Environment, application: Application) -> tuple[str, ...]:
    """Return the branches that carried this promotion under former names of environment, application or both."""
    places = [
        branch_of(where, what)
        for where in (environment.name, environment.was)
        for what in (application.name, application.was)
        if where is not None and what is not None
    ]
    return tuple(places[1:])


def is_promotion(branch: str, policy: Policy | PolicyError) -> bool:
    """Report whether a branch of this repository is a promotion branch.

    While the policy is broken, the name's form decides.
    """
    place = place_on(branch)
    if place is None or isinstance(policy, PolicyError):
        return place is not None
    environment, application = policy.renames.place(place)
    return policy.uses(environment, application)


def carries_promotion(pull: SweptPull, policy: Policy | PolicyError) -> bool:
    return not pull.is_cross_repository and is_promotion(pull.branch, policy)
