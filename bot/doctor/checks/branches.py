"""branches: are the bot's own branches closed to others, and open to the bot?

| name                       | when                                                                                   |
|----------------------------|----------------------------------------------------------------------------------------|
| `state-branch-unprotected` | others can push to `gitops-state`, move it back or delete it                           |
| `state-branch-blocked`     | a rule keeps the bot from writing it                                                   |
| `promotions-blocked`       | a rule keeps the bot from pushing promotion branches                                   |
| `branches`                 | good                                                                                   |

Rulesets for all branches hit the bot's as well: googleapis/repo-automation-bots#5551; a merge queue's keep branches from being
created: aquasecurity/trivy#10931.
"""

from collections.abc import Iterable, Iterator

from bot.doctor import links
from bot.doctor.findings import Finding, good, problem
from bot.github.inspection.repository import Rule, SeenRules

RECOMMENDED = ("update", "deletion", "non_fast_forward")
"""https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets"""
_WORDS = {"update": "restrict updates", "deletion": "restrict deletions", "non_fast_forward": "block force pushes"}
_BLOCKING = frozenset(
    {
        "branch_name_pattern",
        "commit_author_email_pattern",
        "commit_message_pattern",
        "committer_email_pattern",
        "creation",
        "file_path_restriction",
        "lock_branch",
        "merge_queue",
        "non_fast_forward",
        "pull_request",
        "required_deployments",
        "required_status_checks",
        "update",
        "workflows",
    }
)
"""Rules that keep a bot without a bypass from creating, moving or force-pushing a branch."""


def judge_branches(repository: str, rules: SeenRules, *, web: str) -> tuple[Finding, ...]:
    """Return what is wrong with the rules for the bot's branches."""
    found = tuple(_problems(repository, rules, links.rules(web, repository)))
    return found or (good("branches", "The bot's branches are closed to others, and open to it.", subject=repository),)


def _problems(repository: str, rules: SeenRules, page: str) -> Iterator[Finding]:
    kinds = {rule.kind for rule in rules.state}
    missing = [_WORDS[kind] for kind in RECOMMENDED if kind not in kinds]
    if missing and not rules.classic:
        yield problem(
            "state-branch-unprotected",
            f"gitops-state lacks rules: {', '.join(missing)}. Others could change what the bot remembers, or delete it "
            "while no bot is running.",
            f"Add a ruleset for gitops-state: {', '.join(_WORDS.values())}; let the App bypass it always.",
            link=page,
            subject=repository,
        )
    for name, branch, found in (
        ("state-branch-blocked", "gitops-state", rules.state),
        ("promotions-blocked", "gitops/**", rules.promotions),
    ):
        for ruleset, blocking in _blocking(found):
            yield problem(
                name,
                f"The ruleset {ruleset} covers {branch} and keeps the bot from writing there ({', '.join(blocking)}).",
                f"Let the App bypass {ruleset} always, or exclude {branch} from it.",
                link=page,
                subject=repository,
            )


def _blocking(rules: Iterable[Rule]) -> Iterator[tuple[str, list[str]]]:
    """Yield the rulesets that stop the bot. One whose bypass GitHub does not tell is taken to let it pass."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        if rule.kind in _BLOCKING and rule.bypass is False:
            found.setdefault(rule.ruleset, []).append(rule.kind)
    yield from found.items()
