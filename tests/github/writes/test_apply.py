"""Plans carried out over real HTTP: the result, the number of requests, and what a failure leaves behind."""

import asyncio

import pytest

from bot.core.observation.commits import Outcome
from bot.core.plan import (
    SUPERSEDED,
    Annotation,
    CheckOutcome,
    ClosePromotion,
    DeleteBranch,
    DeleteReply,
    DescribePromotion,
    React,
    Reaction,
    Reply,
    WriteState,
)
from bot.core.values.errors import LeaseLost, Temporary
from bot.core.values.permit import Priority
from bot.simulator.github.model.checks.runs import CheckStatus, Conclusion
from bot.simulator.github.traffic.faults import Moment, Slow, Which
from tests.github.actions import DOCUMENT, NEWER, STATE, answer, check, files, text_at, update, write_state
from tests.github.conftest import BRANCH, DEV, NEW, REPOSITORY, Bench


class TestRecords:
    async def test_a_missing_branch_is_created(self, bench: Bench) -> None:
        seen = await bench.observe()

        await bench.apply(write_state(None), repository=seen.repository)

        state = (await bench.observe()).state
        assert state.files["prod.yaml"] == "holds: []\n"
        repository = bench.world.repository
        assert (
            "GitOps Bot keeps decisions about versions here"
            in (repository.store.file(repository.head("gitops-state"), "README.md") or b"").decode()
        )
        assert repository.history.merge_base(repository.head(), repository.head("gitops-state")) is None

    async def test_records_and_a_new_promotion_share_one_request(self, bench: Bench) -> None:
        head = bench.world.change("gitops-state", {"prod.yaml": "{}\n", "dev.yaml": "{}\n"})
        seen = await bench.observe()
        await bench.github.tokens.working_on(REPOSITORY)
        bench.forget()
        change = WriteState(head, {"dev.yaml": "x: 1\n", "prod.yaml": None}, STATE)

        await bench.apply(change, bench.opening(seen.repository), repository=seen.repository, files=files())

        assert bench.asked().count(DOCUMENT) == 1
        state = (await bench.observe()).state
        assert state.files["dev.yaml"] == "x: 1\n"
        assert "prod.yaml" not in state.files
        assert len(bench.world.repository.pulls) == 1

    async def test_records_are_written_by_compare_and_swap(self, bench: Bench) -> None:
        head = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.observe()
        theirs = bench.world.change("gitops-state", {"prod.yaml": "held: yes\n"})

        with pytest.raises(Temporary, match="could not write to gitops-state"):
            await bench.apply(write_state(head), repository=seen.repository)

        assert bench.world.repository.head("gitops-state") == theirs

    async def test_a_hold_that_was_not_recorded_is_not_confirmed(self, bench: Bench) -> None:
        head = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.observe()
        issue = bench.world.repository.open_issue("Hold", by=bench.world.mona)
        comment = issue.comment("/hold prod", by=bench.world.mona)
        bench.world.change("gitops-state", {"prod.yaml": "other: yes\n"})
        told = Reply(issue.node_id, "Held.", comment.node_id, Reaction.DONE)

        with pytest.raises(Temporary, match="could not write to gitops-state"):
            await bench.apply(write_state(head), told, repository=seen.repository)

        (found,) = (await bench.observe()).comments
        assert not found.done


