"""Errors are explained, nothing is lost, and everything else continues."""

import re
from datetime import timedelta
from textwrap import dedent

import pytest

from bot.cli.demo.setting import DEPLOYMENT, FILES, POLICY
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.traffic.faults import Fate, Moment, Which
from bot.simulator.registry.faults import Fault
from tests.scenarios.test_the_main_job import to_dev, to_staging
from tests.scenarios.world import World, a_world, with_files


def policy_check(world: World) -> tuple[str, str, list[tuple[str, int, str]]]:
    """The newest check run about the policy on the default branch: conclusion, title, annotations."""
    runs = world.stage.manifests.checks.latest_runs(world.stage.manifests.head())
    run = next(run for run in runs if run.name == "gitops/policy")
    assert run.output is not None
    notes = [(note.path, note.start_line, note.message) for note in run.output.annotations]
    return (run.conclusion.value if run.conclusion else "", run.output.title or "", notes)


def line_of(text: str, key: str) -> int:
    """The line of the file that begins with this key."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.strip() == key)


async def test_a_broken_policy_changes_nothing_and_is_annotated() -> None:
    """A failed check run on the commit that broke it, with the line; the good policy is followed again afterwards."""
    async with a_world() as world:
        broken = POLICY.replace("checks: [build]", "cheks: [build]")
        await world.push({".gitops.yml": broken}, by="alice")
        conclusion, title, notes = policy_check(world)
        assert conclusion == "FAILURE"
        assert title == "1 problem; nothing changes until the policy is fixed"
        line = next(number for number, text in enumerate(broken.splitlines(), 1) if "cheks" in text)
        assert notes[0][:2] == (".gitops.yml", line)
        assert "did you mean 'checks'" in notes[0][2]

        await world.release("v1.5.0")
        assert world.news() == ["opened issue #1 The policy for GitOps Bot has mistakes"], (
            "nothing was ever promoted here"
        )

        await world.push({".gitops.yml": POLICY}, by="alice")
        assert world.news()[-1] == "opened #2 dev: web v1.4.1 → v1.5.0"


async def test_an_open_promotion_is_kept_while_the_policy_is_broken() -> None:
    """An open promotion stays open and is not merged, however green; and all goes on once it is mended."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        await world.push({".gitops.yml": POLICY.replace("  prod:\n", "  prod:\n    colour: red\n")}, by="alice")
        conclusion, _, notes = policy_check(world)
        assert (conclusion, [message[:21] for _, _, message in notes]) == ("FAILURE", ["unknown key 'colour':"])
        head = world.pull("dev").head_oid

        await world.validate("dev")
        assert "nothing is promoted or merged until it is fixed" in await world.say("/hold dev", by="dana")
        await world.advance(timedelta(hours=2))
        assert world.actions() == []
        assert (world.pull("dev").state, world.pull("dev").head_oid) == (State.OPEN, head)

        await world.push({".gitops.yml": POLICY}, by="alice")
        assert world.actions() == ["merged dev", "opened staging: web v1.4.1 → v1.5.0"]


@pytest.mark.story
async def test_policy_parts_in_their_own_files_are_followed() -> None:
    """They are followed as if they were in the main file, from the commit of each change."""
    _, _, prod = POLICY.partition("  prod:\n")
    web = POLICY[POLICY.index("  web:\n") + len("  web:\n") : POLICY.index("environments:")]
    main = POLICY.replace("  prod:\n" + prod, "").replace("applications:\n  web:\n" + web, "")
    files = {".gitops.yml": main, ".gitops/prod.yml": dedent(prod), ".gitops/applications/web.yml": dedent(web)}
    async with a_world(with_files(files)) as world:
        await to_dev(world, "v1.5.0")
        assert world.actions()[-2:] == ["merged dev", "opened staging: web v1.4.1 → v1.5.0"]
        assert "Who can: acme/web." in await world.say("/promote prod", by="erin")

        await world.push(
            {".gitops/prod.yml": dedent(prod).replace("promote: [owners]", "promote: [write]")}, by="alice"
        )
        assert "Who can: people with write permission." in await world.say("/promote prod", by="erin")
        await world.push({".gitops/staging.yml": "path: x\nfrom: dev\n"}, by="alice")
        assert policy_check(world)[2] == [
            (
                ".gitops/staging.yml",
                1,
                f"the environment 'staging' is already in .gitops.yml, line {line_of(main, 'staging:')}: keep one",
            )
        ]
        assert world.actions() == []


async def test_a_silent_registry_is_waited_for() -> None:
    """`/why` says what it said and that it is asked again; when it answers, the promotion opens."""
    async with a_world() as world:
        world.stage.registry.faults.add(Fault.UNAVAILABLE, path="/v2/")
        world.stage.build("v1.5.0")
        world.stage.push_image("v1.5.0")
        await world.stage.settle()
        assert world.news() == []
        issue = world.stage.manifests.open_issue("Where is v1.5.0?", by=world.stage.person("dana"))
        why = await world.ask("/why dev", by="dana", on=issue.number)
        assert "⏳ **Waiting** (image): no answer about `ghcr.io/acme/web`" in why
        assert "answered that it is busy; trying again at" in why

        world.stage.registry.faults.clear()
        await world.advance(timedelta(minutes=2))
        assert world.news()[-1] == "opened #2 dev: web v1.4.1 → v1.5.0"


