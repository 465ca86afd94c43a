"""What people read about an environment that an application does not use."""

from bot.core.policy import Application, Policy
from bot.core.policy.paths import included_paths
from bot.core.values.text import code


def why_unused(policy: Policy, application: Application, environment: str) -> str:
    """Return why the application does not use one of `policy.unused`, as the beginning of a sentence."""
    what = f"{code(application.name)} does not use {code(environment)}"
    if application.claims(environment) is False:
        return f"{what}: the policy says so"
    images = ", ".join(map(code, application.images))
    paths = ", ".join(map(code, included_paths(policy.unused[environment], application.name)))
    return f"{what}: nothing in {paths} refers to {images}"
