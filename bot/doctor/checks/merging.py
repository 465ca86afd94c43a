"""merging: can the bot merge in this repository?

| name                       | when                                                                              |
|----------------------------|-----------------------------------------------------------------------------------|
| `repository-archived`      | it is read-only                                                                   |
| `issues-disabled`          | there can be no dashboard                                                         |
| `merge-impossible`         | settings and rules together allow no merge method                                 |
| `branch-locked`            | a rule locks the default branch, or restricts who may change it                    |
| `review-required`          | GitHub requires reviews, where the policy lets the bot merge without approvals    |
| `rules-unread`             | there are more rules than the bot reads                                           |
| `signatures-unverified`    | this GitHub does not sign the bot's commits, so `gitops-state` is not believed     |
| `merging`                  | good                                                                              |
"""

from collections.abc import Iterator

from bot.core.observation.repository import Repository
from bot.core.policy import Merge, Mode, Policy
from bot.doctor import links
from bot.doctor.findings import Finding, good, problem

_LOCKS = frozenset({"LOCK_BRANCH", "UPDATE"})


def judge_merging(repository: Repository, policy: Policy, *, web: str, has_issues: bool = True) -> tuple[Finding, ...]:
    """Return what keeps the bot from merging, or from saying why it does not."""
    if repository.archived:
        return (
            problem(
                "repository-archived",
                "The repository is archived, so the bot only reads it.",
                "Unarchive it, or remove it from the App's installation.",
                link=links.settings(web, repository.name),
                subject=repository.name,
            ),
        )
    found = tuple(_problems(repository, policy, web, has_issues=has_issues))
    return found or (good("merging", "The bot can merge here.", subject=repository.name),)


def _problems(repository: Repository, policy: Policy, web: str, *, has_issues: bool) -> Iterator[Finding]:
    name, rules = repository.name, repository.protection
    if not has_issues:
        yield problem(
            "issues-disabled",
            "Issues are disabled, so there is no dashboard: what no pull request can show is nowhere to be seen.",
            "Tick Issues under Features in the repository's settings.",
            link=links.settings(web, name),
            subject=name,
        )
    yield from _methods(repository, web)
    if rules.others & _LOCKS:
        yield problem(
            "branch-locked",
            f"A rule locks {repository.default_branch}, or restricts who may change it.",
            "Let the App bypass that rule, or remove it: Settings, Rules, Rulesets.",
            link=links.rules(web, name),
            subject=name,
        )
    if not rules.is_whole:
        yield problem(
            "rules-unread",
            f"{repository.default_branch} has more than 100 rules. The bot reads no more, and merges nothing.",
            "Remove the rules that repeat others.",
            link=links.rules(web, name),
            subject=name,
        )
    yield from _reviews(repository, policy, web)


def _methods(repository: Repository, web: str) -> Iterator[Finding]:
    if not repository.merge_methods and not repository.protection.merge_queue:  # a queue has a method of its own
        yield problem(
            "merge-impossible",
            "The repository's settings and rules together allow no way to merge. A linear history, for example, forbids merge "
            "commits.",
            "Allow squash merging in the repository's settings, and in the rules for the default branch.",
            link=links.settings(web, repository.name),
            subject=repository.name,
        )


def _reviews(repository: Repository, policy: Policy, web: str) -> Iterator[Finding]:
    rules = repository.protection
    if not (rules.required_approvals or rules.code_owners) or policy.mode is Mode.OBSERVE:
        return
    surprised = [
        each.name for each in policy.environments.values() if each.merge is Merge.AUTO and each.gates.approvals is None
    ]
    if surprised:
        count = rules.required_approvals
        wanted = f"{count} approval{'' if count == 1 else 's'}" if count else "an approval by code owners"
        yield problem(
            "review-required",
            f"GitHub requires {wanted} on every pull request, so nothing merges by itself in {', '.join(surprised)}, though "
            "the policy asks for no approval there.",
            "Let the App bypass the rule for pull requests (Settings, Rules, Rulesets, Bypass list), or set approvals and "
            "merge: manual in the policy, so that it says so.",
            link=links.rules(web, repository.name),
            subject=repository.name,
        )


def judge_signatures(repository: str, doubt: str) -> Finding | None:
    """Judge whether the bot may believe its own records. doubt: as in StateBranch."""
    if not doubt:
        return None
    return problem(
        "signatures-unverified",
        f"The bot cannot tell who wrote gitops-state ({doubt.rstrip('.')}), so nothing merges.",
        "Turn on web commit signing on your GitHub Enterprise Server, or protect gitops-state and set GITHUB_UNSIGNED=trust.",
        subject=repository,
    )
