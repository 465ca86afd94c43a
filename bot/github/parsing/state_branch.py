"""How the App marks its own commits on `gitops-state`, and recognizes them."""

from bot.github.errors import Json
from bot.github.parsing.answers import nodes
from bot.github.parsing.commits import Maker, maker

STATE_BRANCH = "gitops-state"
STATE_TRAILER = "GitOps-State: written by the App"
"""The last line of each of the App's commit messages there. None of its other commits has it."""


def state_maker(commit: Json, bot_id: int) -> Maker:
    """Return who made this commit for `gitops-state`, given its `Making`. bot_id: of the App's bot.

    The App also commits to promotions, and GitHub signs a squash merge in the name of the person who opened the pull request.
    So a signature alone is not enough: the trailer must be there, and no pull request may have made the commit.
    """
    pulls = commit["associatedPullRequests"]
    made_by_pull = any((pull["mergeCommit"] or {}).get("oid") == commit["oid"] for pull in nodes(pulls))
    has_trailer = STATE_TRAILER in commit["messageBody"].splitlines()
    if not has_trailer or made_by_pull or pulls["pageInfo"]["hasNextPage"]:
        return Maker.OTHERS
    return maker(commit, bot_id)
