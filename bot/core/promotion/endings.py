"""How the newest past promotion ended, written on it once: by the pass that follows, whoever merged it.

The mark in the text says that it is written, so an older promotion stays as it is, and so does what people edit afterwards.
"""

from bot.core.pages import ended, pull_request, status_comment
from bot.core.plan import Action, DescribePromotion
from bot.core.policy import Policy
from bot.core.state import EnvironmentState, State


def say_how_it_ended(policy: Policy, state: State, here: EnvironmentState) -> tuple[Action, ...]:
    """Return the description and the status comment that say it, where they do not yet."""
    past = max(here.past, key=lambda each: each.closed_at, default=None)
    if past is None or past.page is None or not past.merged:
        return ()
    page = past.page
    body = pull_request.with_ending(page.body, ended.merged(past))
    described = (DescribePromotion(page.node_id, past.number, page.title, body),) if body else ()
    status = ended.merged_status(policy, state, here, past)
    return (*described, *status_comment.with_ending(past.number, page, status))
