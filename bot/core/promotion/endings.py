"""How the newest past promotion ended, written on it once: by the pass that follows, whoever merged it.

The mark in the text says that it is written, so an older promotion stays as it is, and so does what people edit afterwards.
"""

from datetime import datetime, timedelta

from bot.core.history.rejections import unwanted
from bot.core.pages import ended, pull_request, status_comment
from bot.core.plan import Action, DescribePromotion
from bot.core.policy import Policy
from bot.core.state import EnvironmentState, PastPromotion, State
from bot.core.values.version import Version

A_DAY = timedelta(days=1)


def say_how_it_ended(policy: Policy, state: State, here: EnvironmentState) -> tuple[Action, ...]:
    """Return the description and the status comment that say it, where they do not yet."""
    past = _newest(here)
    if past is None or past.page is None:
        return ()
    if not past.merged:
        text = _closed(policy, state, here, past)
        return status_comment.with_ending(past.number, past.page, text) if text else ()
    page = past.page
    body = pull_request.with_ending(page.body, ended.merged(past))
    described = (DescribePromotion(page.node_id, past.number, page.title, body),) if body else ()
    status = ended.merged_status(policy, state, here, past)
    return (*described, *status_comment.with_ending(past.number, page, status))


def returns_at(here: EnvironmentState, version: Version) -> datetime | None:
    """Return when a version that another App closed may be proposed again; None where none did.

    A day later, or the two would close and open without end.
    """
    past = _newest(here)
    return past.closed_at + A_DAY if past and past.by_machine and version.is_same(past.version) else None


def was_told(here: EnvironmentState) -> bool:
    """Return whether the newest past promotion says that a person closed it. A branch that is there then was restored."""
    past = _newest(here)
    return past is not None and past.by_person and past.page is not None and status_comment.has_ended(past.page)


def _closed(policy: Policy, state: State, here: EnvironmentState, past: PastPromotion) -> str:
    """Return what to say of a promotion that others closed; '' where there is nothing to say."""
    application, version = policy.applications[state.application], past.version
    if version is None or version.is_same(here.version):
        return ""
    if past.by_machine:
        return ended.returning_status(past, until=past.closed_at + A_DAY, version=version)
    if past.by_person and unwanted(application, state, here.name, version):
        return ended.rejected_status(past, application=application.name, environment=here.name, version=version)
    return ""


def _newest(here: EnvironmentState) -> PastPromotion | None:
    return max(here.past, key=lambda each: each.closed_at, default=None)
