"""required checks: does each of them ever report?

| name                           | when                                                                                     |
|--------------------------------|------------------------------------------------------------------------------------------|
| `required-check-never-reports` | none of the newest pull requests has it, so promotions would wait for ever                |
| `promotion-check-optional`     | `gitops/promotion` is not required, so anyone can merge before the gates pass             |
| `promotion-check-from-anybody` | it is required, and any App may report it                                                 |
| `required-checks`              | good                                                                                     |

A check that is skipped by a path filter never reports:
https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks
"""

from collections.abc import Iterable, Iterator

from bot.core.gates.protection import OWN_CHECK
from bot.core.observation.repository import Repository
from bot.doctor import links
from bot.doctor.findings import Finding, good, problem, unchecked

OURS = frozenset({OWN_CHECK, "gitops/policy"})


def judge_required_checks(
    repository: Repository, reported: Iterable[str], *, pulls: int, web: str
) -> tuple[Finding, ...]:
    """Return what is wrong with the required checks. reported: names seen on the newest pull requests; pulls: their number."""
    found = tuple(_problems(repository, frozenset(reported), pulls, web))
    return found or (good("required-checks", "Every required check reports.", subject=repository.name),)


def _problems(repository: Repository, reported: frozenset[str], pulls: int, web: str) -> Iterator[Finding]:
    required, name = repository.protection.required_checks, repository.name
    others = sorted(required - OURS)
    if others and not pulls:
        yield unchecked(
            "required-checks",
            f"There was no pull request yet on which {', '.join(others)} could have reported.",
            "Open one, and ask again.",
            subject=name,
        )
    for check in others if pulls else ():
        if check not in reported:
            yield problem(
                "required-check-never-reports",
                f"The check {check} is required, and did not report on any of the last {pulls} pull requests. Promotions would "
                "wait for it for ever.",
                "Correct its name in the rule, or let it run on every pull request: without a path filter, and also for pull "
                "requests of the App.",
                link=links.STUCK_CHECKS,
                subject=name,
            )
    if OWN_CHECK not in required:
        yield problem(
            "promotion-check-optional",
            f"{OWN_CHECK} is not required on {repository.default_branch}, so anyone who may merge can merge a promotion before "
            "its gates pass.",
            f"Require {OWN_CHECK} in a ruleset for the default branch, with the App as its source.",
            link=links.rules(web, name),
            subject=name,
        )
    elif repository.protection.check_apps.get(OWN_CHECK) != repository.app_id:
        yield problem(
            "promotion-check-from-anybody",
            f"{OWN_CHECK} is required, and any App or token with write access may report it.",
            "Choose the App as the source of the check in the rule.",
            link=links.rules(web, name),
            subject=name,
        )
