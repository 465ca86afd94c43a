"""People work beside the bot: it never redoes what they undid, and never overwrites their commits."""

from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import Protection
from tests.scenarios.test_the_main_job import to_dev, to_prod, to_staging
from tests.scenarios.world import World, a_world, with_policy

AUTOMATIC = POLICY.replace("    promote: manual                       # opened by /promote\n", "")


async def ready_for_prod(world: World, tag: str) -> None:
    """Staging has it, and it soaked there."""
    await to_staging(world, tag)
    await world.sync("staging")
    await world.advance(timedelta(minutes=61))


async def test_a_revert_by_a_person_sticks() -> None:
    """`git revert` of a promotion is a rejection: the version is not proposed there again, the next one is."""
    async with a_world() as world:
        before = world.text("envs/dev/web/kustomization.yaml")
        await to_dev(world, "v1.5.0")
        world.news()
        await world.push({"envs/dev/web/kustomization.yaml": before}, by="alice", message='Revert "dev: web"')
        await world.advance(timedelta(hours=3))
        assert "closed #2" in world.news(), "staging's promotion of what dev does not want any more"
        why = await world.ask("/why dev", by="dana", on=1)
        assert "replaced by the older v1.4.1 by alice" in why.replace("\\", "")

        await world.release("v1.5.1")
        assert world.news()[-1] == "opened #3 dev: web v1.4.1 → v1.5.1"


async def test_a_promotion_closed_by_a_person_stays_closed() -> None:
    """Closing is saying no to that version."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        world.pull("dev").close(by=world.stage.person("sam"))
        await world.stage.settle()
        await world.advance(timedelta(hours=2))
        assert world.news() == ["recorded: web v1.5.0 is rejected in dev"]
        await world.release("v1.5.1")
        assert world.news()[-1] == "opened #2 dev: web v1.4.1 → v1.5.1"


async def test_a_foreign_commit_blocks_and_is_never_overwritten() -> None:
    """A person pushes to the promotion branch: the page says so, and a newer version does not replace the commit."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.push({"envs/dev/web/extra.yaml": "a: 1\n"}, by="dana", branch="gitops/dev/web")
        await world.validate("dev")
        assert world.verdict("dev").startswith("foreign: contains changes the bot did not make: ")
        assert "envs/dev/web/extra.yaml" in world.verdict("dev")
        head = world.pull("dev").head_oid
        await world.release("v1.5.1")
        assert world.pull("dev").head_oid == head
        assert world.pull("dev").state is State.OPEN
        world.news()


async def test_githubs_update_branch_is_not_foreign() -> None:
    """The button merges the base into the promotion, which still merges."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.push({"README.md": "# News\n"}, by="alice")
        await world.update_branch("dev", by="dana")
        await world.validate("dev")
        assert "merged #1" in world.news()


async def test_a_conflict_is_rebuilt() -> None:
    """A person changes the line next to the version: the promotion is rebuilt on the new base."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        text = world.text("envs/dev/web/kustomization.yaml")
        await world.push(
            {"envs/dev/web/kustomization.yaml": text.replace("# dev follows every release", "# dev takes all")},
            by="alice",
        )
        assert world.news() == ["moved #1"]
        await world.validate("dev")
        assert "merged #1" in world.news()
        assert "v1.5.0       # dev takes all" in world.text("envs/dev/web/kustomization.yaml")


async def test_a_required_update_is_made_last() -> None:
    """With GitHub's strict rule the head is updated when every other gate has passed."""
    async with a_world() as world:
        world.stage.manifests.protect("main", Protection(checks=("validate",), strict=True))
        await world.release("v1.5.0")
        await world.push({"README.md": "# News\n"}, by="alice")
        world.news()
        await world.validate("dev")
        assert world.news() == ["moved #1"]
        await world.validate("dev")
        assert "merged #1" in world.news()


@pytest.mark.story
async def test_an_approval_lapses_if_a_person_changes_the_version() -> None:
    """An approval counts only for the version that was reviewed."""
    async with a_world(with_policy(AUTOMATIC.replace("rollback: {approvals: 0}", "update: always"))) as world:
        await ready_for_prod(world, "v1.5.0")
        await world.validate("prod")
        world.news()
        await world.push({"README.md": "# Wait\n"}, by="alice")
        pull = world.pull("prod")
        assert "approval" in world.verdict("prod")
        world.stage.approve(pull, by="sam")
        await world.stage.settle()
        assert world.news() == ["merged #3"]


async def test_a_hold_stops_and_unhold_releases() -> None:
    """A hold is effective when its reply appears. A person without the right to lift it is told who may."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        assert "Held: nothing merges in `dev`" in await world.ask("/hold dev the database moves", by="dana")
        await world.validate("dev")
        assert world.verdict("dev") == "hold: held by dana: the database moves"
        assert "Who can: people with maintain permission" in await world.ask("/unhold dev", by="sam")
        assert "Lifted." in await world.ask("/unhold dev", by="dana")
        assert "merged #1" in world.news()


async def test_hold_all_ends_at_its_time() -> None:
    """It ends by itself."""
    async with a_world() as world:
        await world.release("v1.5.0")
        assert "anywhere until" in await world.ask("/hold all until 2h", by="sam")
        await world.validate("dev")
        assert world.verdict("dev").startswith("hold: held by sam until ")
        await world.advance(timedelta(hours=2))
        assert "merged #1" in world.news()


async def test_a_typing_error_gets_a_hint_and_help_helps() -> None:
    """Unknown words that are nearly commands; others are left alone."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        assert "Did you mean `/promote`" in await world.ask("/promot prod", by="dana")
        assert "Did you mean `prod`?" in await world.ask("/promote prd", by="dana")
        assert "/rollback ENV" in await world.ask("/help", by="erin")
        await world.comment("/lgtm", by="erin")
        await world.comment("> /promote prod\n\nNo.\n```\n/rollback prod\n```", by="erin")
        assert world.news() == []


async def test_a_late_command_is_refused_with_the_line_to_paste() -> None:
    """An hour in which the bot was away: the command is refused, with the line to paste."""
    async with a_world() as world:
        await ready_for_prod(world, "v1.5.0")
        world.news()
        comment = world.stage.comment(2, "/promote prod", by="dana")
        world.stage.clock.advance(timedelta(hours=1))
        world.stage.service.queue.wake()
        await world.stage.settle()
        answers = world.stage.replies(comment)
        assert len(answers) == 1
        assert "this comment is more than 15 minutes old" in answers[0]
        assert "/promote prod" in answers[0]
        world.news()


@pytest.mark.story
async def test_prod_can_be_rolled_back_while_held_and_without_approval() -> None:
    """In an incident stopping must not stop the way back."""
    async with a_world() as world:
        await to_prod(world, "v1.5.0")
        await world.ask("/hold all incident", by="sam")
        world.news()
        await world.ask("/rollback prod", by="sam")
        await world.validate("prod")
        assert world.news()[-1] == "merged #4"
        assert ":v1.4.1@" in world.text("envs/prod/web/deployment.yaml")


async def test_help_says_what_a_team_may_do() -> None:
    """The teams that the policy's permissions name are read for it, beside those of the owners."""
    async with a_world() as world:
        world.stage.manifests.open_issue("Help", by=world.stage.person("erin"))
        said = {login: await world.ask("/help", by=login) for login in ("sam", "erin")}
        rows = {login: next(line for line in text.splitlines() if "`/rollback" in line) for login, text in said.items()}

        assert rows["sam"].endswith("| everywhere |"), "he is in acme/sre, which may roll prod back"
        assert not rows["erin"].endswith("| everywhere |")
