"""How promotions are merged, directly and by a merge queue."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.observation.commits import Commit
from bot.core.observation.observation import Observation
from bot.core.observation.repository import Repository
from bot.core.plan import (
    CheckOutcome,
    DecidedOn,
    DequeuePromotion,
    DescribePromotion,
    EnqueuePromotion,
    ReportCheck,
)
from bot.core.values.errors import Temporary
from bot.github.writes.apply import AT_ONCE
from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from tests.github.actions import DOCUMENT, NEWER, answer, check, files, merge, text_at, update, write_state
from tests.github.conftest import BRANCH, DEV, NEW, STAGE, Bench, bench_of


class TestMerging:
    async def test_reports_the_check_and_merges_in_one_request(self, bench: Bench) -> None:
        bench.world.repository.protect("main", Protection(checks=("gitops/promotion",)))
        seen = await bench.open()
        bench.forget()

        await bench.apply(check(seen), merge(seen), repository=seen.repository)

        assert bench.asked() == [DOCUMENT]
        assert bench.github.client.requests["merge"] == 1
        assert bench.world.repository.pull(1).merged_at is not None
        assert text_at(bench, "main", DEV) == NEW

    @pytest.mark.parametrize("method", ["MERGE", "SQUASH", "REBASE"])
    async def test_by_each_method(self, bench: Bench, method: str) -> None:
        seen = await bench.open()

        await bench.apply(merge(seen, method=method), repository=seen.repository)

        assert text_at(bench, "main", DEV) == NEW

    async def test_names_the_head_that_was_seen(self, bench: Bench) -> None:
        seen = await bench.open()
        bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=BRANCH)

        with pytest.raises(Temporary, match="could not merge #1: Head branch was modified"):
            await bench.apply(merge(seen), repository=seen.repository)

        assert bench.world.repository.pull(1).merged_at is None

    async def test_a_failed_merge_does_not_block_other_answers(self, bench: Bench) -> None:
        """An environment whose merge GitHub refuses does not block answers about others."""
        bench.world.repository.protect("main", Protection(checks=("build",)))
        seen = await bench.open()
        why = answer(bench.world.repository.pull(1), "It waits.")

        with pytest.raises(Temporary, match=r'could not merge #1: .*"build"'):
            await bench.apply(merge(seen), why, repository=seen.repository)

        assert [comment.body for comment in bench.world.repository.pull(1).comments] == ["/why", "It waits."]

    async def test_no_merge_follows_a_failed_write_of_records(self, bench: Bench) -> None:
        """Another writer changed the records in between, perhaps with a hold."""
        bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        stale = write_state(bench.world.repository.head())

        with pytest.raises(Temporary, match="could not write to gitops-state"):
            await bench.apply(stale, merge(seen), repository=seen.repository)

        assert bench.world.repository.pull(1).merged_at is None

    async def test_a_failed_action_is_not_continued(self, bench: Bench) -> None:
        """The commit on the stage branch failed, so the promotion's branch is not moved. The other action is carried out."""
        seen = await bench.open()
        moved = replace(update(seen), base_oid="1" * 40)
        page = DescribePromotion(moved.pull_id, 1, "Another title", "Another page")

        with pytest.raises(Temporary, match=f"could not .* the branch {STAGE}"):
            await bench.apply(moved, page, repository=seen.repository, files=files(NEWER))

        pull = bench.world.repository.pull(1)
        assert (pull.head_oid, pull.title) == (update(seen).seen_head, "Another title")

    async def test_is_refused_after_this_process_wrote_newer_records(self, bench: Bench) -> None:
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        await bench.apply(write_state(old), repository=seen.repository)  # such as a hold, in another pass
        bench.forget()

        with pytest.raises(Temporary, match="gitops-state has changed since") as caught:
            await bench.apply(merge(seen, state=old), repository=seen.repository)

        assert caught.value.again_at == bench.world.github.now()
        assert bench.asked() == []
        fresh = (await bench.observe()).state.head_oid
        await bench.apply(merge(seen, state=fresh), repository=seen.repository)
        assert bench.world.repository.pull(1).merged_at is not None

    async def test_records_of_the_same_plan_do_not_stop_it(self, bench: Bench) -> None:
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        bench.forget()

        await bench.apply(write_state(old), merge(seen, state=old), repository=seen.repository)

        assert bench.asked() == [DOCUMENT] * 3  # gitops-state is read again between the two
        assert bench.world.repository.pull(1).merged_at is not None

    @pytest.mark.parametrize("hold", ["record", "label"])
    async def test_reads_the_records_again_after_waiting_for_its_turn(self, bench: Bench, hold: str) -> None:
        """Another replica, or a person, may have held the environment meanwhile."""
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        await bench.apply(check(seen), repository=seen.repository)
        (turn,) = bench.github._applier._turns.values()
        async with turn:
            waiting = asyncio.create_task(bench.apply(merge(seen, state=old), repository=seen.repository))
            await asyncio.sleep(0.05)
            bench.world.github.clock.advance(AT_ONCE * 2)
            if hold == "record":
                bench.world.change("gitops-state", {"prod.yaml": "holds: []\n"})
            else:
                label = bench.world.repository.label("gitops/hold", by=bench.world.mona)
                bench.world.repository.open_issue("Stop", by=bench.world.mona, labels=[label])

        with pytest.raises(Temporary, match="gitops-state has changed since"):
            await waiting
        assert bench.world.repository.pull(1).merged_at is None

        fresh = await bench.observe()
        await bench.apply(merge(seen, state=fresh.state.head_oid), repository=fresh.repository)
        assert bench.world.repository.pull(1).merged_at is not None

    @pytest.mark.parametrize("outcome", list(CheckOutcome))
    async def test_no_check_turns_green_on_records_that_were_replaced(
        self, bench: Bench, outcome: CheckOutcome
    ) -> None:
        """A green check lets people and GitHub merge. Another pass has written records since: perhaps a hold."""
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        await bench.apply(write_state(old), repository=seen.repository)
        report = check(seen, outcome, decided_on=DecidedOn(old))

        if outcome is CheckOutcome.SUCCESS:
            with pytest.raises(Temporary, match="gitops-state has changed since"):
                await bench.apply(report, repository=seen.repository)
            report = replace(report, decided_on=DecidedOn((await bench.observe()).state.head_oid))
        await bench.apply(report, repository=seen.repository)
        assert bench.github.client.requests["report_check"] == 1

    async def test_does_not_happen_if_its_plans_records_could_not_be_written(self, bench: Bench) -> None:
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        bench.world.change("gitops-state", {"prod.yaml": "held: yes\n"})

        with pytest.raises(Temporary, match="could not write to gitops-state: Expected branch to point to"):
            await bench.apply(write_state(old), merge(seen, state=old), repository=seen.repository)

        assert bench.world.repository.pull(1).merged_at is None


