"""How the newest past promotion ended, written on it once: by the pass that follows, no matter who merged it.

The mark in the text says that it is written, so an older promotion stays as it is, and so does what people edit afterwards.
"""

from bot.core.gates.closed import newest, returns_at
from bot.core.history.rejections import rejection_of
from bot.core.pages import ended, pull_request, status_comment
from bot.core.plan import Action, DescribePromotion
from bot.core.policy import Policy
from bot.core.state import EnvironmentState, PastPromotion, State


def say_how_it_ended(policy: Policy, state: State, here: EnvironmentState) -> tuple[Action, ...]:
    """Return the description and the status comment that say it, where they do not yet."""
    past = newest(here)
    if past is None or past.page is None:
        return ()
    if not past.merged:
        text = _closed(policy, state, here, past)
        return status_comment.told(past.number, past.page, text) if text else ()
    page = past.page
    body = pull_request.with_ending(page.body, ended.merged(past))
    described = (DescribePromotion(page.node_id, past.number, page.title, body),) if body else ()
    status = ended.merged_status(policy, state, here, past)
    return (*described, *status_comment.with_ending(past.number, page, status))


def was_told(here: EnvironmentState) -> bool:
    """Return whether the newest past promotion says that a person closed it. A branch that is there then was restored."""
    past = newest(here)
    return past is not None and past.by_person and past.page is not None and status_comment.has_ended(past.page)


def _closed(policy: Policy, state: State, here: EnvironmentState, past: PastPromotion) -> str:
    """Return what to say of a promotion that others closed; '' where there is nothing to say."""
    application, version = policy.applications[state.application], past.version
    if version is None or version.is_same(here.version):
        return ""
    if past.by_machine:
        return ended.returning_status(past, until=returns_at(past), version=version)
    if past.by_person and rejection_of(application, state, here.name, version):
        return ended.rejected_status(past, application=application.name, environment=here.name, version=version)
    return ""
