"""Auto-merge: merge a pull request as soon as nothing blocks it.

https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/automatically-merging-a-pull-request
"""

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.stacks import refuse_auto_merge
from bot.simulator.github.model.pulls.states import AutoMerge, MergeState
from bot.simulator.github.model.world.errors import unprocessable


def enable_auto_merge(pull: PullRequest, order: MergeOrder, *, by: User) -> None:
    """Enable auto-merge; raise Refused, as GitHub does, if nothing blocks the merge now."""
    refuse_auto_merge(pull.stack)
    if not pull.repository.settings.auto_merge_allowed:
        raise unprocessable("Auto merge is not allowed for this repository")
    if pull.state is not State.OPEN:
        raise unprocessable("Can't enable auto-merge for this pull request")
    if not pull.protections():
        raise unprocessable("Pull request Protected branch rules not configured for this branch")
    if order.expected_head is not None and order.expected_head != pull.head_oid:
        raise unprocessable("Head branch was modified. Review and try again.")
    state = pull.merge_state()
    if state in {MergeState.CLEAN, MergeState.UNSTABLE}:
        raise unprocessable(f"Pull request Pull request is in {state.value.lower()} status")
    pull.auto_merge = AutoMerge(
        enabled_by=by,
        enabled_at=pull.repository.github.now(),
        method=order.method,
        headline=order.headline,
        body=order.body,
    )
    pull.tell("auto_merge_enabled", by)


def disable_auto_merge(pull: PullRequest, *, by: User) -> None:
    """Disable auto-merge."""
    if pull.auto_merge is None:
        raise unprocessable("Can't disable auto-merge for this pull request")
    pull.auto_merge = None
    pull.tell("auto_merge_disabled", by)


def merge_if_unblocked(pull: PullRequest) -> None:
    """Merge a pull request with auto-merge if nothing blocks it now."""
    order = pull.auto_merge
    if order is None or pull.state is not State.OPEN or pull.is_draft or pull.conflicts():
        return
    protections = pull.protections()
    if pull.blocked_by(protections) or (pull.is_behind and any(found.protection.strict for found in protections)):
        return
    merge(pull, MergeOrder(method=order.method, headline=order.headline, body=order.body), by=order.enabled_by)
