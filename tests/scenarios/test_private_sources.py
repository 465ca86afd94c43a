"""What everybody may read in a public manifests repository says nothing of a private source but the ids of its commits."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.code.settings import Visibility
from tests.scenarios.world import World, a_world, with_policy

SECRETS = ("Close the hole in the login", "mallory", "test / the secret plan")
SAID = POLICY.replace("source: acme/web", "source: {repository: acme/web, commits: subjects}")


def everything_said(world: World) -> Iterator[str]:
    """Whatever the bot wrote where a reader of the repository can see it."""
    manifests = world.stage.manifests
    for conversation in (*manifests.pulls, *manifests.issues):
        yield from (conversation.title, conversation.body, *(comment.body for comment in conversation.comments))
    for pull in manifests.pulls:
        runs = manifests.checks.latest_runs(pull.head_oid)
        yield from (f"{run.output.title} {run.output.summary}" for run in runs if run.output)
    for name, tip in manifests.store.refs("refs/heads/"):
        yield name
        yield from (manifests.store.commit(oid).message for oid in manifests.history.log(tip))


@pytest.mark.story
@pytest.mark.parametrize(
    ("rules", "manifests", "told"),
    [(POLICY, Visibility.PUBLIC, False), (SAID, Visibility.PUBLIC, True), (POLICY, Visibility.PRIVATE, True)],
)
async def test_commits_of_a_private_source(rules: str, manifests: Visibility, told: bool) -> None:  # noqa: FBT001
    """Descriptions, status comments, check runs, answers, the dashboard, commit messages and records."""
    async with a_world(with_policy(rules.replace("checks: [build]", "checks: [build, 'test / *']"))) as world:
        stage = world.stage
        stage.manifests.visibility = manifests
        mallory = stage.github.user("mallory")
        stage.commits["v1.5.0"] = stage.source.commit_files({"A": "1"}, by=mallory, message=SECRETS[0])
        for name in ("build", "test / unit"):
            stage.report(stage.source, stage.commits["v1.5.0"], name, Conclusion.SUCCESS)
        stage.report(stage.source, stage.commits["v1.5.0"], SECRETS[2], Conclusion.FAILURE)
        await world.push_image("v1.5.0")
        await world.say("/why all", by="dana")
        stage.report(stage.source, stage.commits["v1.5.0"], SECRETS[2], Conclusion.SUCCESS)
        await world.settle()
        await world.validate("dev")
        await world.live(timedelta(hours=1))
        await world.say("/why all", by="dana")
        words = "\n".join(everything_said(world)).replace("\\", "").replace("\u2060", "")
        assert stage.commits["v1.5.0"] in words, "the id is there"
        assert [secret for secret in SECRETS if secret in words] == (list(SECRETS) if told else [])
        world.news()
