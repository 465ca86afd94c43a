"""What people read about an environment that an application does not use."""

from bot.core.policy import Application, Policy
from bot.core.policy.paths import resolved_path
from bot.core.values.text import code


def why_unused(policy: Policy, application: Application, environment: str) -> str:
    """Return why the application does not use one of `policy.unused`, as the beginning of a sentence."""
    what = f"{code(application.name)} does not use {code(environment)}"
    if application.claims(environment) is False:
        return f"{what}: the policy says so"
    images = ", ".join(map(code, application.images))
    return f"{what}: nothing in {code(resolved_path(policy.unused[environment], application.name))} refers to {images}"
