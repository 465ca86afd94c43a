"""One look at a whole repository: what it brings, what it costs, and what changes a fingerprint."""

from bot.core.observation import Permission
from bot.core.plan import Message, WriteState
from bot.core.sweep import SweepNeeds
from bot.simulator.github.checks import Conclusion, RunDetails
from bot.simulator.github.repository import PullDraft
from tests.github.conftest import BRANCH, REPOSITORY, Bench

NEEDS = SweepNeeds(
    REPOSITORY, ("envs/dev", "envs/prod", "", "envs/nowhere"), frozenset({"mona"}), frozenset({"acme/sre"})
)
ONE_REQUEST = ["POST /graphql"]


async def test_it_is_one_request_for_everything(bench: Bench) -> None:
    await bench.open()
    repository = bench.world.repository
    repository.commit_files({".gitops.yml": "version: 1\n", "envs/dev/api/x.yaml": "x: 1\n"}, by=bench.world.mona)
    await bench.apply(WriteState(None, {"prod.yaml": "{}\n"}, Message("Record", "")))
    repository.open_issue("Please", by=bench.world.mona).comment("/hold all", by=bench.world.mona)
    await bench.github.sweep(NEEDS)
    bench.forget()

    swept = await bench.github.sweep(NEEDS)

    assert bench.asked() == ONE_REQUEST
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


async def test_an_application_changes_its_entry_and_no_other(bench: Bench) -> None:
    bench.world.change("main", {"envs/dev/api/x.yaml": "x: 1\n"})
    before = (await bench.github.sweep(NEEDS)).entries["envs/dev"]
    bench.world.change("main", {"envs/dev/api/x.yaml": "x: 2\n"})

    after = (await bench.github.sweep(NEEDS)).entries["envs/dev"]

    assert after["web"] == before["web"]
    assert after["api"] != before["api"]


async def test_a_fingerprint_changes_with_what_a_gate_may_read(bench: Bench) -> None:
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


async def test_our_own_checks_are_told_from_others_of_the_same_name(bench: Bench) -> None:
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


async def test_further_hundreds_cost_a_request_each(bench: Bench) -> None:
    world, repository = bench.world, bench.world.repository
    for number in range(101):
        branch = f"gitops/dev/app-{number}"
        repository.commit_files({f"x{number}": "y"}, by=world.mona, branch=branch)
        repository.open_pull(PullDraft(title=branch, base="main", head=branch), by=world.mona)
    await bench.observe()
    bench.forget()

    swept = await bench.github.sweep(NEEDS)

    assert bench.asked() == ONE_REQUEST * 2
    assert len({pull.number for pull in swept.pulls}) == 101
    assert len(swept.branches) == 101
    assert swept.complete


async def _fingerprint(bench: Bench) -> str:
    (pull,) = (await bench.github.sweep(NEEDS)).pulls
    return pull.fingerprint
