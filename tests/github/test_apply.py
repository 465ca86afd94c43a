"""Plans carried out over real HTTP: what stands there afterwards, in how many requests, and what a failure leaves."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.observation.commits import Commit, Outcome
from bot.core.observation.observation import Observation
from bot.core.observation.pull_request import Mergeable, OwnComment
from bot.core.observation.repository import Repository
from bot.core.plan import (
    SUPERSEDED,
    Annotation,
    CheckOutcome,
    ClosePromotion,
    DeleteBranch,
    DequeuePromotion,
    DescribePromotion,
    EditStatus,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    Message,
    React,
    Reaction,
    RenderedFile,
    Reply,
    ReportCheck,
    UpdatePromotion,
    WriteState,
)
from bot.core.values.errors import LeaseLost, Temporary
from bot.github.apply import AT_ONCE
from bot.simulator.github.model.checks.runs import CheckStatus, Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from bot.simulator.github.traffic.faults import Answer, Moment, Slow, Which
from tests.github.conftest import BRANCH, DEV, NEW, REPOSITORY, STAGE, Bench, bench_of

DOCUMENT = "POST /graphql"
NEWER = b"image: ghcr.io/acme/web:v1.6.0\n"
STATE = Message("Hold prod", "By @mona, until Monday.")


def files(content: bytes = NEW, mode: int = 0o100644) -> dict[str, tuple[RenderedFile, ...]]:
    return {"dev": (RenderedFile(DEV, content, mode),)}


def write_state(seen_head: str | None, name: str = "prod.yaml", text: str | None = "holds: []\n") -> WriteState:
    return WriteState(seen_head, {name: text}, STATE)


def update(seen: Observation) -> UpdatePromotion:
    pull = seen.environments["dev"].pull
    assert pull is not None
    return UpdatePromotion(
        environment="dev",
        pull_id=pull.node_id,
        number=pull.number,
        branch=BRANCH,
        stage_branch=STAGE,
        seen_head=pull.head.oid,
        base_oid=seen.repository.head_oid,
        edits=(),
        message=Message("dev: web v1.6.0", "GitOps-Version: v1.6.0"),
        title="dev: web v1.4.1 → v1.6.0",
        body="Newer.",
    )


def merge(
    seen: Observation, *, method: str = "MERGE", head: str | None = None, state: str | None = None
) -> MergePromotion:
    pull = seen.environments["dev"].pull
    assert pull is not None
    message = Message("dev: web v1.5.0 (#1)", "GitOps-Version: v1.5.0")
    return MergePromotion("dev", pull.node_id, pull.number, head or pull.head.oid, method, message, state)


def check(seen: Observation, outcome: CheckOutcome = CheckOutcome.SUCCESS, **changes: object) -> ReportCheck:
    pull = seen.environments["dev"].pull
    assert pull is not None
    present = next((report.node_id for report in pull.head.reports if report.name == "gitops/promotion"), None)
    return ReportCheck("gitops/promotion", pull.head.oid, present, outcome, "All gates pass", "| gate |", **changes)  # type: ignore[arg-type]


def introduce(seen: Observation, *reviewers: str, labels: tuple[str, ...] = ()) -> IntroducePromotion:
    pull = seen.environments["dev"].pull
    assert pull is not None
    body = "It waits.\n\n<!-- gitops-bot status 0123456789abcdef -->"
    return IntroducePromotion(pull.node_id, pull.number, labels, reviewers, body)


def text_at(bench: Bench, branch: str, path: str) -> bytes | None:
    repository = bench.world.repository
    found = repository.find_branch(branch)
    return repository.store.file(found, path) if found else None


class TestOpening:
    async def test_is_one_request(self, bench: Bench) -> None:
        seen = await bench.observe()
        bench.forget()
        bench.permit.shown = 0

        await bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files())

        asked = bench.asked()
        assert asked[-1] == DOCUMENT
        assert asked.count(DOCUMENT) == 1
        assert bench.permit.shown == 1
        assert bench.github.client.requests["open"] == 1
        pull = bench.world.repository.pull(1)
        assert (pull.title, pull.body, pull.base_ref) == ("dev: web v1.4.1 → v1.5.0", "Why.", "main")
        assert text_at(bench, BRANCH, DEV) == NEW
        commit = (await bench.observe()).environments["dev"].pull
        assert commit is not None
        assert [each.by_app for each in commit.commits] == [True]

    async def test_takes_over_a_left_over_branch(self, bench: Bench) -> None:
        left = bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=BRANCH)
        seen = await bench.observe()

        await bench.apply(bench.opening(seen.repository, stale_head=left), repository=seen.repository, files=files())

        pull = (await bench.observe()).environments["dev"].pull
        assert pull is not None
        assert pull.changed_paths == (DEV,)

    async def test_leaves_a_branch_alone_that_has_moved(self, bench: Bench) -> None:
        left = bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=BRANCH)
        seen = await bench.observe()
        theirs = bench.world.repository.commit_files({"x": "z"}, by=bench.world.mona, branch=BRANCH)

        with pytest.raises(Temporary, match=f"could not take over the branch {BRANCH}"):
            await bench.apply(
                bench.opening(seen.repository, stale_head=left), repository=seen.repository, files=files()
            )

        assert bench.world.repository.find_branch(BRANCH) == theirs

    async def test_says_what_github_said_when_it_is_there_already(self, bench: Bench) -> None:
        seen = await bench.open()

        with pytest.raises(Temporary, match=f"could not create the branch {BRANCH}: .*already exists"):
            await bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files())

        assert len(bench.world.repository.pulls) == 1

    async def test_an_executable_stays_one(self, bench: Bench) -> None:
        await bench.open(mode=0o100755)

        repository = bench.world.repository
        tip = repository.find_branch(BRANCH)
        assert tip is not None
        entry = repository.store.entry(repository.store.commit(tip).tree, DEV)
        assert entry is not None
        assert entry.mode == 0o100755
        seen = await bench.observe()
        pull = seen.environments["dev"].pull
        assert pull is not None
        assert [each.by_app for each in pull.commits] == [True]
        await bench.apply(update(seen), repository=seen.repository, files=files(NEWER, 0o100755))
        assert text_at(bench, BRANCH, DEV) == NEWER
        assert bench.world.repository.find_branch(STAGE) is None


class TestUpdating:
    async def test_is_two_requests_and_the_same_pull_request(self, bench: Bench) -> None:
        seen = await bench.open()
        bench.forget()

        await bench.apply(update(seen), repository=seen.repository, files=files(NEWER))

        assert bench.asked() == [DOCUMENT] * 2
        pull = bench.world.repository.pull(1)
        assert (pull.state, pull.title, pull.body) == (State.OPEN, "dev: web v1.4.1 → v1.6.0", "Newer.")
        assert text_at(bench, BRANCH, DEV) == NEWER
        assert bench.world.repository.find_branch(STAGE) is None
        after = (await bench.observe()).environments["dev"].pull
        assert after is not None
        assert (after.number, after.commits_total) == (1, 1)

    async def test_rebuilds_on_the_base_that_moved(self, bench: Bench) -> None:
        await bench.open()
        base = bench.world.change("main", {DEV: "image: ghcr.io/acme/web:v1.4.9\n"})
        seen = await bench.observe()
        before = seen.environments["dev"].pull
        assert before is not None
        assert before.mergeable is Mergeable.CONFLICTING

        await bench.apply(update(seen), repository=seen.repository, files=files(NEWER))

        after = (await bench.observe()).environments["dev"].pull
        assert after is not None
        assert after.mergeable is Mergeable.MERGEABLE
        assert after.commits[0].parents[0][0] == base

    async def test_never_overwrites_what_somebody_pushed_meanwhile(self, bench: Bench) -> None:
        seen = await bench.open()
        theirs = bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=BRANCH)

        with pytest.raises(Temporary, match=f"could not move the branch {BRANCH}"):
            await bench.apply(update(seen), repository=seen.repository, files=files(NEWER))

        assert bench.world.repository.find_branch(BRANCH) == theirs

    async def test_a_stage_that_a_crash_left_is_no_obstacle(self, bench: Bench) -> None:
        seen = await bench.open()
        bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=STAGE)

        await bench.apply(update(seen), repository=seen.repository, files=files(NEWER))

        assert text_at(bench, BRANCH, DEV) == NEWER


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

    async def test_one_that_failed_keeps_nobody_from_an_answer(self, bench: Bench) -> None:
        """What a plan says was decided without it: an environment that GitHub refuses to merge silences no other."""
        bench.world.repository.protect("main", Protection(checks=("build",)))
        seen = await bench.open()
        why = Reply(bench.world.repository.pull(1).node_id, "It waits.")

        with pytest.raises(Temporary, match=r'could not merge #1: .*"build"'):
            await bench.apply(merge(seen), why, repository=seen.repository)

        assert [comment.body for comment in bench.world.repository.pull(1).comments] == ["It waits."]

    async def test_none_follows_a_state_that_was_not_written(self, bench: Bench) -> None:
        """Somebody else wrote there, and it may have been a hold."""
        bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        stale = write_state(bench.world.repository.head())

        with pytest.raises(Temporary, match="could not write gitops-state"):
            await bench.apply(stale, merge(seen), repository=seen.repository)

        assert bench.world.repository.pull(1).merged_at is None

    async def test_an_action_that_failed_goes_no_further(self, bench: Bench) -> None:
        """The commit on the stage failed, so the promotion's branch is not moved; the other one's page is written."""
        seen = await bench.open()
        moved = replace(update(seen), base_oid="1" * 40)
        page = DescribePromotion(moved.pull_id, 1, "Another title", "Another page")

        with pytest.raises(Temporary, match=f"could not .* the branch {STAGE}"):
            await bench.apply(moved, page, repository=seen.repository, files=files(NEWER))

        pull = bench.world.repository.pull(1)
        assert (pull.head_oid, pull.title) == (update(seen).seen_head, "Another title")

    async def test_is_off_when_this_process_has_written_a_newer_state(self, bench: Bench) -> None:
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        await bench.apply(write_state(old), repository=seen.repository)  # such as a hold, from another pass
        bench.forget()

        with pytest.raises(Temporary, match="gitops-state was written since") as caught:
            await bench.apply(merge(seen, state=old), repository=seen.repository)

        assert caught.value.again_at == bench.world.github.now()
        assert bench.asked() == []
        fresh = (await bench.observe()).state.head_oid
        await bench.apply(merge(seen, state=fresh), repository=seen.repository)
        assert bench.world.repository.pull(1).merged_at is not None

    async def test_what_its_own_plan_wrote_does_not_stop_it(self, bench: Bench) -> None:
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        bench.forget()

        await bench.apply(write_state(old), merge(seen, state=old), repository=seen.repository)

        assert bench.asked() == [DOCUMENT] * 3  # between them, gitops-state is read again
        assert bench.world.repository.pull(1).merged_at is not None

    @pytest.mark.parametrize("hold", ["record", "label"])
    async def test_that_waited_for_its_turn_reads_the_state_again(self, bench: Bench, hold: str) -> None:
        """Another replica, or a person, may have held it meanwhile."""
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

        with pytest.raises(Temporary, match="gitops-state was written since"):
            await waiting
        assert bench.world.repository.pull(1).merged_at is None

        fresh = await bench.observe()
        await bench.apply(merge(seen, state=fresh.state.head_oid), repository=fresh.repository)
        assert bench.world.repository.pull(1).merged_at is not None

    async def test_does_not_happen_where_the_state_of_its_plan_could_not_be_written(self, bench: Bench) -> None:
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.open()
        bench.world.change("gitops-state", {"prod.yaml": "held: yes\n"})

        with pytest.raises(Temporary, match="could not write gitops-state: Expected branch to point to"):
            await bench.apply(write_state(old), merge(seen, state=old), repository=seen.repository)

        assert bench.world.repository.pull(1).merged_at is None


class TestMergeQueue:
    @staticmethod
    def enqueue(seen: Observation, *, head: str | None = None, state: str | None = None) -> EnqueuePromotion:
        pull = seen.environments["dev"].pull
        assert pull is not None
        return EnqueuePromotion("dev", pull.node_id, pull.number, head or pull.head.oid, state)

    async def test_is_entered_with_the_check_in_one_request_and_left_in_another(self, bench: Bench) -> None:
        """What the queue wants to merge is there to be judged; the check that it asks for is reported first."""
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

    async def test_shows_what_conflicts_in_it_without_a_group(self, bench: Bench) -> None:
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
            ((), "1" * 40, "could not put #1 into the merge queue: Head branch was modified"),
            (("ci",), None, 'could not put #1 into the merge queue: .*"ci" is expected'),
        ],
    )
    async def test_says_what_github_said_when_it_refuses(
        self, bench: Bench, required: tuple[str, ...], head: str | None, said: str
    ) -> None:
        bench.world.repository.protect("main", Protection(checks=required, merge_queue=MergeMethod.MERGE))
        seen = await bench.open()

        with pytest.raises(Temporary, match=said):
            await bench.apply(self.enqueue(seen, head=head), repository=seen.repository)

    async def test_says_when_it_was_out_already(self, bench: Bench) -> None:
        seen = await bench.open()
        node_id = self.enqueue(seen).pull_id

        with pytest.raises(Temporary, match=r"could not take #1 out of the merge queue: .*not in the queue"):
            await bench.apply(DequeuePromotion("dev", node_id, 1), repository=seen.repository)

    async def test_is_not_entered_when_gitops_state_was_written_meanwhile(self, bench: Bench) -> None:
        """A hold that was written after the decision stops it as it stops a merge."""
        old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        bench.world.repository.protect("main", Protection(merge_queue=MergeMethod.MERGE))
        seen = await bench.open()
        await bench.apply(write_state(old), repository=seen.repository)

        with pytest.raises(Temporary, match="#1: gitops-state was written since"):
            await bench.apply(self.enqueue(seen, state=old), repository=seen.repository)

        assert bench.world.repository.pull(1).queue_entry is None


class TestState:
    async def test_the_branch_is_made_when_it_is_missing(self, bench: Bench) -> None:
        seen = await bench.observe()

        await bench.apply(write_state(None), repository=seen.repository)

        state = (await bench.observe()).state
        assert state.files["prod.yaml"] == "holds: []\n"
        repository = bench.world.repository
        assert (
            "GitOps Bot keeps here"
            in (repository.store.file(repository.head("gitops-state"), "README.md") or b"").decode()
        )
        assert repository.history.merge_base(repository.head(), repository.head("gitops-state")) is None

    async def test_files_are_written_and_removed_with_the_opening_in_one_request(self, bench: Bench) -> None:
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

    async def test_it_is_written_by_compare_and_swap(self, bench: Bench) -> None:
        head = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.observe()
        theirs = bench.world.change("gitops-state", {"prod.yaml": "held: yes\n"})

        with pytest.raises(Temporary, match="could not write gitops-state"):
            await bench.apply(write_state(head), repository=seen.repository)

        assert bench.world.repository.head("gitops-state") == theirs

    async def test_nobody_is_told_of_a_hold_that_was_not_written(self, bench: Bench) -> None:
        head = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
        seen = await bench.observe()
        issue = bench.world.repository.open_issue("Hold", by=bench.world.mona)
        comment = issue.comment("/hold prod", by=bench.world.mona)
        bench.world.change("gitops-state", {"prod.yaml": "other: yes\n"})
        told = (React(comment.node_id, Reaction.DONE), Reply(issue.node_id, "Held."))

        with pytest.raises(Temporary, match="could not write gitops-state"):
            await bench.apply(write_state(head), *told, repository=seen.repository)

        (found,) = (await bench.observe()).comments
        assert not found.done


class TestTheRest:
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
    async def test_more_annotations_than_one_request_takes(self, bench: Bench, created: bool) -> None:  # noqa: FBT001 -- a column
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

    async def test_closing_labels_says_why_and_deletes_the_branch(self, bench: Bench) -> None:
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

    async def test_a_branch_is_deleted_only_where_it_was_seen(self, bench: Bench) -> None:
        seen = await bench.observe()
        first = bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=BRANCH)
        theirs = bench.world.repository.commit_files({"x": "z"}, by=bench.world.mona, branch=BRANCH)

        with pytest.raises(Temporary, match=f"could not delete the branch {BRANCH}"):
            await bench.apply(DeleteBranch(BRANCH, first), repository=seen.repository)
        await bench.apply(DeleteBranch(BRANCH, theirs), repository=seen.repository)

        assert bench.world.repository.find_branch(BRANCH) is None

    async def test_answers_share_one_request(self, bench: Bench) -> None:
        issue = bench.world.repository.open_issue("Why?", by=bench.world.mona)
        comment = issue.comment("/why", by=bench.world.mona)
        seen = await bench.observe()
        await bench.github.tokens.working_on(REPOSITORY)
        bench.forget()

        await bench.apply(
            React(comment.node_id, Reaction.SEEN),
            Reply(issue.node_id, "Because."),
            React(comment.node_id, Reaction.DONE),
            repository=seen.repository,
        )

        assert bench.asked().count(DOCUMENT) == 1
        found = (await bench.observe()).comments[0]
        assert (found.seen, found.done) == (True, True)
        assert bench.github.client.requests["answer"] == 1

    async def test_nothing_to_do_asks_nothing(self, bench: Bench) -> None:
        seen = await bench.observe()
        bench.forget()

        await bench.apply(repository=seen.repository)

        assert bench.asked() == []


class TestTrouble:
    async def test_a_lost_lease_writes_nothing(self, bench: Bench) -> None:
        seen = await bench.observe()
        bench.permit.lost = LeaseLost("another runner")
        bench.forget()

        with pytest.raises(LeaseLost):
            await bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files())

        assert DOCUMENT not in bench.asked()

    async def test_a_lease_lost_on_the_way_writes_nothing_more(self, bench: Bench) -> None:
        seen = await bench.open()

        class Once:
            shown = 0

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

    async def test_writes_of_one_installation_take_turns(self, bench: Bench) -> None:
        seen = await bench.observe()
        issue = bench.world.repository.open_issue("Why?", by=bench.world.mona)
        await bench.github.tokens.working_on(REPOSITORY)
        bench.forget()
        bench.world.running.faults.next_requests(Slow(0.05), which=Which(operation="createPullRequest"))

        await asyncio.gather(
            bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files()),
            bench.apply(Reply(issue.node_id, "Because."), repository=seen.repository),
        )

        written = [one.operations for one in bench.world.running.log if one.path == "/graphql"]
        assert ["createPullRequest" in written[0], "addComment" in written[1]] == [True, True]

    async def test_a_lost_answer_is_healed_by_the_next_look(self, bench: Bench) -> None:
        seen = await bench.observe()
        bench.world.running.faults.hang_up(Moment.AFTER, which=Which(operation="createPullRequest"))
        with pytest.raises(Temporary):
            await bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files())

        assert (await bench.observe()).environments["dev"].pull is not None


async def test_two_processes_do_not_know_of_each_others_writes(bench: Bench) -> None:
    """The race that is accepted: the second process merges upon a state that the first has replaced."""
    old = bench.world.change("gitops-state", {"prod.yaml": "{}\n"})
    seen = await bench.open()
    repository: Repository = seen.repository
    await bench_of(bench.world).apply(write_state(old), repository=repository)

    await bench.apply(merge(seen, state=old), repository=repository)

    assert bench.world.repository.pull(1).merged_at is not None


class TestIntroducing:
    async def test_labels_are_made_and_put_on_people_are_asked_and_it_is_said_how_it_stands(self, bench: Bench) -> None:
        seen = await bench.open()
        bench.forget()

        await bench.apply(
            introduce(seen, "mona", "acme/sre", labels=("deploy", "env/dev")), check(seen), repository=seen.repository
        )

        assert bench.asked().count(DOCUMENT) == 1
        pull = bench.world.repository.pull(1)
        assert [label.name for label in pull.labels] == ["deploy", "env/dev"]
        assert [getattr(one, "login", None) or one.slug for one in pull.requested] == ["mona", "sre"]  # type: ignore[union-attr]
        (comment,) = pull.comments
        assert comment.body.startswith("It waits.")
        after = (await bench.observe()).environments["dev"].pull
        assert after is not None
        assert (after.own_comments, after.room_for_status) == ((OwnComment(comment.node_id, comment.body),), True)

        await bench.apply(EditStatus(comment.node_id, 1, "It is merged."))

        assert [each.body for each in pull.comments] == ["It is merged."]

    async def test_who_cannot_be_asked_is_said_and_keeps_nobody_else_from_it(self, bench: Bench) -> None:
        seen = await bench.open()

        await bench.apply(introduce(seen, "stranger", "acme/nobody", "mona"), repository=seen.repository)

        pull = bench.world.repository.pull(1)
        assert [getattr(one, "login", "") for one in pull.requested] == ["mona"]
        lines = pull.comments[0].body.splitlines()
        assert lines[2].startswith("> ⚠️ could not `ask stranger for a review`: GitHub answered 422")
        assert lines[4].startswith("> ⚠️ could not `ask acme/nobody for a review`: GitHub answered 422")
        assert lines[-1] == "<!-- gitops-bot status 0123456789abcdef -->"

    async def test_a_limit_is_no_refusal(self, bench: Bench) -> None:
        """It is tried again: the comment, which says that all was done, is not there yet."""
        seen = await bench.open()
        bench.world.running.faults.next_requests(Answer(502), which=Which(path="*/requested_reviewers"))

        with pytest.raises(Temporary, match="introduce: GitHub answered 502"):
            await bench.apply(introduce(seen, "mona"), repository=seen.repository)

        assert bench.world.repository.pull(1).comments == []

    async def test_a_late_one_is_not_looked_for(self, bench: Bench) -> None:
        await bench.open()
        pull = bench.world.repository.pull(1)
        for number in range(10):
            pull.comment(f"{number}", by=bench.world.mona)

        after = (await bench.observe()).environments["dev"].pull

        assert after is not None
        assert not after.room_for_status
