"""Code owners, required checks including the bot's, a merge queue, and a person who presses Update branch."""

from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.world import World, a_world

OWNERS = "* @alice\n/envs/ @acme/sre\n/envs/staging/ @dana\n"
RULES = Protection(
    checks=("validate", "gitops/promotion"), approvals=1, code_owners=True, merge_queue=MergeMethod.SQUASH
)


async def the_queue_s_ci(world: World, conclusion: Conclusion = Conclusion.SUCCESS) -> None:
    """The repository's own check reports on what the queue made of dev's promotion."""
    entry = world.pull("dev").queue_entry
    assert entry is not None, "it is in no queue"
    assert entry.group is not None, "the queue has made nothing of it yet"
    world.stage.report(world.stage.manifests, entry.group.head_oid, "validate", conclusion)
    await world.settle()


@told_twice
async def test_the_page_names_who_must_act_next(interlude: Interlude) -> None:
    """And nothing of what was done before is asked for again."""
    async with a_world() as world:
        await world.push({".github/CODEOWNERS": OWNERS}, by="alice")
        world.stage.manifests.protect("main", RULES)
        await world.release("v1.5.0")
        assert world.news()[-1] == "opened #1 dev: web v1.4.1 → v1.5.0"
        page = world.page("dev")
        assert "Can be cleared by @acme/sre" in page
        assert "GitHub requires 1 approving review here; reviews still requested from code owners: @acme/sre" in page

        # Not an owner of these files; what she says counts as a review, and the page says what is missing still.
        await world.approve("dev", by="dana")
        assert (
            "GitHub requires a code owner's approval here; approved so far by dana; "
            "reviews still requested from code owners: @acme/sre" in (world.page("dev"))
        )
        await world.push({"README.md": "# News\n"}, by="alice")
        await world.update_branch("dev", by="dana")
        assert world.news() == [], "it is neither built anew nor closed"
        assert "reviews still requested from code owners: @acme/sre" in world.page("dev")
        await interlude(world)

        await world.approve("dev", by="sam")
        assert world.verdict("dev") == "protection: waiting for required check validate"
        assert world.pull("dev").queue_entry is None
        await world.validate("dev")
        assert "In GitHub's merge queue" in world.page("dev")
        assert world.pull("dev").state is State.OPEN

        await the_queue_s_ci(world)

        assert world.news() == ["merged #1", "opened #2 staging: web v1.4.1 → v1.5.0"]
        assert "v1.5.0" in world.text("envs/dev/web/kustomization.yaml")
        assert "reviews still requested from code owners: @dana" in world.page("staging"), "these files are hers"


async def test_a_promotion_removed_from_the_queue_says_so() -> None:
    """Its check failed on what the queue made of it: it waits for a person, and says which command puts it back."""
    async with a_world() as world:
        world.stage.manifests.protect("main", RULES)
        await world.release("v1.5.0")
        await world.approve("dev", by="sam")
        await world.validate("dev")
        await the_queue_s_ci(world, Conclusion.FAILURE)
        assert "removed from GitHub's merge queue: a check failed there, or somebody removed it" in world.page("dev")
        assert "/promote dev web" in world.page("dev")
        world.news()
