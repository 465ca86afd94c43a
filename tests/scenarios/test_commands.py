"""Commands that do not promote: reject, unreject, override, hold and refresh."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.simulator.github.git.store import File
from tests.scenarios.test_people import AUTOMATIC, ready_for_prod
from tests.scenarios.test_the_main_job import SOAK, to_dev, to_prod
from tests.scenarios.world import World, a_world, with_policy

FROZEN = AUTOMATIC.replace(
    "      soak: 1h\n", "      soak: 1h\n      freezes: [{from: 2020-01-01, to: 2099-12-31, reason: audit}]\n"
)


async def ask(world: World, text: str, *, by: str, on: int | None = None) -> str:
    """Comment on a pull request, or on a new issue; read the one answer."""
    return await world.say(text, by=by, on=on)


def actions(world: World) -> list[str]:
    """The news without what was only said, and with environments instead of numbers."""
    return world.actions()


def merge_message(world: World) -> str:
    """The newest commit of the default branch."""
    return world.stage.manifests.store.commit(world.stage.manifests.head()).message


@pytest.mark.story
async def test_a_version_is_rejected_on_its_promotion_and_accepted_again() -> None:
    """It is rejected here and downstream, but not upstream.

    Only a maintainer lifts that, and the version is promoted again.
    """
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        world.news()
        answer = await ask(world, "/reject v1.5.0 it leaks", by="dana", on=2)
        assert "`v1.5.0` of `web` is rejected in `staging`, `prod`" in answer
        assert actions(world) == ["recorded: dana: /reject v1.5.0 it leaks", "closed staging"]
        assert "rejected by dana at" in await ask(world, "/why staging", by="erin")
        await world.sync("dev")
        await world.advance(SOAK)
        assert actions(world) == []

        assert "Who can: people with maintain permission" in await ask(world, "/unreject v1.5.0", by="dana")
        assert "is allowed in `staging`, `prod` again" in await ask(world, "/unreject web@v1.5.0", by="alice")
        assert actions(world) == ["recorded: alice: /unreject web@v1.5.0", "opened staging: web v1.4.1 → v1.5.0"]


async def test_a_version_is_rejected_everywhere_from_an_issue() -> None:
    """Environments that run it keep it, no other takes it, and the next version flows."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        world.news()
        answer = await ask(world, "/reject v1.5.0", by="sam")
        assert "is rejected in `dev`, `staging`, `prod`" in answer
        assert "`dev` runs it and keeps it until a newer version arrives. To roll back: `/rollback dev web`." in answer
        assert actions(world) == ["recorded: sam: /reject v1.5.0", "closed staging"]
        await world.release("v1.5.1")
        assert actions(world)[-1] == "opened dev: web v1.5.0 → v1.5.1"


async def test_a_typing_error_in_a_rejection_is_pointed_out() -> None:
    """It is still recorded, because the image may not exist yet."""
    async with a_world() as world:
        assert "Did you mean `v1.4.1`?" in await ask(world, "/reject 1.4.1", by="sam")
        assert "Usage: `/reject [APP@]VERSION [reason]`" in await ask(world, "/reject", by="sam")
        assert "Who can: people with write permission" in await ask(world, "/reject v1.4.1", by="erin")
        assert "Nobody rejected `v1.3.0` in `dev`" in await ask(world, "/unreject v1.3.0", by="alice")
        assert actions(world)[1:] == ["recorded: sam: /reject 1.4.1"]


@pytest.mark.story
async def test_a_rejection_takes_back_what_was_asked_for() -> None:
    """`/promote` by name lifts a rejection; a later rejection ends the promotion."""
    async with a_world() as world:
        await ready_for_prod(world, "v1.5.0")
        await ask(world, "/promote prod web@v1.5.0", by="dana")
        world.news()
        await ask(world, "/reject v1.5.0 no", by="sam", on=world.pull("prod").number)
        assert actions(world) == ["recorded: sam: /reject v1.5.0 no", "closed prod"]


