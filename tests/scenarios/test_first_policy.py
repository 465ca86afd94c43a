"""A repository without a policy: the bot proposes one once, or asks once, and what people do with it ends the matter."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli.demo.stage import Setting
from bot.core.policy import Mode, read
from bot.service import running
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.conversations.issues import Issue
from bot.simulator.github.model.pulls.pull_request import PullRequest
from tests.scenarios.test_who_somebody_is import rename_app
from tests.scenarios.world import TEAM, World, a_world

PROPOSED = "Add a policy for GitOps Bot"
ASKED = "Which versions should GitOps Bot promote here?"
MISTAKES = "The policy for GitOps Bot has mistakes"

THREE = {"dev": "v1.5.0", "staging": "v1.4.1", "prod": "v1.4.1"}
MANIFESTS = {
    f"envs/{environment}/{name}/kustomization.yaml": f"images: [{{name: ghcr.io/acme/{name}, newTag: {tag}}}]\n"
    for environment, tag in THREE.items()
    for name in ("web", "api")
}
ONE_PLACE = {"deploy/app.yaml": "kind: Application\napiVersion: argoproj.io/v1alpha1\n"} | {
    "deploy/web.yaml": "spec: {containers: [{name: web, image: 'ghcr.io/acme/web:v1.4.1'}]}\n"
}
GOOD = """\
version: 1
applications:
  web: {image: ghcr.io/acme/web}
environments:
  dev: {path: envs/dev/web, from: registry}
