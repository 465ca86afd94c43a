"""How promotions are opened, introduced and updated, over real HTTP."""

import pytest

from bot.core.observation.pull_request import Mergeable, OwnComment
from bot.core.plan import (
    EditStatus,
)
from bot.core.values.errors import Temporary
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.traffic.faults import Answer, Which
from tests.github.actions import DOCUMENT, NEWER, check, files, introduce, text_at, update
from tests.github.conftest import BRANCH, DEV, NEW, STAGE, Bench


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

    async def test_does_not_take_over_a_branch_that_moved(self, bench: Bench) -> None:
        left = bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=BRANCH)
        seen = await bench.observe()
        theirs = bench.world.repository.commit_files({"x": "z"}, by=bench.world.mona, branch=BRANCH)

        with pytest.raises(Temporary, match=f"could not take over the branch {BRANCH}"):
            await bench.apply(
                bench.opening(seen.repository, stale_head=left), repository=seen.repository, files=files()
            )

        assert bench.world.repository.find_branch(BRANCH) == theirs

    async def test_an_existing_branch_is_reported_in_githubs_words(self, bench: Bench) -> None:
        seen = await bench.open()

        with pytest.raises(Temporary, match=f"could not create the branch {BRANCH}: .*already exists"):
            await bench.apply(bench.opening(seen.repository), repository=seen.repository, files=files())

        assert len(bench.world.repository.pulls) == 1

    async def test_an_executable_stays_executable(self, bench: Bench) -> None:
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


class TestIntroducing:
    async def test_labels_reviews_and_the_status_comment(self, bench: Bench) -> None:
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

    async def test_a_reviewer_who_cannot_be_asked_does_not_block_others(self, bench: Bench) -> None:
        seen = await bench.open()

        await bench.apply(introduce(seen, "stranger", "acme/nobody", "mona"), repository=seen.repository)

        pull = bench.world.repository.pull(1)
        assert [getattr(one, "login", "") for one in pull.requested] == ["mona"]
        lines = pull.comments[0].body.splitlines()
        assert lines[2].startswith("> ⚠️ could not `request a review from stranger`: GitHub answered 422")
        assert lines[4].startswith("> ⚠️ could not `request a review from acme/nobody`: GitHub answered 422")
        assert lines[-1] == "<!-- gitops-bot status 0123456789abcdef -->"

    async def test_a_limit_is_not_a_refusal(self, bench: Bench) -> None:
        """It is tried again, because the comment that marks it as done is not there yet."""
        seen = await bench.open()
        bench.world.running.faults.next_requests(Answer(502), which=Which(path="*/requested_reviewers"))

        with pytest.raises(Temporary, match="introduce: GitHub answered 502"):
            await bench.apply(introduce(seen, "mona"), repository=seen.repository)

        assert bench.world.repository.pull(1).comments == []

    async def test_a_late_status_comment_is_not_searched_for(self, bench: Bench) -> None:
        await bench.open()
        pull = bench.world.repository.pull(1)
        for number in range(10):
            pull.comment(f"{number}", by=bench.world.mona)

        after = (await bench.observe()).environments["dev"].pull

        assert after is not None
        assert not after.room_for_status


class TestUpdating:
    async def test_is_two_requests_on_the_same_pull_request(self, bench: Bench) -> None:
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

    async def test_rebuilds_on_a_base_that_moved(self, bench: Bench) -> None:
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

    async def test_does_not_overwrite_a_push(self, bench: Bench) -> None:
        seen = await bench.open()
        theirs = bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=BRANCH)

        with pytest.raises(Temporary, match=f"could not update the branch {BRANCH}"):
            await bench.apply(update(seen), repository=seen.repository, files=files(NEWER))

        assert bench.world.repository.find_branch(BRANCH) == theirs

    async def test_a_stage_branch_left_by_a_crash_is_reset(self, bench: Bench) -> None:
        seen = await bench.open()
        bench.world.repository.commit_files({"x": "y"}, by=bench.world.mona, branch=STAGE)

        await bench.apply(update(seen), repository=seen.repository, files=files(NEWER))

        assert text_at(bench, BRANCH, DEV) == NEWER
