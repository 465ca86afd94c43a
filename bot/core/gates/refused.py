"""refused: no gate of the policy, but what GitHub refused in the last pass although every gate passed.

| refused in the last pass, about this pull request or its opening | verdict                  |
|------------------------------------------------------------------|--------------------------|
| what looks like somebody having been quicker, for the first time | none                     |
| something else, or the same once more                            | blocked `github-refused` |
| nothing                                                          | none                     |

It comes before all others and stops nothing: the bot tries again with growing delays, and the verdict disappears with
the first success.
"""

import re

from bot.core.gates.question import blocked
from bot.core.plan import Verdict
from bot.core.state import EnvironmentState

NAME = "refused"
SENTENCES = {"github-refused": "GitHub refused to {doing}: {said}; the bot tries again"}

# A fresh look explains these. The first is what a merge meets shortly after another one: https://github.com/cli/cli/issues/8092
# The last is a promotion that somebody queued between the look and the write: https://github.com/SharezoneApp/sharezone-app/pull/605
_RACE = re.compile(
    r"was modified|expected branch to point to|already exists|not in the queue|queued for merging cannot be updated",
    re.IGNORECASE,
)
# GitHub's words, and who can do something about them; the first that fits.
_ADVICE = (
    # https://github.com/intel/torch-xpu-ops/pull/5487: GitHub would merge all that is below it in the stack, too.
    (r"stacked|part of a stack", "anyone with write permission, by taking the pull request out of its stack"),
    # https://github.com/Mergifyio/mergify/discussions/2507
    (
        r"without .?workflows.? permission",
        "anyone who can take `.github/workflows` out of the changes, or an owner of the App, by adding permission Workflows",
    ),
    (
        r"not accessible by integration|permission",
        "an owner of the App's installation, by accepting the permissions that it asks for",
    ),
    (
        r"rule violation|protected|required|must be made through|not authorized|not allowed|signed",
        "anyone who may change the rules of the branch, or can meet them",
    ),
    (r"conflict|not mergeable", "anyone who can change the manifests"),
)
_BRANCH = (
    "anyone who may delete a branch whose name is a prefix of this one, such as `{}`, or may change the rules that "
    "forbid it"
)
_OWN_BRANCH = re.compile(r"\bgitops(-state\b|(-stage)?/)")
_BY_RULE = re.compile(r"rule violation|must be made through|\bruleset\b|cannot (force-push|delete)", re.IGNORECASE)
_RULESETS = (
    "anyone who may change the rulesets, by excluding `gitops/**`, `gitops-stage/**` and `gitops-state` from them or by "
    "adding the App to those who may bypass them"
)
_OTHERS = "anyone who can fix what GitHub names"


def judge(here: EnvironmentState) -> Verdict | None:
    """Return what to say of the last pass."""
    promotion, refused = here.promotion, here.refused
    if refused is None or refused.pull != (promotion.pull.number if promotion else None):
        return None
    if _RACE.search(refused.said) and not refused.again:
        return None
    return blocked(
        NAME,
        "github-refused",
        who=(_who(here.name, refused.doing, refused.said),),
        doing=refused.doing,
        said=refused.said.rstrip("."),
    )


def _who(environment: str, doing: str, said: str) -> str:
    if _OWN_BRANCH.search(doing) and _BY_RULE.search(said):
        return _RULESETS
    for words, people in _ADVICE:
        if re.search(words, said, re.IGNORECASE):
            return people
    return _BRANCH.format(f"gitops/{environment}") if doing.startswith("create the branch") else _OTHERS
