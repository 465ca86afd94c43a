"""Repositories in a few lines, for the tests of detection."""

from collections.abc import Mapping

from bot.core.policy import Environment, Policy
from bot.core.policy.paths import included_paths
from bot.detection import Draft, Tree, draft

OWNER = "acme/manifests"


def tree(files: Mapping[str, str], *, repository: str = OWNER) -> Tree:
    """A repository that holds these files."""
    return Tree(tuple(sorted(files)), {path: text.encode() for path, text in files.items()}, repository)


def drafted(files: Mapping[str, str], *, repository: str = OWNER) -> Draft:
    """The policy for a repository that holds these files."""
    return draft(tree(files, repository=repository))


def policy_of(files: Mapping[str, str], *, repository: str = OWNER) -> Policy:
    """The policy for a repository in which something is found."""
    found = drafted(files, repository=repository)
    assert found.policy is not None, found.detected
    return found.policy


def chain(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return environment → the ones that it follows."""
    return {name: each.origin.environments for name, each in policy.environments.items()}


def paths(environment: Environment, application: str) -> tuple[str, ...]:
    """Return where an application's manifests are."""
    return included_paths(environment, application)


def kustomization(image: str, tag: str) -> str:
    """A Kustomization that sets one image."""
    return f"kind: Kustomization\nimages:\n  - {{name: {image}, newTag: '{tag}'}}\n"


def deployment(image: str) -> str:
    """A Deployment of one image."""
    return f"kind: Deployment\nspec: {{template: {{spec: {{containers: [{{name: a, image: '{image}'}}]}}}}}}\n"


def values(image: str, tag: str) -> str:
    """Helm values of one image."""
    return f"image:\n  repository: {image}\n  tag: '{tag}'\n"
