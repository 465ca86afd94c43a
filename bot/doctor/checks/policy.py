"""policy: does the repository have one that can be read?

| name                 | when                                                                     |
|----------------------|--------------------------------------------------------------------------|
| `policy-missing`     | there is no .gitops.yml on the default branch, and somebody asked for it |
| `policy-broken`      | it has errors; all of them are named                                     |
| `source-unreadable`  | the App is not installed on a source repository that the policy names    |
| `source-not-allowed` | it belongs to another owner, and SOURCES_ALLOWED does not have the pair  |
| `policy`             | good                                                                     |
"""

from collections.abc import Iterator, Mapping

from bot.core.policy import Policy
from bot.core.values.errors import PolicyError
from bot.doctor.findings import Finding, good, problem

MOST_NAMED = 5


def judge_policy(repository: str, policy: Policy | PolicyError | None, *, page: str, asked: bool) -> Finding:
    """Judge the policy. asked: somebody named this repository; otherwise it may be a source repository."""
    if policy is None:
        if not asked:
            return good("policy", "No policy: the bot only reads it, as a source repository.", subject=repository)
        return problem(
            "policy-missing",
            "There is no .gitops.yml in the root of the default branch, so the bot does nothing here.",
            "Write a first policy, or let gitops-bot init write one. Begin with mode: observe.",
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
