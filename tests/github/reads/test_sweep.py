"""One look at a whole repository: its content, its cost, and what changes a fingerprint."""

from bot.core.needs.repository import SweepNeeds
from bot.core.observation.actors import Permission
from bot.core.plan import WriteState
from bot.core.values.message import Message
from bot.github.reads.objects import LARGEST_BLOB
from bot.simulator.github.model.checks.runs import Conclusion, RunDetails
from bot.simulator.github.model.protection.protection import Grouping, MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.github.conftest import BRANCH, REPOSITORY, Bench

NEEDS = SweepNeeds(
    REPOSITORY, ("envs/dev", "envs/prod", "", "envs/nowhere"), frozenset({"mona"}), frozenset({"acme/sre"})
)
ONE_REQUEST = ["POST /graphql"]
ONE_PERSON = "GET /repos/acme/manifests/collaborators/mona/permission"


async def test_a_sweep_is_one_request_and_one_for_each_person_who_commented(bench: Bench) -> None:
    await bench.open()
    repository = bench.world.repository
    repository.commit_files({".gitops.yml": "version: 1\n", "envs/dev/api/x.yaml": "x: 1\n"}, by=bench.world.mona)
    await bench.apply(WriteState(None, {"prod.yaml": "{}\n"}, Message("Record", "")))
    repository.open_issue("Please", by=bench.world.mona).comment("/hold all", by=bench.world.mona)
    await bench.github.sweep(NEEDS)
    bench.forget()

    swept = await bench.github.sweep(NEEDS)

    assert bench.asked() == [*ONE_REQUEST, ONE_PERSON]
    assert swept.policy_files == {".gitops.yml": "version: 1\n"}
    assert swept.state.files["prod.yaml"] == "{}\n"
    assert swept.entries["envs/dev"].keys() == {"web", "api"}
    assert swept.entries["envs/prod"].keys() == {"web"}
    assert swept.entries[""].keys() == {".gitops.yml", "README.md", "envs"}
    assert swept.entries["envs/nowhere"] == {}
    assert swept.branches == {BRANCH: repository.find_branch(BRANCH)}
    (pull,) = swept.pulls
    assert (pull.number, pull.branch, pull.is_cross_repository, pull.our_checks) == (1, BRANCH, False, frozenset())
    assert swept.recent[0].oid == repository.head() == swept.repository.head_oid
    assert [comment.body for comment in swept.comments] == ["/hold all"]
    assert swept.people == {"mona": Permission.WRITE}
    assert swept.teams == {"acme/sre": frozenset({"mona"})}
    assert swept.complete


async def test_a_change_to_one_application_changes_only_its_entry(bench: Bench) -> None:
    bench.world.change("main", {"envs/dev/api/x.yaml": "x: 1\n"})
    before = (await bench.github.sweep(NEEDS)).entries["envs/dev"]
    bench.world.change("main", {"envs/dev/api/x.yaml": "x: 2\n"})

    after = (await bench.github.sweep(NEEDS)).entries["envs/dev"]

    assert after["web"] == before["web"]
    assert after["api"] != before["api"]


async def test_a_fingerprint_changes_with_everything_a_gate_may_read(bench: Bench) -> None:
    await bench.open()
    repository, world = bench.world.repository, bench.world
    head = repository.find_branch(BRANCH) or ""
    seen = [await _fingerprint(bench)]
    same = await _fingerprint(bench)

    run = repository.create_check_run(head, "build", app=world.app)
    seen.append(await _fingerprint(bench))
    repository.checks.update_run(run, RunDetails(conclusion=Conclusion.SUCCESS))
    seen.append(await _fingerprint(bench))
    repository.commit_files({"x": "y"}, by=world.mona, branch=BRANCH)
    seen.append(await _fingerprint(bench))

    assert same == seen[0]
    assert len(set(seen)) == len(seen)


async def test_our_own_checks_are_distinguished_from_others_of_the_same_name(bench: Bench) -> None:
    await bench.open()
    repository, world = bench.world.repository, bench.world
    other = world.github.create_app(
        "other", owner=world.acme, permissions={}, events=(), public_key=None, webhook_url=None, webhook_secret=None
    )
    head = repository.find_branch(BRANCH) or ""
    repository.create_check_run(head, "gitops/policy", app=other)
    repository.create_check_run(head, "gitops/promotion", app=world.app)

    (pull,) = (await bench.github.sweep(NEEDS)).pulls

    assert pull.our_checks == {"gitops/promotion"}


async def test_each_further_hundred_costs_a_request(bench: Bench) -> None:
    world, repository = bench.world, bench.world.repository
    for number in range(101):
        branch = f"gitops/dev/app-{number}"
        repository.commit_files({f"x{number}": "y"}, by=world.mona, branch=branch)
        repository.open_pull(PullDraft(title=branch, base="main", head=branch), by=world.mona)
    await bench.observe()
    bench.forget()

    swept = await bench.github.sweep(NEEDS)

    assert bench.asked() == [*ONE_REQUEST * 2, ONE_PERSON]
    assert len({pull.number for pull in swept.pulls}) == 101
    assert len(swept.branches) == 101
    assert swept.complete


