"""An environment or an application gets another name: nothing that was said, done or opened under the old one is lost."""

import pytest

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.conversations.conversation import State
from tests.scenarios.test_the_main_job import SOAK, to_dev, to_staging
from tests.scenarios.world import World, a_world, with_policy

pytestmark = pytest.mark.story  # minutes of work in all

STAGING = "  staging:\n    path: envs/staging/{application}\n"
ENVIRONMENT_RENAMED = (
    POLICY.replace(STAGING, "  qa:\n    was: staging\n    path: envs/staging/{application}\n")
    .replace("from: staging", "from: qa")
    .replace("argocd/{application}-{environment}", "argocd/web-dev")
)
APPLICATION_RENAMED = POLICY.replace("  web:\n", "  shop:\n    was: web\n").replace("{application}", "web")
BOTH_RENAMED = ENVIRONMENT_RENAMED.replace("  web:\n", "  shop:\n    was: web\n").replace("{application}", "web")
ENVIRONMENTS = ("dev.yaml", "staging.yaml", "prod.yaml", "qa.yaml")


def recorded(world: World) -> dict[str, str]:
    """The files on gitops-state."""
    manifests = world.stage.manifests
    tip = manifests.find_branch("gitops-state") or ""
    found = {name: manifests.store.file(tip, name) for name in ENVIRONMENTS}
    return {name: content.decode() for name, content in found.items() if content is not None}


async def waiting_in_staging(world: World) -> None:
    """v1.5.0 waits in #2 for staging, which sam holds; v1.6.0 is rejected everywhere."""
    await to_dev(world, "v1.5.0")
    await world.say("/hold staging web until 2099-01-01 00:00 load test", by="sam")
    await world.say("/reject web@v1.6.0 wrong branch", by="sam")
    assert world.pull("staging").number == 2
    world.news()


async def test_an_environment_and_an_application_are_renamed_at_once() -> None:
    """The hold and the rejection apply, and the open pull request continues under the new names."""
    async with a_world() as world:
        await waiting_in_staging(world)
        open_one = world.pull("staging")

        await world.push({".gitops.yml": BOTH_RENAMED}, by="alice")

        assert world.news() == ["recorded: Carry records over to new names"]
        assert set(recorded(world)) == {"dev.yaml", "qa.yaml", "prod.yaml"}
        assert "shop:" in recorded(world)["qa.yaml"]
        assert " web:" not in "".join(recorded(world).values())
        assert (open_one.state, open_one.title) == (State.OPEN, "qa: shop v1.4.1 → v1.5.0")
        assert "load test" in await world.say("/why qa shop", by="erin")

        await world.sync("dev")
        world.stage.validate(open_one)
        await world.advance(SOAK)
        assert open_one.state is State.OPEN
        assert "held by sam" in world.stage.verdict(open_one)
        await world.say("/unhold", by="sam", on=open_one.number)
        assert world.actions() == ["recorded: sam: /unhold", "merged staging"]
        assert '"v1.5.0"' in world.text("envs/staging/web/values.yaml")
        assert world.stage.manifests.find_branch("gitops/staging/web") is None

        await world.release("v1.6.0")
        assert world.actions() == []
        assert "rejected by sam" in await world.say("/why dev", by="erin")
        await world.release("v1.6.1")
        assert world.actions() == ["recorded: shop v1.6.1 was first seen", "opened dev: shop v1.5.0 → v1.6.1"]
        await world.validate("dev", application="shop")
        assert world.pull("qa", application="shop").title == "qa: shop v1.5.0 → v1.6.1"
        world.news()


async def test_the_old_names_are_answered_with_the_new_ones() -> None:
    """Nothing is done under them, and no word is taken for a reason."""
    async with a_world(with_policy(BOTH_RENAMED)) as world:
        assert "The environment `staging` is now called `qa`." in await world.say("/promote staging", by="dana")
        assert "The environment `staging` is now called `qa`." in await world.say("/hold staging", by="dana")
        assert "The application `web` is now called `shop`." in await world.say("/hold qa web", by="dana")
        assert "The application `web` is now called `shop`." in await world.say("/reject web@v1.5.0", by="dana")
        assert world.actions() == []