"""
BROKEN = GOOD.replace("image:", "imag:").replace("from:", "form:")
ENDINGS = (
    "closed",
    "renamed",
    "rewritten",
    "relabelled",
    "pushed to",
    "branch renamed",
    "branch deleted",
    "merged and removed",
)


def with_only(files: Mapping[str, str], setting: Setting = TEAM) -> Setting:
    """A repository with these files, in which nothing is required of pull requests."""
    return replace(
        setting, files={"README.md": "# Ours\n", **files}, required_checks=(), images=("v1.4.1", "v1.5.0", "v1.6.0")
    )


def a_repository(files: Mapping[str, str]) -> AbstractAsyncContextManager[World]:
    """A world around such a repository."""
    return a_world(with_only(files))


def opened(world: World) -> list[str]:
    """Return the titles of everything that the bot ever opened."""
    manifests = world.stage.manifests
    return [each.title for each in manifests.conversations.values() if each.author.login.endswith("[bot]")]


def the_pull(world: World) -> PullRequest:
    """The one pull request."""
    (pull,) = world.stage.manifests.pulls
    return pull


def the_issue(world: World) -> Issue:
    """The one issue."""
    (issue,) = world.stage.manifests.issues
    return issue


async def look_again(world: World) -> None:
    """The bot is told of a push, and a day passes in which it sweeps."""
    await world.push({"README.md": "# Ours, again\n"}, by="alice")
    await world.live(timedelta(days=2))
    await world.push({"README.md": "# Ours\n"}, by="alice")


async def test_it_proposes_a_policy_in_one_pull_request() -> None:
    async with a_repository(MANIFESTS) as world:
        pull = the_pull(world)
        assert pull.title == PROPOSED
        files = world.stage.manifests.store
        text = (files.file(pull.head_oid, ".gitops.yml") or b"").decode()
        policy = read({".gitops.yml": text})
        assert policy.mode is Mode.OBSERVE
        assert list(policy.applications) == ["api", "web"]
        assert list(policy.environments) == ["dev", "staging", "prod"]
        assert "| `web` | `dev` | `v1.5.0` → `v1.6.0` | the registry |" in pull.body
        assert "| `web` | `staging` | `v1.4.1` → `v1.5.0` | `dev` |" in pull.body
        assert "In `prod`, a person opens each promotion." in pull.body

        await look_again(world)
        assert opened(world) == [PROPOSED]
        await world.merge(pull, by="alice")
        await world.live(timedelta(hours=1))
        assert "would open a pull request for `v1.5.0`" in world.row("staging")
        assert world.news() == []


@pytest.mark.parametrize("ending", ENDINGS)
async def test_whatever_people_do_with_it_ends_the_matter(ending: str) -> None:
    async with a_repository(MANIFESTS) as world:
        pull, alice, manifests = the_pull(world), world.stage.person("alice"), world.stage.manifests
        match ending:
            case "closed":
                pull.close(by=alice)
            case "renamed":
                pull.edit(by=alice, title="No, thanks")
                pull.close(by=alice)
            case "rewritten":
                pull.edit(by=alice, title="x", body="y")
                pull.close(by=alice)
            case "relabelled":
                pull.edit(by=alice, body="")
            case "pushed to":
                manifests.commit_files({".gitops.yml": GOOD}, by=alice, branch=pull.head_ref)
            case "branch renamed":
                manifests.rename_branch(pull.head_ref, "something-else", by=alice)
            case "branch deleted":
                manifests.delete_branch(pull.head_ref, by=alice)
            case _:
                await world.merge(pull, by="alice")
                await world.push({".gitops.yml": None}, by="alice")
        world.news()
        await world.settle()
        await look_again(world)
        await world.restart()
        await look_again(world)
        assert [title for title in opened(world) if title != "GitOps dashboard"] == [pull.title]
        if ending == "pushed to":
            assert manifests.store.file(pull.head_oid, ".gitops.yml") == GOOD.encode()
        assert world.news() == []


async def test_the_app_is_renamed_and_still_knows_what_it_opened() -> None:
    async with a_repository(MANIFESTS) as world:
        the_pull(world).close(by=world.stage.person("alice"))
        rename_app(world, "acme-deployer")
        await world.restart()
        await look_again(world)
        assert len(world.stage.manifests.pulls) == 1
        world.news()


async def test_where_it_is_not_sure_it_asks_in_one_issue() -> None:
    async with a_repository(ONE_PLACE) as world:
        issue = the_issue(world)
        assert issue.title == ASKED
        assert "No path names an environment." in issue.body
        assert "image: ghcr.io/acme/web" in issue.body
        assert world.stage.manifests.find_branch(ONE_BRANCH) is None
        issue.close(by=world.stage.person("alice"))
        issue.edit(by=world.stage.person("alice"), title="Done", body="")
        await world.restart()
        await look_again(world)
        assert [each.number for each in world.stage.manifests.issues] == [issue.number]
        world.news()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"docs/a.yaml": "a: 1\n"},
        {"chart/values.yaml": "image: {repository: ghcr.io/acme/web, tag: v1}\n", "Dockerfile": "FROM scratch\n"},
        {f"src/{number}.py": "" for number in range(500)},
    ],
    ids=["empty", "no manifests", "a program with its chart", "code"],
)
async def test_elsewhere_it_is_silent(files: dict[str, str]) -> None:
    async with a_repository(files) as world:
        await look_again(world)
        assert opened(world) == []


@pytest.mark.parametrize("files", [MANIFESTS, ONE_PLACE], ids=["sure", "not sure"])
async def test_switched_off_it_opens_nothing_and_asks_nothing_more(files: dict[str, str]) -> None:
    async with a_world(with_only({})) as world:
        await world.stage.stop()
        world.stage.settings = replace(world.stage.settings, onboarding=False)
        world.stage.manifests.commit_files(files, by=world.stage.person("alice"))
        world.requests()
        await world.stage.start()
        await look_again(world)
        assert opened(world) == []
        assert not [each for each in world.requests() if each == "Beginnings" or each.endswith("/issues")]


async def test_switched_off_it_still_reports_the_mistakes_of_a_policy_that_somebody_wrote() -> None:
    async with a_world(with_only({})) as world:
        await world.stage.stop()
        world.stage.settings = replace(world.stage.settings, onboarding=False)
        world.stage.manifests.commit_files({".gitops.yml": BROKEN}, by=world.stage.person("alice"))
        await world.stage.start()
        assert opened(world) == [MISTAKES]
        world.news()


async def test_a_policy_on_another_branch_is_being_written_by_somebody() -> None:
    setting = with_only({})
    async with a_world(setting) as world:
        manifests, alice = world.stage.manifests, world.stage.person("alice")
        manifests.create_branch("our-policy", by=alice)
        await world.push({".gitops.yml": GOOD}, by="alice", branch="our-policy")
        await world.push(MANIFESTS, by="alice")
        await world.restart()
        assert opened(world) == []


@asynccontextmanager
async def later(files: Mapping[str, str], *, before: Callable[[World], None] = lambda _: None) -> AsyncIterator[World]:
    """A world in which the manifests, and what `before` does, come before the bot ever looks."""
    async with a_world(with_only({})) as world:
        await world.stage.stop()
        world.stage.manifests.commit_files(files, by=world.stage.person("alice"))
        before(world)
        await world.stage.start()
        yield world


def may_only_read(*names: str) -> Callable[[World], None]:
    """The App may not write these."""

    def change(world: World) -> None:
        for installation in world.stage.app.installations:
            installation.permissions = {
                name: Access.READ if name in names else access for name, access in installation.permissions.items()
            }

    return change


def no_issues(world: World) -> None:
    """The repository has no issues."""
    world.stage.manifests.settings = replace(world.stage.manifests.settings, has_issues=False)


@pytest.mark.parametrize(
    ("files", "before", "expected"),
    [
        (MANIFESTS, may_only_read("contents"), [ASKED]),
        (MANIFESTS, may_only_read("pull_requests"), [ASKED]),
        (MANIFESTS, may_only_read("contents", "issues", "pull_requests"), []),
        (MANIFESTS, no_issues, [PROPOSED]),
        (ONE_PLACE, no_issues, []),
        (ONE_PLACE, may_only_read("contents"), [ASKED]),
        (ONE_PLACE, may_only_read("issues"), []),
    ],
)
async def test_what_it_may_not_write(
    files: dict[str, str], before: Callable[[World], None], expected: list[str]
) -> None:
    async with later(files, before=before) as world:
        assert opened(world) == expected
        await look_again(world)
        await world.restart()
        assert opened(world) == expected
        if expected == [ASKED]:
            assert ".gitops.yml" in the_issue(world).body
        world.news()


@pytest.mark.parametrize("files", [MANIFESTS, ONE_PLACE], ids=["pull request", "issue"])
async def test_two_servers_at_once_open_one(files: dict[str, str]) -> None:
    async with a_world(with_only({})) as world:
        await world.stage.stop()
        world.stage.manifests.commit_files(files, by=world.stage.person("alice"))
        stage = world.stage
        elsewhere = replace(stage.settings, queue=stage.queue_file.with_name("other.sqlite3"))
        async with running(elsewhere, stage.runtime) as other:
            await asyncio.gather(stage.start(), other.discovered.wait())
            for _ in range(20):
                await other.runner.settled()
                stage.clock.advance(timedelta(minutes=2))
                other.queue.wake()
                await stage.settle()
            await other.runner.settled()
        assert len(opened(world)) == 1
        assert not [name for name in (ONE_BRANCH,) if files is ONE_PLACE and stage.manifests.find_branch(name)]
        world.news()


ONE_BRANCH = "gitops/first-policy"


async def test_a_lock_that_a_crash_left_behind_is_taken_over() -> None:
    def crashed(world: World) -> None:
        world.stage.manifests.create_branch(ONE_BRANCH, by=world.stage.app.bot)

    async with later(ONE_PLACE, before=crashed) as world:
        assert opened(world) == []
        await world.advance(timedelta(minutes=11))
        assert opened(world) == [ASKED]
        assert world.stage.manifests.find_branch(ONE_BRANCH) is None
        world.news()


async def test_a_branch_of_somebody_else_is_left_alone() -> None:
    def theirs(world: World) -> None:
        stage = world.stage
        stage.manifests.create_branch(ONE_BRANCH, by=stage.person("dana"))
        stage.manifests.commit_files({"mine": "x"}, by=stage.person("dana"), branch=ONE_BRANCH)

    async with later(MANIFESTS, before=theirs) as world:
        await world.advance(timedelta(minutes=11))
        await look_again(world)
        assert opened(world) == []


@pytest.mark.story
async def test_a_first_policy_with_mistakes_is_one_issue_that_its_fix_closes() -> None:
    async with a_repository({".gitops.yml": BROKEN, **MANIFESTS}) as world:
        issue = the_issue(world)
        assert issue.title == MISTAKES
        assert "has 2 problems" in issue.body
        assert ".gitops.yml:3:9" in issue.body

        await world.push({".gitops.yml": BROKEN.replace("imag:", "image:")}, by="alice")
        assert "has 1 problem," in issue.body
        assert world.news() == [f"edited issue #{issue.number} {MISTAKES}"]

        await world.push({".gitops.yml": GOOD}, by="alice")
        assert issue.state.value == "CLOSED"
        said = world.news()
        assert said[0].startswith("answered: Fixed in ")
        assert said[1] == f"closed issue #{issue.number} {MISTAKES}"
        await world.push({".gitops.yml": BROKEN}, by="alice")
        await look_again(world)
        assert [each.title for each in world.stage.manifests.issues if each.title != "GitOps dashboard"] == [MISTAKES]
        assert issue.state.value == "CLOSED"
        world.news()


async def test_mistakes_cost_a_quiet_sweep_at_most_one_request_more() -> None:
    """While they are there, after the fix, and where a person has closed the issue."""
    async with a_repository({".gitops.yml": GOOD, **MANIFESTS}) as world:
        await sweep_quietly(world)
        quiet = await sweep_quietly(world)
    async with a_repository({".gitops.yml": BROKEN, **MANIFESTS}) as world:
        assert await sweep_quietly(world) <= quiet + 1
        the_issue(world).close(by=world.stage.person("alice"))
        await world.settle()
        assert await sweep_quietly(world) <= quiet + 1
        await world.push({".gitops.yml": GOOD}, by="alice")
        await world.live(timedelta(hours=1))
        assert await sweep_quietly(world) <= quiet + 1
        world.news()


async def sweep_quietly(world: World) -> int:
    """A quarter of an hour passes, with a sweep in it; return how often GitHub was asked."""
    world.requests()
    await world.live(timedelta(minutes=15))
    asked = world.requests()
    assert asked
    return len(asked)


async def test_the_fix_closes_it_after_a_restart_too() -> None:
    async with a_repository({".gitops.yml": BROKEN, **MANIFESTS}) as world:
        await world.stage.stop()
        world.stage.manifests.commit_files({".gitops.yml": GOOD}, by=world.stage.person("alice"))
        await world.stage.start()
        assert the_issue(world).state.value == "CLOSED"
        world.news()


async def test_closed_by_a_person_it_stays_closed() -> None:
    async with a_repository({".gitops.yml": BROKEN, **MANIFESTS}) as world:
        the_issue(world).close(by=world.stage.person("alice"))
        await world.push({".gitops.yml": BROKEN.replace("imag:", "image:")}, by="alice")
        await world.restart()
        assert the_issue(world).state.value == "CLOSED"
        assert "has 2 problems" in the_issue(world).body


async def test_a_later_mistake_is_no_issue() -> None:
    """A policy that was good before has a dashboard, or promotions; the failed check run tells."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        await world.push({".gitops.yml": BROKEN}, by="alice")
        await world.restart()
        assert not [each for each in world.stage.manifests.issues if each.title == MISTAKES]
        world.news()


