"""More than a page of something: GitHub lists a hundred at a time, and what comes after them counts as well."""

from dataclasses import replace

import pytest

from bot.cli.demo.setting import FILES, TEAM
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.checks.runs import Conclusion, RunDetails
from bot.simulator.github.model.protection.protection import Protection
from tests.scenarios.world import a_world

pytestmark = pytest.mark.story  # minutes of work in all

CHECKS = {"checks": Access.WRITE}
GREEN = RunDetails(conclusion=Conclusion.SUCCESS)


async def test_a_required_check_is_number_101_on_the_commit() -> None:
    """flowglad/onton#380: a repository whose pull requests have more than a hundred checks."""
    async with a_world() as world:
        world.stage.manifests.protect("main", Protection(checks=("build",)))
        await world.release("v1.5.0")
        github = world.stage.github
        pull, ci = world.pull("dev"), github.create_app("ci", owner=world.stage.person("dana"), permissions=CHECKS)
        for number in range(100):
            world.stage.manifests.create_check_run(pull.head_oid, f"lint-{number}", app=ci, details=GREEN)
        await world.validate("dev")
        assert world.verdict("dev") == "protection: waiting for required check build"
        world.news()

        world.stage.manifests.create_check_run(pull.head_oid, "build", app=ci, details=GREEN)
        await world.stage.settle()

        assert "merged #1" in world.news()


async def test_a_promotion_of_101_files_merges() -> None:
    """pytorch#73317: of a pull request's files, GitHub shows a hundred on a page."""
    one = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: web, image: 'ghcr.io/acme/web:v1.4.1'}]}\n"
    files = {f"envs/dev/web/pods/{number:03}.yaml": one for number in range(101)}
    policy = FILES[".gitops.yml"].replace("      write: tag+digest\n", "")
    async with a_world(replace(TEAM, files={**FILES, ".gitops.yml": policy, **files})) as world:
        await world.release("v1.5.0")

        await world.validate("dev")

        assert "merged #1" in world.news()
        assert {world.text(path) for path in files} == {one.replace("v1.4.1", "v1.5.0")}


async def test_a_required_check_may_be_beyond_a_thousand_others() -> None:
    """flowglad/onton#380, ten times over: the reason is said, with who can change it, and nothing waits in silence."""
    async with a_world() as world:
        world.stage.manifests.protect("main", Protection(checks=("build",)))
        await world.release("v1.5.0")
        github, pull = world.stage.github, world.pull("dev")
        ci = github.create_app("ci", owner=world.stage.person("dana"), permissions=CHECKS)
        for number in range(1_000):
            world.stage.manifests.create_check_run(pull.head_oid, f"lint-{number}", app=ci, details=GREEN)
        await world.validate("dev")

        assert world.verdict("dev") == (
            f"protection: commit {pull.head_oid[:7]} has more checks than the bot reads (1,000), and required check build may "
            "be among the others"
        )
        runs = [
            run for run in world.stage.manifests.checks.latest_runs(pull.head_oid) if run.suite.app is world.stage.app
        ]
        assert len(runs) == 1, "no second check run of the bot's"
        world.news()
