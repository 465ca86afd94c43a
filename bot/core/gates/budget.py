"""budget: no gate of the policy, but what waits for GitHub's limit on new content although every gate passed.

| in the last pass                          | verdict                                  |
|-------------------------------------------|------------------------------------------|
| this installation's share was used up     | waiting `github-limit` until it has room |
| GitHub itself had refused new content     | waiting `github-paused` until it said    |
| nothing waited                            | none                                     |

It comes before all others and stops nothing: the bot goes on as soon as there is room.
"""

from bot.core.gates.question import moment, waiting
from bot.core.plan import Verdict
from bot.core.state import EnvironmentState

NAME = "budget"
SENTENCES = {
    "github-limit": "waiting to {doing}: GitHub limits new content, and {used} of {most} this {per} are used; continues at "
    "{until}",
    "github-paused": "waiting to {doing}: GitHub refused new content for now; continues at {until}",
}


def judge(here: EnvironmentState) -> Verdict | None:
    """Return what to say of the last pass."""
    promotion, limited = here.promotion, here.limited
    if limited is None or limited.pull != (promotion.pull.number if promotion else None):
        return None
    facts = {"doing": limited.doing, "until": moment(limited.until.replace(microsecond=0))}
    if limited.refused:
        return waiting(NAME, "github-paused", facts, again_at=limited.until)
    counts = {"used": str(limited.used), "most": str(limited.most), "per": limited.per}
    return waiting(NAME, "github-limit", facts | counts, again_at=limited.until)
