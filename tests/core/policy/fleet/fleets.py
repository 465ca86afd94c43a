"""Policies with rules, and the repositories in which they find applications."""

from bot.core.policy import Discovery, Policy, discover, folders_to_list, listing, read
from bot.core.values.errors import PolicyError

FLEET = """\
defaults:
  application:
    image: ghcr.io/acme/{application}
    source: acme/{application}
    owners: ['@acme/{application}']
    versions: {semver: '>=1.0.0', write: tag+digest}
  environment:
    path: envs/{environment}/{application}
applications:
  '*': {except: [legacy-*]}
  billing:
    images: [ghcr.io/acme/billing, ghcr.io/acme/billing-worker]
    environments:
      prod: {gates: {approvals: {count: 2}}}
      staging: false
environments:
  dev: {from: registry}
  staging: {from: dev, gates: {soak: 30m}}
  prod: {from: staging, promote: manual, gates: {soak: 1h, approvals: {count: 1, from: [owners]}}}
"""


def folders(*names: str, environments: tuple[str, ...] = ("dev", "staging", "prod")) -> list[str]:
    """The files of a repository with a folder for each application and environment."""
    return [f"envs/{environment}/{name}/kustomization.yaml" for environment in environments for name in names]


def discovered(text: str, *paths: str, files: dict[str, str] | None = None) -> Discovery:
    """What the rules of a policy find among these files."""
    policy = read({".gitops.yml": text, **(files or {})})
    return discover(policy, listing(paths, folders_to_list(policy)))


def effective(text: str, application: str, *paths: str) -> Policy:
    """The policy as one application has it."""
    return discovered(text, *paths).policy.of(application)


def problems(text: str, files: dict[str, str] | None = None) -> list[str]:
    """`line:column: message` of everything that is wrong with the policy itself."""
    try:
        read({".gitops.yml": text, **(files or {})})
    except PolicyError as error:
        return [str(each).removeprefix(".gitops.yml:") for each in error.problems]
    return []


def findings(text: str, *paths: str) -> list[str]:
    """`line:column: message` of what is wrong between the policy and these files."""
    return [str(each).removeprefix(".gitops.yml:") for each in discovered(text, *paths).problems]