@pytest.mark.story
async def test_a_version_rejected_by_a_revert_is_accepted_again() -> None:
    """The record outlives the revert: the version is promoted until a person reverts it again."""
    async with a_world() as world:
        before = world.text("envs/dev/web/kustomization.yaml")
        await to_dev(world, "v1.5.0")
        await world.push({"envs/dev/web/kustomization.yaml": before}, by="alice", message='Revert "dev: web"')
        world.news()
        assert "is allowed in `dev`" in await ask(world, "/unreject web@v1.5.0", by="alice")
        assert actions(world) == ["recorded: alice: /unreject web@v1.5.0", "opened dev: web v1.4.1 → v1.5.0"]

        await world.advance(timedelta(minutes=1))
        world.pull("dev").close(by=world.stage.person("sam"))
        await world.advance(timedelta(hours=2))
        assert actions(world) == ["recorded: web v1.5.0 is rejected in dev"]
        assert "was closed by a person" in await ask(world, "/why dev", by="erin")
        assert "is allowed in `dev` again" in await ask(world, "/unreject web@v1.5.0", by="alice")
        assert actions(world)[-1] == "opened dev: web v1.4.1 → v1.5.0"


@pytest.mark.story
async def test_a_gate_is_overridden_on_the_promotion() -> None:
    """Only with the right. The page, the log and the merge commit name who and why. The next version waits again."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        await world.validate("staging")
        world.news()
        assert world.verdict("staging").startswith("health: ")
        refused = await ask(world, "/override soak,health broken sensor", by="dana", on=2)
        assert "You can't use `/override` in `staging`. Who can: people with maintain permission." in refused
        assert "`image` can't be overridden. These gates can: `from`" in await ask(
            world, "/override soak,image broken sensor", by="alice", on=2
        )
        assert "Give a reason" in await ask(world, "/override soak", by="alice", on=2)

        answer = await ask(world, "/override soak,health the sensor is broken", by="alice", on=2)
        assert "Overridden for `web` `v1.4.1` → `v1.5.0` in `staging`: `soak`, `health`." in answer
        assert actions(world) == [
            "recorded: alice: /override soak,health the sensor is broken",
            "merged staging",
        ]
        assert "GitOps-Override: health by alice: the sensor is broken" in merge_message(world)
        assert "GitOps-Override: soak by alice: the sensor is broken" in merge_message(world)
        runs = world.stage.manifests.checks.latest_runs(world.pull("staging").head_oid)
        (summary,) = (run.output.summary or "" for run in runs if run.name == "gitops/promotion")
        assert "overridden by alice: the sensor is broken; without the override: " in summary

        await to_dev(world, "v1.5.1")
        await world.validate("staging")
        assert world.verdict("staging").startswith("health: ")
        world.news()


@pytest.mark.story
async def test_requesters_cannot_override_their_own_approval() -> None:
    """Another person must do it."""
    async with a_world(with_policy(AUTOMATIC.replace("promote: [owners]", "promote: [maintain]"))) as world:
        await ready_for_prod(world, "v1.5.0")
        await ask(world, "/promote prod web@v1.5.0", by="alice")
        await world.validate("prod")
        world.news()
        refused = await ask(world, "/override approvals it burns", by="alice", on=3)
        assert "You requested this promotion to `prod` yourself" in refused
        assert "approval" in world.verdict("prod")
        assert actions(world) == []


@pytest.mark.story
async def test_a_freeze_is_overridden_from_an_issue() -> None:
    """The command names the environment; it applies to the next version, which the reply names."""
    async with a_world(with_policy(FROZEN)) as world:
        await ready_for_prod(world, "v1.5.0")
        await world.validate("prod")
        await world.approve("prod", by="sam")
        world.news()
        assert world.verdict("prod").startswith("freezes: frozen until ")
        why = await ask(world, "/why prod", by="erin")
        assert "To skip it: people with maintain permission, using `/override freezes prod web REASON`." in why
        assert "Say where" in await ask(world, "/override freezes a hotfix", by="alice")
        answer = await ask(world, "/override freezes prod web a hotfix", by="alice")
        assert "Overridden for `web` `v1.4.1` → `v1.5.0` in `prod`: `freezes`." in answer
        assert actions(world) == ["recorded: alice: /override freezes prod web a hotfix", "merged prod"]


@pytest.mark.story
async def test_an_override_ends_after_a_day() -> None:
    """Its promotion has not merged by then, so the gate counts again."""
    async with a_world(with_policy(FROZEN)) as world:
        await ready_for_prod(world, "v1.5.0")
        await world.validate("prod")
        await ask(world, "/override freezes a hotfix", by="alice", on=3)
        assert world.verdict("prod").startswith("approvals: ")
        await world.advance(timedelta(hours=24))
        await world.approve("prod", by="sam")
        assert world.verdict("prod").startswith("freezes: ")
        world.news()


async def test_an_override_is_for_one_promotion() -> None:
    """Not for another environment's, and not for one that is over."""
    async with a_world(with_policy(AUTOMATIC)) as world:
        await ready_for_prod(world, "v1.5.0")
        world.news()
        other = await ask(world, "/override soak staging is fine", by="alice", on=3)
        assert "This pull request promotes `web` to `prod`, but your comment names `web` in `staging`." in other
        assert "#2 is no longer open" in await ask(world, "/override soak late", by="alice", on=2)
        assert actions(world) == []