async def test_a_missing_platform_is_waited_for() -> None:
    """An image for one of two platforms is no version yet."""
    async with a_world() as world:
        world.stage.build("v1.5.0")
        await world.push_image("v1.5.0", platforms=("linux/amd64",))
        assert world.news()[-1] == "opened #1 dev: web v1.4.1 → v1.5.0"
        assert world.verdict("dev") == "image: ghcr.io/acme/web is missing for linux/arm64"
        world.stage.report(world.stage.manifests, world.pull("dev").head_oid, "validate", None)


async def test_a_manifest_that_cannot_be_edited_safely_is_refused() -> None:
    """File, line and reason; and the other environments go on."""
    two = DEPLOYMENT.replace("          ports:", "          image: ghcr.io/acme/web:v1.4.1\n          ports:")
    async with a_world(with_files({"envs/prod/web/deployment.yaml": two})) as world:
        await to_staging(world, "v1.5.0")
        await world.sync("staging")
        await world.advance(timedelta(minutes=61))
        world.news()
        why = await world.ask("/why prod", by="dana")
        assert "blocked | manifests" in why
        assert re.search(r"`envs/prod/web/deployment.yaml:\d+`.*the mapping has this key twice", why)


async def test_an_environment_without_a_reference_says_so() -> None:
    """The environment's folder holds no reference to it."""
    files = {**FILES, "envs/dev/web/kustomization.yaml": "resources: []\n"}
    async with a_world(with_files(files)) as world:
        await world.release("v1.5.0")
        issue = world.stage.manifests.open_issue("Where is v1.5.0?", by=world.stage.person("dana"))
        why = await world.ask("/why dev", by="dana", on=issue.number)
        assert "`web` does not use `dev`: nothing in `envs/dev/web` refers to `ghcr.io/acme/web`." in why


async def test_a_moved_tag_stops_the_promotion() -> None:
    """Only what was tested is promoted: another digest under the same tag stops it."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        await world.sync("dev")
        world.stage.registry.push_image("acme/web", "v1.5.0", revision="0" * 40)
        await world.validate("staging")
        await world.advance(timedelta(minutes=31))
        closing = next(line for line in world.news() if line.startswith("answered: Closed"))
        assert "`v1.5.0` of `ghcr.io/acme/web` was" in closing
        assert "when first seen" in closing


async def test_a_merge_with_a_lost_answer_is_not_repeated() -> None:
    """The answer to the merge is lost after GitHub carried it out: it is not merged twice."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.stage.hub.faults.hang_up(Moment.AFTER, which=Which(operation="mergePullRequest"))
        await world.validate("dev")
        assert world.news().count("merged #1") == 1
        asked = world.operations()
        assert sum("mergePullRequest" in each for each in asked) == 1


async def test_a_half_finished_opening_is_finished() -> None:
    """The connection is cut after the branch, the commit and the pull request were made."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        await world.sync("dev")
        await world.validate("staging")
        await world.advance(timedelta(minutes=31))
        world.news()
        world.stage.hub.faults.hang_up(Moment.AFTER, which=Which(operation="createPullRequest"))
        await world.release("v1.5.1")
        opened = [line for line in world.news() if line.startswith("opened")]
        assert opened == ["opened #3 dev: web v1.5.0 → v1.5.1"]


async def test_an_outage_of_github_loses_nothing() -> None:
    """A hundred requests answered with 502; then everything goes on by itself."""
    async with a_world() as world:
        world.stage.hub.faults.bad_gateway(count=6)
        await world.release("v1.5.0")
        await world.advance(timedelta(minutes=10))
        assert world.news()[-1] == "opened #1 dev: web v1.4.1 → v1.5.0"


async def test_a_secondary_limit_is_respected() -> None:
    """Nothing is asked again before GitHub said so."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        world.news()
        await world.sync("dev")
        await world.validate("staging")
        await world.advance(timedelta(minutes=31))
        world.news()
        world.stage.hub.faults.secondary_limit(retry_after=300, which=Which(operation="createPullRequest"))
        await world.release("v1.5.1")
        assert world.news() == []
        await world.advance(timedelta(minutes=5))
        assert world.news()[-1] == "opened #3 dev: web v1.5.0 → v1.5.1"


async def test_a_hold_is_answered_at_once_while_the_policy_is_broken() -> None:
    """It is recorded by one look and answered by the next, which waits for no webhook and no sweep."""
    async with a_world() as world:
        await world.push({".gitops.yml": "version: 1\nenvironments: {dev: {}}\n"}, by="alice")
        world.news()
        issue = world.stage.manifests.open_issue("Stop", by=world.stage.person("sam"))
        await world.settle()
        world.stage.hub.faults.next_webhooks(Fate.LOSE, event="push", count=100)
        before = world.stage.clock.now()

        answer = await world.say("/hold all the policy is broken", by="sam", on=issue.number)

        assert "Held" in answer
        assert world.news()[-1] == "recorded: sam: /hold all the policy is broken"
        assert world.stage.clock.now() - before < timedelta(seconds=5)
