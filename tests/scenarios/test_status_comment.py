"""The status comment, labels and review requests of a promotion: created once, and never again if people remove them."""

import re
from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.accounts.accounts import Team, User
from bot.simulator.github.model.pulls.pull_request import PullRequest
from tests.scenarios.test_the_main_job import to_staging
from tests.scenarios.world import World, a_world, with_policy

PAGE = """\
    pull-request:
      title: 'deploy({environment}): {application} {to}'
      labels: [deploy, 'env/{environment}']
      reviewers: ['@acme/sre', '@sam', '@nobody-at-all', owners]
"""
WITH_PAGE = with_policy(POLICY.replace("    promote: manual", f"{PAGE}    promote: manual"))


def labels(pull: PullRequest) -> set[str]:
    return {label.name for label in pull.labels}


def asked(pull: PullRequest) -> list[str]:
    return [one.login if isinstance(one, User) else f"team {one.slug}" for one in pull.requested]


async def to_an_open_promotion(world: World) -> PullRequest:
    """prod's, which waits for its soak time and an approval."""
    await to_staging(world, "v1.5.0")
    await world.sync("staging")
    await world.comment("/promote prod", by="dana")
    await world.validate("prod")
    world.news()
    return world.pull("prod")


async def test_it_is_edited_in_place_until_the_promotion_is_merged() -> None:
    async with a_world() as world:
        await to_an_open_promotion(world)
        told = world.status("prod")
        until = found[1] if (found := re.search(r"until (\S+ \S+ UTC)", told)) else ""
        assert re.sub(r"started \S+ \S+ UTC", "started then", told).startswith(
            "⛔ **Approvals:** waiting for 1 approval from acme/sre. Can be cleared by acme/sre.\n\n"
            f"- ⏳ **Soak:** soaking in `staging` until {until} (1h, started then). Clears automatically.\n\n"
            f"Checked again at {until}, and whenever something changes."
        )
        world.notes()

        await world.advance(timedelta(minutes=5))
        await world.advance(timedelta(minutes=5))
        assert world.notes() == []

        await world.approve("prod", by="sam")
        assert [note.partition(":")[0] for note in world.notes()] == ["#3 ⏳ **Soak"]

        await world.advance(timedelta(hours=1))
        merges, merged = world.notes()
        assert merges == "#3 ✅ **Every gate passes.** The bot merges it."
        assert merged.startswith("#3 ✅ **Merged** by gitops-bot on ")
        assert world.pull("prod").merged_at is not None
        world.news()


async def test_a_closed_promotion_says_how_it_ended() -> None:
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.comment("/reject v1.5.0 broken", by="dana", on=1)
        assert world.status("dev").startswith(
            "Closed: `v1.5.0` can no longer be promoted to `dev`. **Rejected:** `v1.5.0` is rejected here: rejected by dana"
        )
        world.news()


async def test_a_similar_comment_by_another_author_is_ignored() -> None:
    async with a_world() as world:
        pull = await to_an_open_promotion(world)
        status = next(each for each in pull.comments if "gitops-bot status" in each.body)
        status.delete(by=world.stage.person("alice"))
        forged = pull.comment(status.body, by=world.stage.person("erin"))
        await world.approve("prod", by="sam")
        assert world.status("prod").startswith("⏳ **Soak:**")
        assert forged.body == status.body
        world.news()


@pytest.mark.story
async def test_labels_and_reviews_are_asked_for_once() -> None:
    async with a_world(WITH_PAGE) as world:
        pull = await to_an_open_promotion(world)
        assert pull.title == "deploy(prod): web v1.5.0"
        assert labels(pull) == {"deploy", "env/prod"}
        assert asked(pull) == ["team sre", "sam", "team web"]
        refused = "> ⚠️ could not `request a review from nobody-at-all`: GitHub answered 422"
        assert refused in world.status("prod")

        pull.remove_labels(next(each for each in pull.labels if each.name == "deploy"), by=world.stage.person("dana"))
        await world.advance(timedelta(minutes=12))
        await world.approve("prod", by="sam")
        assert labels(pull) == {"env/prod"}
        assert "sam" not in asked(pull)
        assert refused in world.status("prod")
        assert not any(isinstance(one, Team) and one.slug == "nobody" for one in pull.requested)
        world.news()


@pytest.mark.story
async def test_a_restarted_bot_introduces_nothing_twice() -> None:
    async with a_world(WITH_PAGE) as world:
        pull = await to_an_open_promotion(world)
        pull.remove_labels(*pull.labels, by=world.stage.person("dana"))
        await world.restart()
        assert labels(pull) == set()
        assert world.status("prod").startswith("⛔ **Approvals:**")
        world.news()


async def test_a_promotion_that_merges_at_once_is_labelled() -> None:
    async with a_world(with_policy(POLICY.replace("    gates: {checks: [build]}\n", PAGE))) as world:
        world.stage.manifests.unprotect("main")
        await world.release("v1.5.0")
        pull = world.pull("dev")
        assert pull.merged_at is not None
        assert labels(pull) == {"deploy", "env/dev"}
        assert asked(pull) == []
        world.news()
