"""People's own pull requests: the required check lets them pass, and says what a new policy would change."""

from dataclasses import replace
from datetime import timedelta

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.checks.runs import CheckRun
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.traffic.faults import Which
from tests.scenarios.test_the_main_job import to_staging
from tests.scenarios.world import TEAM, World, a_world

OURS = replace(TEAM, required_checks=("gitops/promotion",))


async def propose(world: World, files: dict[str, str], *, branch: str = "idea", by: str = "erin") -> PullRequest:
    """Push a branch and open a pull request as a person."""
    repository, person = world.stage.manifests, world.stage.person(by)
    repository.commit_files(files, by=person, branch=branch)
    pull = repository.open_pull(PullDraft(title=branch, base="main", head=branch), by=person)
    await world.stage.settle()
    return pull


def runs(world: World, pull: PullRequest) -> dict[str, CheckRun]:
    """The bot's check runs on a pull request's head, by name."""
    found = world.stage.manifests.checks.latest_runs(pull.head_oid)
    return {run.name: run for run in found if run.suite.app is world.stage.app}


def said(run: CheckRun) -> str:
    """Conclusion and title."""
    assert run.output is not None
    return f"{run.conclusion.value if run.conclusion else 'running'}: {run.output.title}"


async def test_the_required_check_passes_on_peoples_pull_requests() -> None:
    """At once, and again for every new head; a promotion beside it still has to pass its gates."""
    async with a_world(OURS) as world:
        await world.release("v1.5.0")
        world.news()
        pull = await propose(world, {"README.md": "Hello.\n"})
        assert said(runs(world, pull)["gitops/promotion"]) == "SUCCESS: not a promotion"

        await world.push({"README.md": "Hello you.\n"}, by="erin", branch="idea")
        assert said(runs(world, pull)["gitops/promotion"]) == "SUCCESS: not a promotion"
        merge(pull, MergeOrder(), by=world.stage.person("alice"))
        await world.stage.settle()
        assert pull.state is State.MERGED
        assert len(runs(world, pull)) == 1
        world.news()


async def test_a_pull_request_from_a_promotions_commit_gets_no_check() -> None:
    """Otherwise its check would let the promotion merge past its gates."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        promotion, repository = world.pull("dev"), world.stage.manifests
        before = said(runs(world, promotion)["gitops/promotion"])
        repository.move_ref("refs/heads/shortcut", before=None, after=promotion.head_oid, by=world.stage.person("erin"))
        repository.open_pull(PullDraft(title="Mine", base="main", head="shortcut"), by=world.stage.person("erin"))
        await world.stage.settle()
        assert said(runs(world, promotion)["gitops/promotion"]) == before


async def test_the_check_passes_on_merge_groups() -> None:
    """The merge queue's commit gets the check as well."""
    async with a_world(OURS) as world:
        repository = world.stage.manifests
        repository.protect("main", Protection(checks=("gitops/promotion",), merge_queue=MergeMethod.SQUASH))
        pull = await propose(world, {"README.md": "Hello.\n"})
        queue = repository.queue("main")
        assert queue is not None
        queue.add(pull, by=world.stage.person("alice"), expected_head=pull.head_oid)
        await world.stage.settle()
        assert pull.state is State.MERGED


async def test_a_proposed_policy_is_judged_but_not_followed() -> None:
    """With every problem on its line; the next push is judged anew."""
    async with a_world() as world:
        broken = POLICY.replace("checks: [build]", "cheks: [build]")
        pull = await propose(world, {".gitops.yml": broken})
        run = runs(world, pull)["gitops/policy"]
        assert said(run) == "FAILURE: 1 problem; once merged, nothing changes until they are fixed"
        assert run.output is not None
        line = next(number for number, text in enumerate(broken.splitlines(), 1) if "cheks" in text)
        assert [(note.path, note.start_line) for note in run.output.annotations] == [(".gitops.yml", line)]

        loose = POLICY.replace("checks: [build]", "checks: []")
        await world.push({".gitops.yml": loose}, by="erin", branch="idea")
        assert said(runs(world, pull)["gitops/policy"]) == (
            "SUCCESS: the policy is valid; no promotion or hold would change"
        )

        await world.push_image("v1.5.0")
        assert world.news() == [], "no commit was built for it, and the policy that counts asks for a check"


async def test_an_outdated_policy_in_a_pull_request_is_not_judged() -> None:
    """A pull request that is merely older says nothing about the policy, and costs a look at most once."""
    async with a_world() as world:
        pull = await propose(world, {"README.md": "Hello.\n"})
        await world.push({".gitops.yml": f"# A word.\n{POLICY}"}, by="alice")
        assert runs(world, pull).keys() == {"gitops/promotion"}
        world.requests()
        await world.comment("Shall we?", by="dana", on=pull.number)
        assert "Proposals" not in world.requests()


async def test_a_proposed_policy_gets_its_consequences_listed() -> None:
    """Decided on what was last seen, and not done: nothing is asked of GitHub for it, and nothing happens before the merge."""
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        await world.sync("staging")
        await world.comment("/hold prod until 20:00 the load test", by="sam")
        await world.release("v1.6.0")
        world.news()
        hasty = POLICY.replace("      soak: 1h\n", "").replace(
            "    promote: manual                       # opened by /promote\n", ""
        )
        pull = await propose(world, {".gitops.yml": hasty.replace("gates: {checks: [build]}", "merge: manual")})
        run = runs(world, pull)["gitops/policy"]
        assert said(run) == "SUCCESS: the policy is valid; would open 1"
        assert run.output is not None
        assert run.output.summary is not None
        assert run.output.summary.splitlines() == [
            "**What changes in the policy:**",
            "",
            "- `dev`: `checks` is removed, `merge` changes",
            "- `prod`: `soak` is removed, `promote` changes",
            "",
            "**What the bot would do if this merged now:**",
            "",
            "- `web` in `prod`: opens a promotion to `v1.5.0`",
        ]

        gone = hasty[: hasty.index("  prod:")]
        await world.push({".gitops.yml": gone}, by="erin", branch="idea")
        assert said(runs(world, pull)["gitops/policy"]) == "SUCCESS: the policy is valid; would drop 1 hold"

        world.requests()
        await world.push({".gitops.yml": f"{hasty}\n# A word.\n"}, by="erin", branch="idea")
        asked = world.requests()
        assert asked.count("Proposals") == 1
        assert asked.count("Observe") <= 1
        assert world.news() == []


async def test_a_policy_whose_report_github_refuses_is_read_once() -> None:
    """Otherwise every look at the repository would read a stranger's pull request again."""
    async with a_world() as world:
        which = Which(operation="createCheckRun")
        world.stage.hub.faults.fail(403, count=100, message="Resource not accessible by integration", which=which)
        pull = await propose(world, {".gitops.yml": f"{POLICY}\n# A word.\n"})
        assert "gitops/policy" not in runs(world, pull)
        for _ in range(3):
            await world.advance(timedelta(minutes=15))
        assert world.requests().count("Proposals") == 1

        world.stage.hub.faults.clear()
        await world.advance(timedelta(minutes=25))
        assert said(runs(world, pull)["gitops/policy"]).startswith("SUCCESS: the policy is valid")
        assert "Proposals" not in world.requests()