class TestMergeQueue:
    @staticmethod
    def enqueue(seen: Observation, *, head: str | None = None, state: str | None = None) -> EnqueuePromotion:
        pull = seen.environments["dev"].pull
        assert pull is not None
        return EnqueuePromotion("dev", pull.node_id, pull.number, head or pull.head.oid, state)

    async def test_is_entered_with_the_check_and_left_in_one_request_each(self, bench: Bench) -> None:
        """The queue's group is seen, so it can be judged. The check that the queue requires is reported first."""
        repository = bench.world.repository
        repository.protect("main", Protection(checks=("gitops/promotion",), merge_queue=MergeMethod.MERGE))
        seen = await bench.open()
        bench.forget()

        await bench.apply(check(seen), self.enqueue(seen), repository=seen.repository)

        assert bench.asked() == [DOCUMENT]
        assert bench.github.client.requests["enqueue"] == 1
        waiting = (await bench.observe()).environments["dev"].pull
        assert waiting is not None
        entry = repository.pull(1).queue_entry
        assert entry is not None
        assert entry.group is not None
        assert waiting.is_queued
        assert waiting.group is not None
        assert waiting.group == Commit(entry.group.head_oid, at=waiting.group.at)

        bench.forget()
        await bench.apply(DequeuePromotion("dev", waiting.node_id, 1), repository=seen.repository)

        assert bench.asked() == [DOCUMENT]
        assert repository.pull(1).queue_entry is None
        left = (await bench.observe()).environments["dev"].pull
        assert left is not None
        assert (left.is_queued, left.group) == (False, None)

    async def test_merges_when_the_group_is_green(self, bench: Bench) -> None:
        bench.world.repository.protect("main", Protection(checks=("gitops/promotion",), merge_queue=MergeMethod.MERGE))
        seen = await bench.open()
        await bench.apply(check(seen), self.enqueue(seen), repository=seen.repository)
        waiting = (await bench.observe()).environments["dev"].pull
        assert waiting is not None
        assert waiting.group is not None

        judged = ReportCheck("gitops/promotion", waiting.group.oid, None, CheckOutcome.SUCCESS, "All gates pass", "x")
        await bench.apply(judged, repository=seen.repository)

        assert bench.world.repository.pull(1).merged_at is not None

    async def test_a_conflict_shows_as_an_entry_without_a_group(self, bench: Bench) -> None:
        bench.world.repository.protect("main", Protection(merge_queue=MergeMethod.MERGE))
        seen = await bench.open()
        bench.world.change("main", {DEV: "image: ghcr.io/acme/web:v9.9.9\n"})
        fresh = await bench.observe()

        await bench.apply(self.enqueue(fresh), repository=seen.repository)

        pull = (await bench.observe()).environments["dev"].pull
        assert pull is not None
        assert (pull.is_queued, pull.group) == (True, None)

    @pytest.mark.parametrize(
        ("required", "head", "said"),
        [
            ((), "1" * 40, "could not add #1 to the merge queue: Head branch was modified"),
            (("ci",), None, 'could not add #1 to the merge queue: .*"ci" is expected'),
        ],
    )
    async def test_a_refusal_is_reported_in_githubs_words(
        self, bench: Bench, required: tuple[str, ...], head: str | None, said: str
    ) -> None:
        bench.world.repository.protect("main", Protection(checks=required, merge_queue=MergeMethod.MERGE))
        seen = await bench.open()

        with pytest.raises(Temporary, match=said):
            await bench.apply(self.enqueue(seen, head=head), repository=seen.repository)

    async def test_leaving_a_queue_twice_is_reported(self, bench: Bench) -> None:
        seen = await bench.open()
        node_id = self.enqueue(seen).pull_id

        with pytest.raises(Temporary, match=r"could not remove #1 from the merge queue: .*not in the queue"):
            await bench.apply(DequeuePromotion("dev", node_id, 1), repository=seen.repository)

    async def test_is_not_entered_if_records_were_written_meanwhile(self, bench: Bench) -> None:
        """A hold that was recorded after the decision stops it, as it stops a merge."""
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        bench.world.repository.protect("main", Protection(merge_queue=MergeMethod.MERGE))
        seen = await bench.open()
        await bench.apply(write_state(old), repository=seen.repository)

        with pytest.raises(Temporary, match="#1: gitops-state has changed since"):
            await bench.apply(self.enqueue(seen, state=old), repository=seen.repository)

        assert bench.world.repository.pull(1).queue_entry is None


async def test_two_processes_do_not_see_each_others_writes(bench: Bench) -> None:
    """The accepted race: the second process merges although the first has replaced the records it saw."""
    old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
    seen = await bench.open()
    repository: Repository = seen.repository
    await bench_of(bench.world).apply(write_state(old), repository=repository)

    await bench.apply(merge(seen, state=old), repository=repository)

    assert bench.world.repository.pull(1).merged_at is not None