class TestProposals:
    """The policy at a pull request's head: a sweep notices it, and one more request reads it."""

    async def test_a_head_with_another_policy_is_read(self, bench: Bench) -> None:
        world, repository = bench.world, bench.world.repository
        repository.commit_files({".gitops.yml": "version: 1\n", ".gitops/prod.yml": "a: 1\n"}, by=world.mona)
        files = {".gitops.yml": "version: 2\n", ".gitops/dev.yml": "b: 1\n"}
        repository.commit_files(files, by=world.mona, branch="change")
        repository.commit_files({"README.md": "Hello\n"}, by=world.mona, branch="words")
        for branch in ("change", "words"):
            repository.open_pull(PullDraft(title=branch, base="main", head=branch), by=world.mona)

        swept = await bench.github.sweep(NEEDS)

        words, change = sorted(swept.pulls, key=lambda pull: pull.branch, reverse=True)
        assert words.policy_id == swept.policy_id != change.policy_id
        bench.forget()
        (read,) = await bench.github.proposals(REPOSITORY, (change,))
        assert bench.asked() == ONE_REQUEST
        assert (read.head_oid, read.changes_it, read.unread) == (change.head_oid, True, "")
        assert read.files == {
            ".gitops.yml": "version: 2\n",
            ".gitops/dev.yml": "b: 1\n",
            ".gitops/prod.yml": "a: 1\n",
        }

    async def test_a_head_that_is_only_behind_changes_nothing(self, bench: Bench) -> None:
        world, repository = bench.world, bench.world.repository
        repository.commit_files({"README.md": "Hello\n"}, by=world.mona, branch="words")
        repository.open_pull(PullDraft(title="words", base="main", head="words"), by=world.mona)
        repository.commit_files({".gitops.yml": "version: 1\n"}, by=world.mona)

        swept = await bench.github.sweep(NEEDS)

        (pull,) = swept.pulls
        assert pull.policy_id == ":" != swept.policy_id
        (read,) = await bench.github.proposals(REPOSITORY, (pull,))
        assert not read.changes_it

    async def test_a_head_that_moved_on_is_left_for_the_next_look(self, bench: Bench) -> None:
        world, repository = bench.world, bench.world.repository
        repository.commit_files({".gitops.yml": "version: 1\n"}, by=world.mona, branch="change")
        repository.open_pull(PullDraft(title="change", base="main", head="change"), by=world.mona)
        (pull,) = (await bench.github.sweep(NEEDS)).pulls
        repository.commit_files({".gitops.yml": "version: 2\n"}, by=world.mona, branch="change")

        (read,) = await bench.github.proposals(REPOSITORY, (pull,))

        assert not read.changes_it

    async def test_an_unreadable_policy_is_reported(self, bench: Bench) -> None:
        world, repository = bench.world, bench.world.repository
        repository.commit_files({".gitops.yml": "#" * (LARGEST_BLOB + 1)}, by=world.mona, branch="change")
        repository.open_pull(PullDraft(title="change", base="main", head="change"), by=world.mona)
        (pull,) = (await bench.github.sweep(NEEDS)).pulls

        (read,) = await bench.github.proposals(REPOSITORY, (pull,))

        assert read.changes_it
        assert ".gitops.yml cannot be read" in read.unread


async def test_a_merge_queue_names_the_commit_of_its_group(bench: Bench) -> None:
    world, repository = bench.world, bench.world.repository
    repository.protect("main", Protection(checks=("build",), merge_queue=MergeMethod.SQUASH))
    repository.commit_files({"README.md": "Hello\n"}, by=world.mona, branch="words")
    pull = repository.open_pull(PullDraft(title="words", base="main", head="words"), by=world.mona)
    repository.create_check_run(
        pull.head_oid, "build", app=world.app, details=RunDetails(conclusion=Conclusion.SUCCESS)
    )
    queue = repository.queue("main")
    assert queue is not None
    queue.add(pull, by=world.octocat, expected_head=pull.head_oid)

    (seen,) = (await bench.github.sweep(NEEDS)).pulls

    assert pull.queue_entry is not None
    assert pull.queue_entry.group is not None
    assert seen.group_oid == pull.queue_entry.group.head_oid


async def test_a_queue_that_looks_at_its_last_entry_tells_whether_a_promotion_passed_there(bench: Bench) -> None:
    """Read only while others are in the queue too: those wait for it."""
    await bench.open()
    world, repository = bench.world, bench.world.repository
    rules = Protection(
        source=ProtectionSource.RULESET,
        checks=("build",),
        merge_queue=MergeMethod.SQUASH,
        grouping=Grouping.HEADGREEN,
    )
    repository.protect("main", rules)
    promotion, queue = repository.pull(1), repository.queue("main")
    assert queue is not None
    green = RunDetails(conclusion=Conclusion.SUCCESS)
    repository.create_check_run(promotion.head_oid, "build", app=world.app, details=green)
    queue.add(promotion, by=world.octocat)
    assert promotion.queue_entry is not None
    assert promotion.queue_entry.group is not None
    group = promotion.queue_entry.group.head_oid

    async def passed() -> list[bool]:
        return [pull.group_passed for pull in (await bench.github.sweep(NEEDS)).pulls if pull.number == 1]

    repository.create_check_run(group, "gitops/promotion", app=world.app, details=green)
    assert await passed() == [False]
    repository.commit_files({"README.md": "Hello\n"}, by=world.mona, branch="words")
    words = repository.open_pull(PullDraft(title="words", base="main", head="words"), by=world.mona)
    repository.create_check_run(words.head_oid, "build", app=world.app, details=green)
    queue.add(words, by=world.octocat)
    assert await passed() == [True]
    failed = RunDetails(conclusion=Conclusion.FAILURE)
    repository.create_check_run(group, "gitops/promotion", app=world.app, details=failed)
    assert await passed() == [False]


async def _fingerprint(bench: Bench) -> str:
    (pull,) = (await bench.github.sweep(NEEDS)).pulls
    return pull.fingerprint