async def test_the_label_on_a_promotion_holds_it() -> None:
    """https://github.com/asyncapi/.github/issues/260. Taken off, the promotion merges."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        label, sam = world.stage.manifests.label("gitops/hold"), world.stage.person("sam")
        world.pull("dev").add_labels(label, by=sam)
        await world.stage.settle()
        await world.validate("dev")
        assert world.verdict("dev") == "hold: held by the label gitops/hold on this pull request"
        assert world.news() == []

        world.pull("dev").remove_labels(label, by=sam)
        await world.stage.settle()
        assert world.news()[0] == "merged #1"


async def test_the_label_on_an_issue_holds_everything() -> None:
    """Until it is taken off, or the issue is closed; `/unhold` says that it is still there."""
    async with a_world() as world:
        manifests, sam = world.stage.manifests, world.stage.person("sam")
        await world.release("v1.5.0")
        issue = manifests.open_issue("The database moves", by=sam, labels=[manifests.label("gitops/hold")])
        await world.stage.settle()
        await world.validate("dev")
        actions(world)
        assert world.verdict("dev") == f"hold: held by the label gitops/hold on issue {issue.number}"
        await ask(world, "/hold dev", by="sam")
        lifted = await ask(world, "/unhold dev", by="sam")
        assert f"Still held by the label `gitops/hold` on #{issue.number}." in lifted
        assert actions(world) == ["recorded: sam: /hold dev", "recorded: sam: /unhold dev"]

        issue.remove_labels(manifests.label("gitops/hold"), by=sam)
        await world.stage.settle()
        assert actions(world)[0] == "merged dev"


async def test_an_edited_comment_may_stop_but_not_loosen() -> None:
    """https://github.com/paritytech/parity-processbot/pull/298: a place is corrected before the bot has read it."""
    async with a_world() as world:
        await world.release("v1.5.0")
        issue = world.stage.manifests.open_issue("The database moves", by=world.stage.person("sam"))
        said = world.stage.comment(issue.number, "/hold staging", by="sam")
        said.edit("/hold dev", by=world.stage.person("sam"))
        await world.stage.settle()
        await world.validate("dev")
        assert "Held: nothing merges in `dev`" in world.stage.replies(said)[0]
        assert world.verdict("dev") == "hold: held by sam"

        said = world.stage.comment(issue.number, "/unhold staging", by="sam")
        said.edit("/unhold dev", by=world.stage.person("sam"))
        await world.stage.settle()
        (answer,) = world.stage.replies(said)
        assert "this comment was edited" in answer
        assert "write it again:\n\n```\n/unhold dev\n```" in answer
        assert world.verdict("dev") == "hold: held by sam"
        world.news()


async def test_a_hold_removed_by_a_commit_is_restored() -> None:
    """A commit to `gitops-state` that loosens is undone, by a commit that names its author; one that tightens counts."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await ask(world, "/hold dev the database moves", by="sam")
        await world.validate("dev")
        actions(world)
        store, tip = world.stage.manifests.store, world.stage.manifests.find_branch("gitops-state") or ""
        kept = (store.file(tip, "dev.yaml") or b"").decode()

        await world.push({"dev.yaml": "{}\n"}, by="dana", branch="gitops-state", message="Clean up")
        assert actions(world) == ["recorded: Undo what was changed by hand by dana"]
        assert world.verdict("dev").startswith("hold: held by sam")

        held = kept.replace("by: sam", "by: dana").replace("the database moves", "wait for me")
        await world.push({"staging.yaml": held}, by="dana", branch="gitops-state", message="Hold staging")
        assert actions(world) == ["recorded: Undo what was changed by hand by dana"], (
            "the digests that came with the hold"
        )
        await ask(world, "/unhold dev", by="sam")
        assert actions(world)[:2] == ["recorded: sam: /unhold dev", "merged dev"]
        await world.sync("dev")
        await world.validate("staging")
        await world.advance(SOAK)
        assert world.verdict("staging").startswith("hold: held by dana")
        actions(world)


async def test_refresh_looks_again() -> None:
    """The registry's notification was lost: a comment is enough, and the answer is that of `/why`."""
    async with a_world() as world:
        world.stage.build("v1.5.0")
        await world.stage.settle()
        world.stage.registry.mute()
        await world.push_image("v1.5.0")
        assert actions(world) == []
        answer = await ask(world, "/refresh dev", by="erin")
        assert "`web` in `dev`** runs `v1.4.1`" in answer
        assert "`v1.5.0` is next." in answer
        assert actions(world)[-1] == "opened dev: web v1.4.1 → v1.5.0"


