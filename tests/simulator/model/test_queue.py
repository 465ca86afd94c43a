"""The merge queue during other events: pushes to the base and to a queued head, and merges past it.

https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
"""

from pathlib import Path

import pytest

from bot.simulator.github.access.rules import check_push
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.events import MergeGroupEvent, PullRequestEvent
from bot.simulator.github.model.protection.protection import Grouping, MergeMethod, Protection
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import MergeGroup, PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.world.errors import Reason, Refused
from tests.simulator.model_world import World, world


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def queue_two(here: World, grouping: Grouping = Grouping.ALLGREEN) -> tuple[PullRequest, PullRequest]:
    """Two pull requests in the queue, which asks for `build`."""
    here.repository.protect(
        "main", Protection(checks=("build",), merge_queue=MergeMethod.MERGE, grouping=grouping, bypass=(here.admin,))
    )
    pulls = []
    for name in ("a", "b"):
        here.repository.commit_files({name: "1"}, by=here.writer, branch=name)
        pull = here.repository.open_pull(PullDraft(title=name, base="main", head=name), by=here.writer)
        here.check(pull.head_oid, "build")
        queue = here.repository.queue("main")
        assert queue is not None
        queue.add(pull, by=here.writer)
        pulls.append(pull)
    here.hush()
    return pulls[0], pulls[1]


def group(pull: PullRequest) -> MergeGroup:
    assert pull.queue_entry is not None
    assert pull.queue_entry.group is not None
    return pull.queue_entry.group


def file(here: World, path: str) -> bytes | None:
    return here.repository.store.file(here.repository.head(), path)


def test_a_push_to_the_base_rebuilds_the_groups_and_is_not_lost(here: World) -> None:
    first, second = queue_two(here)
    stale = group(first)
    pushed = here.repository.commit_files({"hotfix": "1"}, by=here.admin)

    assert group(first).base_oid == pushed
    assert group(second).base_oid == group(first).head_oid
    told = [(event.action, event.reason) for event in here.told if isinstance(event, MergeGroupEvent)]
    assert told == [("destroyed", "invalidated")] * 2 + [("checks_requested", None)] * 2
    here.check(stale.head_oid, "build")
    assert first.state is State.OPEN, "a green check on the former group lands nothing"
    here.check(group(first).head_oid, "build")
    here.check(group(second).head_oid, "build")
    assert [file(here, path) for path in ("hotfix", "a", "b")] == [b"1", b"1", b"1"]


def test_a_merge_past_the_queue_rebuilds_the_groups(here: World) -> None:
    # kargo#5405: who may bypass the rules merges directly, and the queue has to follow.
    first, second = queue_two(here)
    merge(second, MergeOrder(), by=here.admin)

    assert (second.state, second.queue_entry) == (State.MERGED, None)
    assert group(first).base_oid == here.repository.head()
    here.check(group(first).head_oid, "build")
    assert [file(here, path) for path in ("a", "b")] == [b"1", b"1"]


def test_a_push_that_contains_a_queued_head_takes_it_out_of_the_queue(here: World) -> None:
    first, second = queue_two(here)
    here.repository.move_ref("refs/heads/main", before=here.repository.head(), after=first.head_oid, by=here.admin)

    assert (first.state, first.queue_entry) == (State.MERGED, None)
    told = [(event.action, event.reason) for event in here.told if isinstance(event, PullRequestEvent)]
    assert ("dequeued", "ALREADY_MERGED") in told
    assert group(second).base_oid == first.head_oid


def test_a_queued_head_cannot_be_pushed_to(here: World) -> None:
    # SharezoneApp/sharezone-app#605
    first, _ = queue_two(here)
    pushed = here.repository.store.write_commit(
        tree=here.repository.store.commit(first.head_oid).tree, parents=[first.head_oid], message="more",
        author=here.github.person(here.admin), committer=here.github.person(here.admin),
    )  # fmt: skip
    with pytest.raises(Refused, match="Branches that are queued for merging cannot be updated") as refused:
        check_push(here.repository, "refs/heads/a", before=first.head_oid, after=pushed, by=here.admin)
    assert refused.value.reason is Reason.PROTECTED
    assert first.queue_entry is not None
    first.queue_entry.queue.remove(first.queue_entry, by=here.writer)
    check_push(here.repository, "refs/heads/a", before=first.head_oid, after=pushed, by=here.admin)


def test_with_headgreen_only_the_last_of_a_group_must_succeed(here: World) -> None:
    # iotaledger/iota#12491; ALLGREEN, the default, is in test_merging.py.
    first, second = queue_two(here, Grouping.HEADGREEN)
    here.check(group(first).head_oid, "build", Conclusion.FAILURE)
    assert first.queue_entry is not None, "it may still land with the next"
    here.check(group(second).head_oid, "build")

    assert (first.state, second.state) == (State.MERGED, State.MERGED)
    assert [file(here, path) for path in ("a", "b")] == [b"1", b"1"]


def test_with_headgreen_a_failing_last_entry_is_removed(here: World) -> None:
    first, second = queue_two(here, Grouping.HEADGREEN)
    here.check(group(second).head_oid, "build", Conclusion.FAILURE)

    assert (second.state, second.queue_entry) == (State.OPEN, None)
    assert first.queue_entry is not None
    here.check(group(first).head_oid, "build")
    assert first.state is State.MERGED


@pytest.mark.parametrize("grouping", list(Grouping))
def test_clients_read_the_strategy(here: World, grouping: Grouping) -> None:
    queue_two(here, grouping)
    found = here.data(
        """{ repository(owner: "acme", name: "manifests") { mergeQueue(branch: "main") { configuration {
             checkResponseTimeout maximumEntriesToBuild maximumEntriesToMerge mergeMethod mergingStrategy
             minimumEntriesToMerge minimumEntriesToMergeWaitTime } } } }"""
    )["repository"]["mergeQueue"]["configuration"]
    assert (found["mergingStrategy"], found["mergeMethod"]) == (grouping.value, "MERGE")