class TestSingleActions:
    async def test_a_check_is_created_once_and_then_updated(self, bench: Bench) -> None:
        seen = await bench.open()
        await bench.apply(check(seen, CheckOutcome.RUNNING), repository=seen.repository)
        seen = await bench.observe()
        pull = seen.environments["dev"].pull
        assert pull is not None
        assert [(report.name, report.outcome) for report in pull.head.reports] == [
            ("gitops/promotion", Outcome.PENDING)
        ]
        bench.forget()
        page = DescribePromotion(pull.node_id, pull.number, "dev: web", "New page.")

        await bench.apply(page, check(seen, CheckOutcome.ACTION_REQUIRED), repository=seen.repository)

        assert bench.asked() == [DOCUMENT]
        assert bench.world.repository.pull(1).body == "New page."
        (run,) = bench.world.repository.checks.latest_runs(pull.head.oid)
        assert (run.status, run.conclusion) == (CheckStatus.COMPLETED, Conclusion.ACTION_REQUIRED)

    @pytest.mark.parametrize("created", [False, True])
    async def test_annotations_beyond_the_limit_of_one_request(self, bench: Bench, created: bool) -> None:  # noqa: FBT001 -- a column
        seen = await bench.open()
        if created:
            await bench.apply(check(seen), repository=seen.repository)
            seen = await bench.observe()
        annotations = tuple(Annotation(".gitops.yml", line, f"Line {line} is wrong") for line in range(120))

        await bench.apply(check(seen, CheckOutcome.FAILURE, annotations=annotations), repository=seen.repository)

        pull = seen.environments["dev"].pull
        assert pull is not None
        (run,) = bench.world.repository.checks.latest_runs(pull.head.oid)
        assert len(run.output.annotations) == 120
        assert run.output.annotations[0].start_line == 1

    async def test_closing_labels_explains_and_deletes_the_branch(self, bench: Bench) -> None:
        seen = await bench.open()
        pull = seen.environments["dev"].pull
        assert pull is not None
        bench.forget()
        closing = ClosePromotion(pull.node_id, 1, BRANCH, pull.head.oid, SUPERSEDED, "v1.6.0 is newer.")

        await bench.apply(closing, repository=seen.repository)

        assert bench.asked() == ["POST /repos/acme/manifests/issues/1/labels", DOCUMENT]
        (past,) = (await bench.observe()).environments["dev"].past
        assert not past.merged
        assert past.labels == {SUPERSEDED}
        assert [comment.body for comment in bench.world.repository.pull(1).comments] == ["v1.6.0 is newer."]
        assert bench.world.repository.find_branch(BRANCH) is None

    @pytest.mark.parametrize("stale", [False, True])
    async def test_a_rollback_closes_one_and_opens_another(self, bench: Bench, stale: bool) -> None:  # noqa: FBT001 -- a column
        seen = await bench.open()
        pull = seen.environments["dev"].pull
        assert pull is not None
        closing = ClosePromotion(pull.node_id, 1, BRANCH, pull.head.oid, SUPERSEDED, "Rolled back.")
        opening = bench.opening(seen.repository, stale_head=pull.head.oid if stale else None)

        await bench.apply(closing, opening, repository=seen.repository, files=files(NEWER))

        after = (await bench.observe()).environments["dev"].pull
        assert after is not None
        assert after.number == 2

    async def test_a_branch_that_moved_is_not_deleted(self, bench: Bench) -> None:
        seen = await bench.observe()
        first = bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=BRANCH)
        theirs = bench.world.repository.commit_files({"x": "z"}, by=bench.world.mona, branch=BRANCH)

        with pytest.raises(Temporary, match=f"could not delete the branch {BRANCH}"):
            await bench.apply(DeleteBranch(BRANCH, first), repository=seen.repository)
        await bench.apply(DeleteBranch(BRANCH, theirs), repository=seen.repository)

        assert bench.world.repository.find_branch(BRANCH) is None

    async def test_answers_share_one_request_and_their_marks_another(self, bench: Bench) -> None:
        issue = bench.world.repository.open_issue("Why?", by=bench.world.mona)
        comments = [issue.comment("/why", by=bench.world.mona) for _ in range(3)]
        seen = await bench.observe()
        await bench.github.tokens.working_on(REPOSITORY)
        bench.forget()

        replies = [Reply(issue.node_id, "Because.", comment.node_id, Reaction.DONE) for comment in comments]
        await bench.apply(React(comments[0].node_id, Reaction.SEEN), *replies, repository=seen.repository)

        assert bench.asked().count(DOCUMENT) == 2
        assert [each.done for each in (await bench.observe()).comments[:3]] == [True] * 3
        assert bench.github.client.requests["answer"] == 2

    async def test_a_refused_reaction_fails_nothing(self, bench: Bench) -> None:
        issue = bench.world.repository.open_issue("Why?", by=bench.world.mona)
        seen = await bench.observe()
        bench.world.running.faults.refuse_reactions(count=2)
        why = answer(issue, "Because.")

        await bench.apply(React(why.comment_id, Reaction.SEEN), why, repository=seen.repository)

        assert issue.comments[-1].body == "Because."
        assert not any(each.reactions for each in issue.comments)

    async def test_a_repeated_answer_is_deleted_by_whoever_comes_first(self, bench: Bench) -> None:
        issue = bench.world.repository.open_issue("Why?", by=bench.world.mona)
        seen, again = await bench.observe(), issue.comment("Because.", by=bench.world.app.bot)

        for _ in range(2):
            await bench.apply(DeleteReply(again.node_id), repository=seen.repository)

        assert issue.comments == []

    async def test_a_refused_answer_leaves_no_mark(self, bench: Bench) -> None:
        issue = bench.world.repository.open_issue("Why?", by=bench.world.mona)
        seen, why = await bench.observe(), answer(issue, "Because.")
        bench.world.running.faults.too_quickly()

        with pytest.raises(Temporary, match="rate limit is reached: was submitted too quickly"):
            await bench.apply(why, repository=seen.repository)

        assert not issue.comments[-1].reactions

    async def test_an_empty_plan_sends_nothing(self, bench: Bench) -> None:
        seen = await bench.observe()
        bench.forget()

        await bench.apply(repository=seen.repository)

        assert bench.asked() == []


