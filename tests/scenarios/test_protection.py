"""GitHub's own rules: what is missing is named, with who can provide it, and nothing is merged past them."""

from datetime import timedelta

from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from bot.simulator.github.model.pulls.reviews import ReviewState
from tests.scenarios.world import World, a_world

A_WHILE = timedelta(hours=1)
RULESET = ProtectionSource.RULESET


async def open_under(world: World, rules: Protection) -> None:
    """A promotion to dev, all green but for these rules."""
    world.stage.manifests.protect("main", rules)
    await world.release("v1.5.0")
    await world.validate("dev")
    world.news()


async def test_code_owners_are_named_until_one_has_approved() -> None:
    """GitHub requests their reviews at opening. An approval by another person does not suffice."""
    async with a_world() as world:
        await world.push({"CODEOWNERS": "/envs/ @dana @sam\n"}, by="dana")
        await open_under(world, Protection(approvals=1, code_owners=True))
        owners = "reviews still requested from code owners: @\u2060dana, @\u2060sam"
        asked = f"protection: GitHub requires 1 approving review here; {owners}"
        assert world.verdict("dev") == asked

        await world.approve("dev", by="alice")
        assert world.verdict("dev") == (
            "protection: GitHub requires a code owner's approval here; approved so far by alice; "
            "reviews still requested from code owners: @\u2060dana, @\u2060sam"
        )

        await world.approve("dev", by="dana")
        assert "merged #1" in world.news()


async def test_requested_changes_are_named() -> None:
    """As GitHub's own rule, too."""
    async with a_world() as world:
        await open_under(world, Protection(approvals=1))
        pull, sam = world.pull("dev"), world.stage.person("sam")
        pull.review(by=sam, state=ReviewState.CHANGES_REQUESTED, body="Not today.")
        await world.stage.settle()
        assert "GitHub requires 1 approving review here; sam requested changes" in world.status("dev")


async def test_open_conversations_are_named() -> None:
    """Resolved, it merges."""
    async with a_world() as world:
        await open_under(world, Protection(source=RULESET, approvals=1, conversations=True))
        pull, alice = world.pull("dev"), world.stage.person("alice")
        thread = pull.start_thread("envs/dev/web/kustomization.yaml", by=alice)
        await world.approve("dev", by="dana")
        assert world.verdict("dev") == "protection: GitHub requires every conversation to be resolved, and one is open"

        thread.resolve(by=alice)
        await world.advance(A_WHILE)
        assert "merged #1" in world.news()


async def test_an_invisible_rule_is_named_as_a_possible_cause() -> None:
    """The bot's own required check still succeeds."""
    async with a_world() as world:
        await open_under(world, Protection(source=RULESET, checks=("gitops/promotion",), deployments=("qa",)))
        await world.advance(A_WHILE)
        assert world.verdict("dev") == (
            "protection: GitHub blocks the merge and does not say why; its rules require a deployment to qa"
        )
        runs = world.stage.manifests.checks.latest_runs(world.pull("dev").head_oid)
        assert {run.state.value for run in runs if run.name == "gitops/promotion"} == {"SUCCESS"}
        assert world.news() == []


async def test_only_allowed_merge_methods_are_used() -> None:
    """A ruleset that wants one commit for each pull request gets it."""
    async with a_world() as world:
        await open_under(world, Protection(source=RULESET, approvals=0, merge_methods=(MergeMethod.SQUASH,)))
        assert world.news() == []
        commit = world.stage.manifests.store.commit(world.stage.manifests.head())
        assert len(commit.parents) == 1


async def test_a_required_check_of_one_app_is_reported_as_a_status() -> None:
    """palantir/policy-bot#376 and #1240: it counts as the App's check run would; that of another account does not."""
    async with a_world() as world:
        github, owner = world.stage.github, world.stage.person("dana")
        app = github.create_app("policy-bot", owner=owner, permissions={"statuses": Access.WRITE})
        await open_under(world, Protection(source=RULESET, checks=(RequiredCheck("policy", app.id),)))
        manifests, head = world.stage.manifests, world.pull("dev").head_oid
        manifests.set_status(head, "policy", StatusState.SUCCESS, by=owner)
        await world.stage.settle()
        assert world.verdict("dev") == f"protection: waiting for required check policy (by App {app.id})"

        manifests.set_status(head, "policy", StatusState.SUCCESS, by=app.bot)
        await world.stage.settle()

        assert "merged #1" in world.news()
