"""Promotion pull requests in a look: the open one, past ones, and those that only look like one."""

from datetime import timedelta

import pytest

from bot.core.needs.application import EnvironmentNeeds
from bot.core.observation.actors import Actor
from bot.core.observation.files import SeenEnvironment
from bot.core.observation.pull_request import Mergeable, ReviewState
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.protection.protection import Protection as Rules
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewState as Opinion
from tests.github.conftest import BRANCH, DEV, NEW, Bench, blob_id


async def test_an_open_promotion_is_seen_completely(bench: Bench) -> None:
    seen = await bench.open()
    pull = bench.world.repository.pull(1)
    pull.review(by=bench.world.mona, state=Opinion.APPROVED)
    stranger = bench.world.repository.commit_files({"x.txt": "x"}, by=bench.world.mona, branch=BRANCH)
    bench.world.repository.create_check_run(stranger, "test", app=bench.world.app)

    before = seen.environments["dev"].pull
    after = (await bench.observe()).environments["dev"].pull

    assert before is not None
    assert after is not None
    assert (before.author, before.title, before.base) == (
        Actor("gitops-bot", is_bot=True, id=bench.world.app.bot.id),
        "dev: web v1.4.1 → v1.5.0",
        "main",
    )
    assert [commit.by_app for commit in before.commits] == [True]
    assert before.commits[0].parents == (
        (seen.repository.head_oid, {DEV: blob_id(b"image: ghcr.io/acme/web:v1.4.1\n")}),
    )
    assert before.head_blobs == {DEV: blob_id(NEW)}
    assert before.mergeable is Mergeable.MERGEABLE
    assert before.changed_paths == (DEV,)
    assert after.head.oid == stranger
    assert [report.name for report in after.head.reports] == ["test"]
    assert [(commit.by_app, commit.author.login) for commit in after.commits] == [(True, "gitops-bot"), (False, "mona")]
    assert (after.commits_total, after.changed_files, set(after.changed_paths)) == (2, 2, {DEV, "x.txt"})
    (review,) = after.reviews
    assert (review.author.login, review.state, review.can_push) == ("mona", ReviewState.APPROVED, True)
    assert review.blobs == {DEV: blob_id(NEW)}


async def test_a_branch_of_a_fork_is_not_a_promotion(bench: Bench) -> None:
    fork = bench.world.github.fork(bench.world.repository, by=bench.world.hubot)
    fork.commit_files({DEV: NEW}, by=bench.world.hubot, branch=BRANCH)
    draft = PullDraft(title="Mine", base="main", head=BRANCH, head_repository=fork)
    pull = bench.world.repository.open_pull(draft, by=bench.world.hubot)
    pull.comment("/promote prod", by=bench.world.hubot)

    seen = await bench.observe()

    assert seen.environments["dev"].pull is None
    assert seen.environments["dev"].branch_oid is None
    assert [comment.promotion for comment in seen.comments] == [None]
    pull.close(by=bench.world.hubot)
    assert (await bench.observe()).environments["dev"].past == ()


@pytest.mark.parametrize(
    ("forks", "pages", "ours"),
    [
        pytest.param(12, 1, [(1, {DEV: blob_id(NEW)})], id="one-more-page"),
        pytest.param(305, 3, [], id="and-no-more-than-three"),
    ],
)
async def test_past_pull_requests_from_forks_do_not_hide_ours(
    bench: Bench, forks: int, pages: int, ours: list[tuple[int, dict[str, str]]]
) -> None:
    """Anybody can open and close such pull requests, from a branch of the same name."""
    await bench.open()
    world = bench.world
    world.repository.pull(1).close(by=world.octocat)
    fork = world.github.fork(world.repository, by=world.mona)
    fork.commit_files({"a": "b"}, by=world.mona, branch=BRANCH)
    for number in range(forks):
        world.github.clock.advance(timedelta(seconds=1))
        draft = PullDraft(title=f"x{number}", base="main", head=BRANCH, head_repository=fork)
        world.repository.open_pull(draft, by=world.mona).close(by=world.mona)
    bench.forget()

    seen = await bench.observe()

    assert [(past.number, past.head_blobs) for past in seen.environments["dev"].past] == ours
    assert bench.asked().count("POST /graphql") == 1 + pages


async def test_a_pull_request_into_another_branch_is_not_the_promotion(bench: Bench) -> None:
    bench.world.change("release", {"x": "y"})
    bench.world.repository.commit_files({DEV: NEW}, by=bench.world.mona, branch=BRANCH)
    bench.world.repository.open_pull(PullDraft(title="Other", base="release", head=BRANCH), by=bench.world.mona)
    bench.forget()

    first = await bench.observe()
    await bench.open_on_existing_branch()
    second = await bench.observe()

    assert first.environments["dev"].pull is None
    assert first.environments["dev"].branch_oid is not None
    assert second.environments["dev"].pull is not None
    assert second.environments["dev"].pull.base == "main"


async def test_a_promotion_on_a_branch_with_a_former_name(bench: Bench) -> None:
    """Its branch is the one in use. Without a promotion it is the present name's branch, or a former one that is left."""
    await bench.open()
    environment, former = "present", ("gitops/other/web", BRANCH)

    async def look() -> SeenEnvironment:
        needs = EnvironmentNeeds(environment, "envs/dev/web", texts=False, files=(DEV,), former=former)
        return (await bench.observe(environments=(needs,))).environments[environment]

    used = await look()
    assert used.pull is not None
    assert (used.former_branch, used.branch_oid) == (BRANCH, used.pull.head.oid)
    pull = bench.world.repository.pull(1)
    pull.close(by=bench.world.octocat)
    left = await look()
    assert (left.pull, left.former_branch, left.branch_oid) == (None, BRANCH, used.branch_oid)
    assert [each.number for each in left.past] == [1]
    bench.world.repository.create_branch("gitops/present/web", by=bench.world.octocat)
    both = await look()
    assert (both.former_branch, both.branch_oid) == (None, bench.world.repository.head())
    pull.reopen(by=bench.world.octocat)
    assert (await look()).former_branch == BRANCH


async def test_a_merge_queue_is_seen_on_an_open_promotion(bench: Bench) -> None:
    bench.world.repository.protect("main", Rules(merge_queue=MergeMethod.SQUASH))

    seen = await bench.open()

    assert seen.repository.protection.merge_queue


async def test_code_owners_and_unresolved_threads_are_seen(bench: Bench) -> None:
    """Only code owners count, not other people who were asked for a review."""
    repository, acme = bench.world.repository, bench.world.acme
    repository.grant(acme.team("web"), Role.WRITE)
    repository.grant(bench.world.mona, Role.WRITE)
    repository.commit_files({"CODEOWNERS": "* @acme/web @mona\n"}, by=bench.world.octocat)
    await bench.open()
    pull = repository.pull(1)
    pull.request_reviews(bench.world.octocat, by=bench.world.mona)
    pull.start_thread(DEV, by=bench.world.mona)
    pull.start_thread(DEV, by=bench.world.mona).resolve(by=bench.world.mona)

    found = (await bench.observe()).environments["dev"].pull

    assert found is not None
    assert (found.owners_asked, found.open_threads) == (("@acme/web", "@mona"), 1)