class TestFailures:
    async def test_a_lost_lease_writes_nothing(self, bench: Bench) -> None:
        seen = await bench.observe()
        bench.permit.lost = LeaseLost("another runner")
        bench.forget()

        with pytest.raises(LeaseLost):
            await bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files())

        assert DOCUMENT not in bench.asked()

    async def test_a_lease_lost_between_two_writes_stops_the_second(self, bench: Bench) -> None:
        seen = await bench.open()

        class Once:
            shown = 0
            priority = Priority.EVENT

            async def confirm(self) -> None:
                self.shown += 1
                if self.shown > 1:
                    raise LeaseLost("another runner")

        with pytest.raises(LeaseLost):
            await bench.github.apply(seen.repository, (update(seen),), files(NEWER), Once())

        assert text_at(bench, BRANCH, DEV) == NEW

    @pytest.mark.parametrize("moment", list(Moment))
    async def test_a_write_whose_answer_is_lost_is_not_repeated(self, bench: Bench, moment: Moment) -> None:
        seen = await bench.observe()
        await bench.github.tokens.working_on(REPOSITORY)
        bench.forget()
        bench.world.running.faults.hang_up(moment, which=Which(operation="createPullRequest"))

        with pytest.raises(Temporary, match="open: no answer from GitHub"):
            await bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files())

        assert bench.asked().count(DOCUMENT) == 1
        assert len(bench.world.repository.pulls) == (0 if moment is Moment.BEFORE else 1)

    async def test_writes_of_one_installation_are_sent_one_at_a_time(self, bench: Bench) -> None:
        seen = await bench.observe()
        issue = bench.world.repository.open_issue("Why?", by=bench.world.mona)
        await bench.github.tokens.working_on(REPOSITORY)
        bench.forget()
        bench.world.running.faults.next_requests(Slow(0.05), which=Which(operation="createPullRequest"))

        await asyncio.gather(
            bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files()),
            bench.apply(answer(issue, "Because."), repository=seen.repository),
        )

        written = [one.operations for one in bench.world.running.log if one.path == "/graphql"]
        assert ["createPullRequest" in written[0], "addComment" in written[1]] == [True, True]

    async def test_the_next_look_sees_a_write_whose_answer_was_lost(self, bench: Bench) -> None:
        seen = await bench.observe()
        bench.world.running.faults.hang_up(Moment.AFTER, which=Which(operation="createPullRequest"))
        with pytest.raises(Temporary):
            await bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files())

        assert (await bench.observe()).environments["dev"].pull is not None
