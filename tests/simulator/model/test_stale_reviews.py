"""Approvals go stale when the diff that was approved changes, and only then.

https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-pull-request-reviews-before-merging
"""

from pathlib import Path

import pytest

from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import Review, ReviewState
from tests.simulator.model_world import World, world


@pytest.fixture
def here(tmp_path: Path) -> World:
    made = world(tmp_path)
    made.repository.protect("main", Protection(approvals=1, dismiss_stale=True))
    return made


def approved(here: World, pull: PullRequest) -> Review:
    return pull.review(by=here.writer, state=ReviewState.APPROVED)


def state(review: Review) -> ReviewState:
    """Read afresh, so that a type checker does not take the former answer for granted."""
    return review.state


def test_a_merge_of_the_base_into_the_head_keeps_them(here: World) -> None:
    pull = here.promotion()
    review = approved(here, pull)
    base = here.repository.commit_files({"elsewhere": "1"}, by=here.admin)
    tree = here.repository.history.merged_tree(pull.head_oid, base)
    assert tree is not None
    person = here.github.person(here.writer)
    merged = here.repository.store.write_commit(
        tree=tree, parents=[pull.head_oid, base], message="Update branch", author=person, committer=person
    )
    here.repository.move_ref(f"refs/heads/{pull.head_ref}", before=pull.head_oid, after=merged, by=here.writer)

    assert pull.head_oid == merged
    assert state(review) is ReviewState.APPROVED


def test_a_rebase_without_changes_keeps_them_and_a_change_dismisses(here: World) -> None:
    pull = here.promotion()
    review = approved(here, pull)
    person = here.github.person(here.writer)
    amended = here.repository.store.write_commit(
        tree=here.repository.store.commit(pull.head_oid).tree, parents=[here.repository.head()], message="Same, reworded",
        author=person, committer=person,
    )  # fmt: skip
    here.repository.move_ref(f"refs/heads/{pull.head_ref}", before=pull.head_oid, after=amended, by=here.writer)
    assert state(review) is ReviewState.APPROVED
    here.repository.commit_files({"more": "1"}, by=here.writer, branch=pull.head_ref)
    assert state(review) is ReviewState.DISMISSED


def test_a_related_merge_into_the_base_dismisses(here: World) -> None:
    first = here.promotion("first")
    here.repository.create_branch("second", by=here.writer, at=first.head_oid)
    here.repository.commit_files({"more": "1"}, by=here.writer, branch="second")
    second = here.repository.open_pull(PullDraft(title="On top", base="main", head="second"), by=here.app.bot)
    review = approved(here, second)
    assert len(second.changes()) == 2
    merge(first, MergeOrder(), by=here.admin)

    assert len(second.changes()) == 1
    assert state(review) is ReviewState.DISMISSED


def test_another_base_dismisses_when_the_diff_is_another(here: World) -> None:
    here.repository.create_branch("release", by=here.admin)
    here.repository.commit_files({"on-main": "1"}, by=here.admin)
    here.repository.protect("release", Protection(approvals=1, dismiss_stale=True))
    here.repository.commit_files({"more": "1"}, by=here.writer, branch="change")
    pull = here.repository.open_pull(PullDraft(title="Change", base="main", head="change"), by=here.app.bot)
    review = approved(here, pull)
    pull.retarget("release", by=here.writer)

    assert state(review) is ReviewState.DISMISSED


def test_without_the_rule_nothing_is_dismissed(here: World) -> None:
    here.repository.unprotect("main")
    here.repository.protect("main", Protection(approvals=1))
    pull = here.promotion()
    review = approved(here, pull)
    here.repository.commit_files({"more": "1"}, by=here.writer, branch=pull.head_ref)
    assert state(review) is ReviewState.APPROVED
