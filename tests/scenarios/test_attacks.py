"""What a person with write access to one folder, a branch or a comment box can try, and what happens."""

import json
from datetime import timedelta

import pytest

from bot.cli.demo.setting import DEPLOYMENT, POLICY
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.traffic.faults import Fate, Which
from tests.scenarios.test_the_main_job import to_dev
from tests.scenarios.world import STATE, World, a_world, with_files, with_policy

DEV = "envs/dev/web/kustomization.yaml"
PROMOTION = "gitops/dev/web"


def at_head(world: World) -> str:
    """The manifest of dev as its promotion has it."""
    content = world.stage.manifests.store.file(world.pull("dev").head_oid, DEV)
    assert content is not None
    return content.decode()


async def test_a_change_below_many_commits_is_foreign() -> None:
    """A change of the manifest, and more commits on top of it than a look reads: nothing of it is merged."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.push({DEV: at_head(world).replace("base]", "evil]")}, by="dana", branch=PROMOTION)
        for number in range(6):
            await world.push({}, by="dana", branch=PROMOTION, message=f"Nothing {number}")
        await world.validate("dev")
        assert world.pull("dev").state is State.OPEN
        assert world.verdict("dev").startswith("foreign: ")
        world.news()


async def test_an_earlier_state_of_the_default_branch_is_foreign() -> None:
    """More than the version would change: merging would undo a person's change of the same file."""
    async with a_world() as world:
        await world.push({DEV: world.text(DEV).replace("base]", "base, ../../../guard]")}, by="alice")
        await world.release("v1.5.0")
        await world.push({DEV: at_head(world).replace(", ../../../guard", "")}, by="dana", branch=PROMOTION)
        await world.validate("dev")
        assert world.pull("dev").state is State.OPEN
        assert world.verdict("dev").startswith("foreign: ")
        world.news()


async def test_a_digest_without_a_version_stops_only_its_environment() -> None:
    """prod names a digest and no tag, and no version has that digest: the others go on, and `/why` gives the reason."""
    deployment = DEPLOYMENT.replace("web:v1.4.1@<digest of v1.4.1>", f"web@sha256:{'9' * 64}")
    async with a_world(with_files({"envs/prod/web/deployment.yaml": deployment})) as world:
        await to_dev(world, "v1.5.0")
        assert world.pull("dev").state is State.MERGED
        world.news()
        assert "⛔ blocked | current" in await world.ask("/why prod", by="dana", on=world.pull("dev").number)


async def test_a_glob_into_another_environment_writes_nothing_there() -> None:
    """dev's path fits prod's folder as well: a version for dev is not written to prod behind its gates."""
    async with a_world(
        with_policy(POLICY.replace("path: envs/dev/{application}", "path: envs/*/{application}/*"))
    ) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        assert world.verdict("dev").startswith("manifests: ")
        assert "v1.5.0" not in world.text("envs/prod/web/deployment.yaml")
        world.news()


async def test_an_answer_that_cannot_be_written_keeps_no_application_from_its_pass() -> None:
    """GitHub refuses the answer to a comment, and a check's webhook was lost. The sweep still finds the check."""
    async with a_world() as world:
        await world.release("v1.5.0")
        issue = world.stage.manifests.open_issue("Locked", by=world.stage.person("erin"))
        world.stage.hub.faults.fail(403, count=100, message="locked", which=Which(operation="addComment"))
        await world.comment("/help", by="erin", on=issue.number)
        world.stage.hub.faults.next_webhooks(Fate.LOSE, count=100)
        await world.validate("dev")
        await world.advance(timedelta(minutes=20))
        assert "merged #1" in world.news()


@pytest.mark.story
@pytest.mark.parametrize("commits", [1, 25])
async def test_records_written_by_a_person_loosen_nothing(commits: int) -> None:
    """A rollback request for prod is pushed to `gitops-state` by a person without the right."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        world.news()
        world.stage.service.github.states.signed = True
        request = {
            "kind": "rollback",
            "tag": "v1.4.0",
            "digests": {"ghcr.io/acme/web": world.stage.digests["v1.4.0"]},
            "by": "alice",
            "at": world.stage.clock.now().isoformat(),
            "comment": 999,
        }
        forged = json.dumps({"requests": {"web": request}})
        for number in range(commits):
            world.stage.manifests.commit_files(
                {"prod.yaml": f"{forged}  # {number}\n"},
                by=world.stage.person("dana"),
                branch="gitops-state",
                message="Mine",
            )
        await world.stage.settle()
        await world.advance(timedelta(minutes=30))
        news = world.news()
        assert news[0] == "recorded: Undo what was changed by hand by dana"
        assert not [line for line in news if "prod: " in line]


async def test_a_hold_survives_deletion_of_the_state_branch() -> None:
    """Anyone who may push can delete `gitops-state` or move it back to before the hold. The bot restores it."""
    async with a_world() as world:
        await world.release("v1.5.0")
        stage = world.stage
        before = stage.manifests.head("gitops-state")
        stage.clock.advance(timedelta(minutes=1))
        await world.ask("/hold dev the database moves", by="sam")
        world.news()
        stage.manifests.delete_branch("gitops-state", by=stage.person("dana"))
        await world.validate("dev")
        assert world.verdict("dev") == "hold: held by sam: the database moves"
        assert "recorded: Undo what was changed by hand by the person who deleted the branch" in world.news()

        now = stage.manifests.head("gitops-state")
        stage.manifests.move_ref(STATE, before=now, after=before, by=stage.person("dana"))
        await world.advance(timedelta(hours=1))
        assert world.verdict("dev") == "hold: held by sam: the database moves"
        assert "recorded: Undo what was changed by hand by the person who moved the branch back" in world.news()


async def test_a_shortened_source_commit_breaks_nothing() -> None:
    """An image names its source commit as `1a2b3c4`. It waits until it is built correctly; other versions continue."""
    async with a_world() as world:
        world.stage.commits["v1.5.0"] = "1a2b3c4"
        await world.push_image("v1.5.0")
        await world.release("v1.5.1")
        assert world.news()[-1].endswith(" dev: web v1.4.1 → v1.5.1")


async def test_a_version_that_is_a_path_is_answered() -> None:
    """The text after `@` is sent to the registry only if it is a valid tag."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        world.news()
        answer = await world.ask("/promote prod web@../../secret/manifests/latest", by="dana")
        assert "Usage: `/promote ENV" in answer