async def test_what_was_done_under_the_old_name_counts() -> None:
    """A pull request that a person closed, and a request that waits: under whichever of the names changed."""
    for renamed, application in ((ENVIRONMENT_RENAMED, "web"), (APPLICATION_RENAMED, "shop")):
        async with a_world() as world:
            environment = "qa" if renamed is ENVIRONMENT_RENAMED else "staging"
            await to_dev(world, "v1.5.0")
            world.pull("staging").close(by=world.stage.person("dana"))
            await world.stage.settle()
            world.news()

            await world.push({".gitops.yml": renamed}, by="alice")

            await world.sync("dev")
            await world.advance(SOAK)
            assert "was closed by a person" in await world.say(f"/why {environment}", by="erin")
            assert [line for line in world.actions() if not line.startswith("recorded: Carry")] == []
            await world.release("v1.5.1")
            assert world.actions()[-1] == f"opened dev: {application} v1.5.0 → v1.5.1"


async def test_a_hold_is_obeyed_before_anything_is_written() -> None:
    """The policy only looks on after the rename: the records stay where they are, and the hold is seen."""
    async with a_world() as world:
        await waiting_in_staging(world)
        await world.push({".gitops.yml": BOTH_RENAMED.replace("version: 1", "version: 1\nmode: observe")}, by="alice")

        await world.sync("dev")
        await world.validate("staging")
        await world.advance(SOAK)
        assert "staging.yaml" in recorded(world)
        assert "held by sam" in world.row("qa", application="shop")
        assert world.actions() == []


MOVED = BOTH_RENAMED.replace("path: envs/staging/web", "path: envs/qa/{application}")


async def test_the_files_move_with_the_names() -> None:
    """In the same commit: the open pull request follows them, and the next version finds them."""
    async with a_world() as world:
        await waiting_in_staging(world)
        open_one, values = world.pull("staging"), "envs/staging/web/values.yaml"
        files = {".gitops.yml": MOVED, values: None, "envs/qa/shop/values.yaml": world.text(values)}

        await world.push(files, by="alice")

        assert world.actions() == ["recorded: Carry records over to new names", "moved staging"]
        await world.say("/unhold", by="sam", on=open_one.number)
        await world.sync("dev")
        world.stage.validate(open_one)
        await world.advance(SOAK)
        assert world.actions() == ["recorded: sam: /unhold", "merged staging"]
        assert '"v1.5.0"' in world.text("envs/qa/shop/values.yaml")


async def test_what_was_asked_for_approved_and_overridden_stays_so() -> None:
    """prod becomes live while its promotion waits: no request or approval is needed again."""
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        await world.sync("staging")
        await world.comment("/promote prod", by="dana")
        open_one = world.pull("prod")
        await world.say("/override soak the fix is urgent", by="alice", on=open_one.number)
        await world.approve("prod", by="sam")
        assert "waiting for required check" in world.verdict("prod")
        world.news()

        renamed = POLICY.replace("  prod:\n    path: envs/prod", "  live:\n    was: prod\n    path: envs/prod")
        await world.push({".gitops.yml": renamed}, by="alice")

        assert world.news() == ["recorded: Carry records over to new names"]
        assert (open_one.state, open_one.title) == (State.OPEN, "live: web v1.4.1 → v1.5.0")
        assert "waiting for required check" in world.stage.verdict(open_one)
        world.stage.validate(open_one)
        await world.stage.settle()
        assert world.news() == ["merged #3"]
        message = world.stage.manifests.store.commit(world.stage.manifests.head()).message
        assert "GitOps-Environment: live" in message
        assert "GitOps-Requested-By: dana" in message
        assert "GitOps-Override: soak by alice" in message