@pytest.mark.story
async def test_a_rolled_back_version_is_accepted_again() -> None:
    """`/rollback` rejects what it leaves; `/unreject` lifts that too."""
    async with a_world() as world:
        await to_prod(world, "v1.5.0")
        await ask(world, "/rollback prod", by="sam")
        await world.validate("prod")
        world.news()
        assert "is allowed in `prod` again" in await ask(world, "/unreject web@v1.5.0", by="alice")
        assert "is next, once somebody writes `/promote prod web`" in await ask(world, "/why prod", by="erin")
        world.news()


async def push_dated(world: World, path: str, text: str, *, at: datetime, by: str = "dana") -> None:
    """Push a commit with a chosen date."""
    manifests, person = world.stage.manifests, world.stage.github.person(world.stage.person(by))
    base, signature = manifests.head(), replace(person, at=at)
    tree = manifests.store.write_tree(manifests.store.commit(base).tree, {path: File(text.encode(), 0o100644)})
    oid = manifests.store.write_commit(tree=tree, parents=[base], message="Late", author=signature, committer=signature)
    manifests.move_ref("refs/heads/main", before=base, after=oid, by=world.stage.person(by))
    await world.stage.settle()


async def test_a_commit_dated_in_the_future_has_no_effect() -> None:
    """Its pusher chooses the date: commands work, a soak does not begin by it, and a rejection holds."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        stage, path = world.stage, "envs/dev/web/kustomization.yaml"
        old = world.text(path).replace("v1.5.0", "v1.4.0").replace(stage.digests["v1.5.0"], stage.digests["v1.4.0"])
        await push_dated(world, path, old, at=stage.clock.now() + timedelta(days=3000))
        world.news()
        assert "Promoting `dev` to `v1.5.0`" in await ask(world, "/promote dev web@v1.5.0", by="dana")
        assert actions(world) == ["recorded: dana: /promote dev web@v1.5.0", "moved dev"]
        assert world.pull("dev").title == "dev: web v1.4.0 → v1.5.0"
        assert "is rejected in `dev`" in await ask(world, "/reject web@v1.5.0", by="dana")
        assert actions(world) == ["recorded: dana: /reject web@v1.5.0", "moved dev"]
        assert world.pull("dev").title == "dev: web v1.4.0 → v1.4.1"


@pytest.mark.story
async def test_a_rollback_may_name_a_rejected_version() -> None:
    """The named version is promoted although it was rejected, and the present one is rejected instead."""
    async with a_world() as world:
        await to_prod(world, "v1.5.0")
        await ask(world, "/reject web@v1.4.1 it leaks", by="dana")
        refused = await ask(world, "/rollback prod", by="sam")
        assert "I don't go back to any of these on my own" in refused
        assert "`/rollback prod web@v1.4.1`" in refused
        world.news()
        assert "Rolling back `prod` to `v1.4.1` in #" in await ask(world, "/rollback prod web@v1.4.1", by="sam")
        await world.validate("prod")
        assert actions(world)[-1] == "merged prod"
        assert "rejected by sam" in await ask(world, "/why prod", by="erin")
        world.news()


async def test_hold_all_works_while_the_policy_is_broken() -> None:
    """The hold still applies when the policy is fixed."""
    async with a_world() as world:
        await world.release("v1.5.0")
        policy = world.text(".gitops.yml")
        await world.push({".gitops.yml": policy.replace("environments:", "enviroments:")}, by="alice")
        assert "The policy has an error" in await ask(world, "/why dev", by="erin")
        assert "Held: nothing merges anywhere" in await ask(world, "/hold all wait", by="sam")
        await world.push({".gitops.yml": policy}, by="alice")
        await world.validate("dev")
        assert world.verdict("dev").startswith("hold: held by sam: wait")
        actions(world)
        assert "Lifted." in await ask(world, "/unhold all", by="sam")
        assert actions(world)[:2] == ["recorded: sam: /unhold all", "merged dev"]
