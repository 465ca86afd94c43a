"""The pages about a first policy: the marks by which the bot knows them again, and what stands on those about mistakes."""

from collections.abc import Mapping

from bot.core.pages.parts.collapsed import few
from bot.core.values.errors import Problem
from bot.core.values.text import code, escape

BROKEN = "broken"

TITLES: Mapping[str, str] = {
    "pull request": "Add a policy for GitOps Bot",
    "issue": "Which versions should GitOps Bot promote here?",
    BROKEN: "The policy for GitOps Bot has mistakes",
}
"""By what the page is for."""

MARKERS: Mapping[str, str] = {
    "pull request": "<!-- gitops-bot first policy -->",
    "issue": "<!-- gitops-bot asks for a policy -->",
    BROKEN: "<!-- gitops-bot first policy has mistakes -->",
}
"""The last line of each page, for the bot."""

MOST_PROBLEMS = 200


def broken_page(problems: tuple[Problem, ...]) -> str:
    """Return what stands in the issue about a first policy that cannot be read."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = [f"- {code(f'{each.path}:{each.line}:{each.column}')} {escape(each.message)}" for each in problems]
    return "\n\n".join(
        (
            f"The policy on the default branch has {count}, so the bot does nothing here yet:",
            few(lines, most=MOST_PROBLEMS),
            "The commit that fixes them closes this issue. `gitops-bot validate` shows the same in a checkout.",
            MARKERS[BROKEN],
        )
    )


def fixed_sentence(head: str) -> str:
    """Return the comment that closes that issue."""
    return f"Fixed in {head}: the policy is valid."
