"""Places of versions: named by the policy, shared by applications, or in several files."""

from datetime import timedelta

import pytest

from bot.cli.demo.setting import FILES, POLICY
from bot.simulator.github.model.pulls.reviews import ReviewState
from tests.scenarios.test_the_main_job import FIRST_RECORD
from tests.scenarios.world import a_world, with_files

VALUES = """\
# One file for everybody.
web:
  release: v1.4.1   # the chart knows the rest
api:
  image: ghcr.io/acme/api:v7.0.0
"""


NAMED = POLICY.replace(
    "environments:\n",
    "    edit:\n      - {file: 'values/{environment}.yaml', path: web.release, write: tag}\n\nenvironments:\n",
    1,
).replace("write: tag+digest", "write: tag")
NAMED_FILES = {
    **dict.fromkeys((path for path in FILES if path.startswith("envs/")), "resources: []\n"),
    **{f"values/{name}.yaml": VALUES for name in ("dev", "staging", "prod")},
    ".gitops.yml": NAMED,
}


async def test_a_scalar_outside_of_the_path_needs_the_agreement_of_its_owners() -> None:
    """The branch does not require it, and CODEOWNERS names alice. GitHub asks her; the bot waits for her."""
    async with a_world(with_files({**NAMED_FILES, ".github/CODEOWNERS": "/values/ @alice\n"})) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        await world.advance(timedelta(hours=1))
        assert world.verdict("dev") == (
            "manifests: values/dev.yaml is outside of envs/dev/web, so its code owners must agree: "
            "review requested from @\u2060alice"
        )
        assert "merged #1" not in world.news()
        await world.approve("dev", by="alice")
        assert world.news()[0] == "merged #1"


async def test_a_comment_of_an_owner_is_no_agreement() -> None:
    """GitHub drops its request once an owner has said anything. By CODEOWNERS, the team's approval is still missing."""
    async with a_world(with_files({**NAMED_FILES, "docs/CODEOWNERS": "/values/ @acme/sre\n"})) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        member = world.stage.person("sam")
        pull = world.pull("dev")
        pull.review(by=member, state=ReviewState.COMMENTED, body="Looking at it.")
        await world.advance(timedelta(hours=1))
        assert world.verdict("dev") == (
            "manifests: values/dev.yaml is outside of envs/dev/web, so its code owners must agree: "
            "waiting for an approval from acme/sre"
        )
        assert "merged #1" not in world.news()
        await world.approve("dev", by="sam")
        assert world.news()[0] == "merged #1"


async def test_a_scalar_that_the_policy_names_is_edited() -> None:
    """Nothing in the file tells the image: the policy's `edit` does."""
    async with a_world(with_files(NAMED_FILES)) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        assert world.news() == [
            FIRST_RECORD,
            "recorded: web v1.5.0 was first seen",
            "opened #1 dev: web v1.4.1 → v1.5.0",
            "merged #1",
            "opened #2 staging: web v1.4.1 → v1.5.0",
        ]
        assert world.text("values/dev.yaml") == VALUES.replace("v1.4.1 ", "v1.5.0 ")


@pytest.mark.story
async def test_two_files_of_one_environment_change_together() -> None:
    """A second reference in another file of the folder, in one pull request and one commit."""
    job = "spec: {template: {spec: {containers: [{name: job, image: 'ghcr.io/acme/web:v1.4.1@<digest of v1.4.1>'}]}}}\n"
    async with a_world(with_files({"envs/dev/web/job.yaml": job})) as world:
        before = world.text("envs/dev/web/job.yaml")
        await world.release("v1.5.0")
        await world.validate("dev")
        assert "merged #1" in world.news()
        digests = world.stage.digests
        expected = before.replace("v1.4.1", "v1.5.0").replace(digests["v1.4.1"], digests["v1.5.0"])
        assert world.text("envs/dev/web/job.yaml") == expected
        assert "v1.5.0" in world.text("envs/dev/web/kustomization.yaml")


async def test_references_that_differ_are_left_alone_and_named() -> None:
    """Two references of one environment hold different versions: a person has to say which is right."""
    job = "spec: {template: {spec: {containers: [{name: job, image: 'ghcr.io/acme/web:v1.4.0'}]}}}\n"
    async with a_world(with_files({"envs/dev/web/job.yaml": job})) as world:
        await world.release("v1.5.0")
        issue = world.stage.manifests.open_issue("Why?", by=world.stage.person("dana"))
        why = await world.ask("/why dev", by="dana", on=issue.number)
        assert "blocked | manifests" in why
        assert "job.yaml" in why


async def test_an_image_without_a_version_beside_a_kustomization_is_unchanged() -> None:
    """The Deployment names the image, the Kustomization its version: only the version changes."""
    bare = "spec: {template: {spec: {containers: [{name: web, image: ghcr.io/acme/web}]}}}\n"
    async with a_world(with_files({"envs/dev/web/deployment.yaml": bare})) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        assert "merged #1" in world.news()
        assert world.text("envs/dev/web/deployment.yaml") == bare
        assert "v1.5.0" in world.text("envs/dev/web/kustomization.yaml")


async def test_one_tag_for_two_images_of_a_chart_is_promoted() -> None:
    """The second image has no tag of its own (verdaccio/charts#110): the promotion is not foreign, and merges."""
    values = (
        "web: {image: {repository: ghcr.io/acme/web, tag: v1.4.1}}\ncron: {image: {repository: ghcr.io/acme/web}}\n"
    )
    policy = POLICY.replace("write: tag+digest", "write: tag")
    files = {"envs/dev/web/kustomization.yaml": "resources: []\n", "envs/dev/web/values.yaml": values}
    async with a_world(with_files({**files, ".gitops.yml": policy})) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        assert "merged #1" in world.news()
        assert world.text("envs/dev/web/values.yaml") == values.replace("v1.4.1", "v1.5.0")
        body = world.pull("dev").body
        assert (
            "<summary>1 mention left unchanged</summary>\n\n- `envs/dev/web/values.yaml:2`: `ghcr.io/acme/web`: "
            in body
        )


async def test_manifests_with_digests_only_are_promoted() -> None:
    """A version is found by its digest (renovate#26719), promoted once, and reaches the next environment."""
    bare = dict.fromkeys((path for path in FILES if path.startswith("envs/")), "resources: []\n")
    text = "spec: {{template: {{spec: {{containers: [{{name: web, image: 'ghcr.io/acme/web@<digest of {}>'}}]}}}}}}\n"
    pods = {f"envs/{name}/web/deployment.yaml": text.format("v1.4.1") for name in ("dev", "staging", "prod")}
    policy = POLICY.replace("write: tag+digest", "write: digest")
    async with a_world(with_files({**bare, **pods, ".gitops.yml": policy})) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        assert world.news() == [
            FIRST_RECORD,
            "recorded: web v1.5.0 was first seen",
            "opened #1 dev: web v1.4.1 → v1.5.0",
            "merged #1",
            "opened #2 staging: web v1.4.1 → v1.5.0",
        ]
        digest = world.stage.digests["v1.5.0"]
        assert f"ghcr.io/acme/web@{digest}" in world.text("envs/dev/web/deployment.yaml")