async def test_the_proposed_policy_is_merged_with_a_mistake() -> None:
    async with a_repository(MANIFESTS) as world:
        await world.push({".gitops.yml": BROKEN}, by="alice")
        assert sorted(opened(world)) == sorted([PROPOSED, MISTAKES])
        world.news()


MANY = {f"apps/a{number}/{name}/kustomization.yaml": "resources: []\n" for number in range(300) for name in "abcdefgh"}


async def test_of_too_many_manifests_the_most_telling_are_read() -> None:
    async with later({**MANY, **MANIFESTS}) as world:
        assert opened(world) == [ASKED]
        assert "Only 2,000 of 2,406 manifests were read." in the_issue(world).body
        world.news()


@pytest.mark.story
async def test_of_fifty_thousand_files_only_manifests_are_read() -> None:
    code = {f"src/p{number // 200}/m{number % 200}.py": "" for number in range(50_000 - len(MANY) - len(MANIFESTS))}
    async with later({**code, **MANY, **MANIFESTS}) as world:
        assert opened(world) == [ASKED]
        assert "Only 2,000 of 2,406 manifests were read." in the_issue(world).body
        world.requests()
        await look_again(world)
        assert not [each for each in world.requests() if "/git/trees/" in each or each == "Blobs"]
        world.news()
