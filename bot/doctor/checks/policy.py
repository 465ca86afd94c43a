"""policy: does the repository have one that can be read?

| name                 | when                                                                     |
|----------------------|--------------------------------------------------------------------------|
| `policy-missing`     | there is no .gitops.yml on the default branch, and somebody asked for it |
| `policy-broken`      | it has errors; all of them are named                                     |
| `deployments-refused`| it shows deployments, and the App may not write them there               |
| `source-unreadable`  | the App is not installed on a source repository that the policy names    |
| `source-not-allowed` | it belongs to another owner, and SOURCES_ALLOWED does not have the pair  |
| `policy`             | good                                                                     |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.policy import Policy
from bot.core.policy.deployments import DeployedTo
from bot.core.values.errors import PolicyError
from bot.doctor.findings import Finding, good, problem

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the bot does in a repository without a policy. onboarding: it proposes one. opened: what it opened there, None for
    nothing; is_open: whether that is still open.
    """

    onboarding: bool
    opened: int | None = None
    is_open: bool = False


def judge_policy(
    repository: str,
    policy: Policy | PolicyError | None,
    *,
    page: str,
    beginning: Beginning | None = None,
) -> Finding:
    """Judge the policy. beginning: None where nobody named this repository, which may be a source repository."""
    if policy is None:
        if beginning is None:
            return good("policy", "No policy: the bot only reads it, as a source repository.", subject=repository)
        why, remedy = _beginning(beginning)
        return problem(
            "policy-missing",
            f"There is no .gitops.yml in the root of the default branch, so the bot does nothing here. {why}",
            remedy,
            subject=repository,
        )
    if isinstance(policy, PolicyError):
        named = "; ".join(str(each) for each in policy.problems[:MOST_NAMED])
        more = len(policy.problems) - MOST_NAMED
        return problem(
            "policy-broken",
            f"The policy has {_count(len(policy.problems), 'error')}: {named}{f'; and {more} more' if more > 0 else ''}.",
            "Correct them, and check the result with gitops-bot validate.",
            link=page,
            subject=repository,
        )
    applications, environments = len(policy.applications), len(policy.environments)
    seen = f"The policy has {_count(applications, 'application')} and {_count(environments, 'environment')}."
    return good("policy", seen, subject=repository)


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def _beginning(beginning: Beginning) -> tuple[str, str]:
    """Return why no policy was proposed, or what became of it; and what to do."""
    write = "Write a first policy, or let gitops-bot init write one. Begin with mode: observe."
    match beginning:
        case Beginning(opened=int(number), is_open=True):
            return f"The bot proposes one, or asks for one, in #{number}.", f"Merge or answer #{number}."
        case Beginning(opened=int(number)):
            return f"It did so in #{number}, which was closed, and does not propose one again.", write
        case Beginning(onboarding=False):
            return "It proposes none, because of ONBOARDING=off.", f"{write} Or unset ONBOARDING."
    return "It has proposed none: it found no manifests that it is sure about, or has not looked yet.", write


def judge_deployments(repository: str, policy: Policy, granted: Mapping[str, str]) -> Finding | None:
    """Judge whether the bot may show the deployments that the policy wants. granted: the App's permissions in this account.

    Those on commits of another account's source repositories are that account's matter.
    """
    owner = repository.partition("/")[0].casefold()
    sources = (each.source.repository for each in policy.applications.values() if each.source is not None)
    has_sources = any(source.partition("/")[0].casefold() == owner for source in sources)
    wanted = [
        each.name
        for each in policy.environments.values()
        if each.deployments is not None and (has_sources or DeployedTo.MANIFESTS in each.deployments.commits)
    ]
    if not wanted or granted.get("deployments") in {"write", "admin"}:
        return None
    return problem(
        "deployments-refused",
        f"The policy shows deployments of {', '.join(wanted)}, and the App may not write deployments: GitHub shows none.",
        "Give the App the permission Deployments: write; an owner of the account accepts it in the App's installation. Or "
        "remove deployments from the policy.",
        subject=repository,
    )


def judge_sources(repository: str, readable: Mapping[str, bool], allowed: Mapping[str, bool]) -> Iterator[Finding]:
    """Yield what the bot cannot read of the sources. readable, allowed: by source repository."""
    for source, installed in readable.items():
        if not allowed[source]:
            owners = f"{repository.partition('/')[0]}:{source.partition('/')[0]}"
            yield problem(
                "source-not-allowed",
                f"The policy names the source {source}, which belongs to another owner.",
                f"If both owners agree, add {owners} to SOURCES_ALLOWED.",
                subject=repository,
            )
        elif not installed:
            yield problem(
                "source-unreadable",
                f"The App is not installed on the source {source}, so the gate checks waits for ever there.",
                f"Install the App on {source}, or correct source in the policy.",
                subject=repository,
            )
