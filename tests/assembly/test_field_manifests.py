"""Manifests that people wrote and tools stumbled over, on the bot's whole way from bytes to a merge that it would make.

Each names where it was reported.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.assembly import Assembled, Files, FromRegistries, render_actions
from bot.core.decide import decide
from bot.core.gates import manifests
from bot.core.gates.question import Purpose, Question
from bot.core.observation.repository import StateBranch
from bot.core.pages.parts.left_unchanged import left_unchanged
from bot.core.plan import OpenPromotion, Severity, UpdatePromotion
from bot.core.policy import Policy
from bot.core.records.environment import EnvironmentRecords
from bot.core.state import EnvironmentState
from bot.core.values.artifacts import Missing, Tags
from bot.manifests import blob_id
from tests.assembly.looks import assembled, listed, observation, seen
from tests.builders import NOW, application, artifact, artifacts, environment, oid, policy, pull, version

WEB = "ghcr.io/acme/web"
OLD, NEW = artifact("v1.4.0").digest, artifact("v1.5.0").digest
REGISTRY = FromRegistries({WEB: Tags(WEB, ("v1.4.0", "v1.5.0"))}, artifacts("v1.4.0", "v1.5.0"))
VALUES = "envs/dev/web/values.yaml"
V4, V5 = "v1.4.0", "v1.5.0"


def rules(**fields: Any) -> Policy:
    return policy(environment(), applications=[application(**fields)])


def looked(contents: dict[str, str], followed: Policy, head: dict[str, str] | None = None, **given: Any) -> Assembled:
    """dev with these files; head: an open promotion, what its files say."""
    encoded = {path: text.encode() for path, text in contents.items()}
    fields: dict[str, Any] = {}
    heads = {path: text.encode() for path, text in (head or {}).items()}
    if head is not None:
        blobs = {path: blob_id(content) for path, content in (encoded | heads).items()}
        changed = tuple(heads)
        fields["pull"] = pull(head_blobs=blobs, changed_paths=changed, changed_files=len(changed))
    look = observation(*encoded.values(), *heads.values(), environments={"dev": seen(encoded, **fields)})
    return assembled(look, followed, registries=given.get("registries", REGISTRY), files=given.get("files"))


def promoted(contents: dict[str, str], followed: Policy | None = None) -> dict[str, str]:
    """What the bot writes; and it finds nothing foreign on that, reads the new version there, and leaves it alone."""
    rule, files = followed or rules(), Files()
    encoded = {path: text.encode() for path, text in contents.items()}
    look = observation(*encoded.values(), environments={"dev": seen(encoded)})
    state = assembled(look, rule, registries=REGISTRY, files=files).state
    assert state.environments["dev"].version is not None
    assert state.environments["dev"].version.tag == V4
    opened = [action for action in decide(state, rule, NOW).actions if isinstance(action, OpenPromotion)]
    rendering = render_actions(opened, look, files)
    assert rendering.refusals == {}
    written = {file.path: file.content.decode() for file in rendering.files["dev"]}
    after = looked(contents, rule, written).state
    promotion = after.environments["dev"].promotion
    assert promotion is not None
    assert promotion.strangers == ()
    assert version(V5, digest=NEW).is_same(promotion.version)
    assert [action for action in decide(after, rule, NOW).actions if isinstance(action, UpdatePromotion)] == []
    return written


def here(contents: dict[str, str], followed: Policy | None = None) -> EnvironmentState:
    return looked(contents, followed or rules()).state.environments["dev"]


def left(contents: dict[str, str]) -> list[str]:
    return [f"{mention.path.rpartition('/')[2]}:{mention.line} {mention.seen}" for mention in here(contents).left]


BESIDE = "web: {image: {repository: ghcr.io/acme/web, tag: v1.4.0}}\n"


@pytest.mark.parametrize(
    ("unversioned", "fields"),
    [
        ("cron: {image: {repository: ghcr.io/acme/web}}\n", {}),
        ("cron: {image: {registry: ghcr.io, repository: acme/web}}\n", {}),
        ("images:\n- {name: web, newName: ghcr.io/acme/web}\n", {}),
        ("cron: {image: {repository: ghcr.io/acme/web, tag: ''}}\n", {}),
        ("cron: {containers: [{image: ghcr.io/acme/web}]}\n", {}),
    ],
)
def test_a_name_without_a_version_beside_another(unversioned: str, fields: dict[str, Any]) -> None:
    """https://github.com/verdaccio/charts/issues/110"""
    assert promoted({VALUES: BESIDE + unversioned}, rules(**fields)) == {VALUES: BESIDE.replace(V4, V5) + unversioned}


def test_an_edit_of_the_version_beside_the_name() -> None:
    """https://github.com/verdaccio/charts/issues/110, where the chart calls the tag otherwise."""
    text = "image: {repository: ghcr.io/acme/web, release: v1.4.0}\n"
    edit = [{"file": VALUES, "path": "image.release"}]

    assert promoted({VALUES: text}, rules(edit=edit)) == {VALUES: text.replace(V4, V5)}
    text = text.replace("release", "version")
    edit = [{"file": VALUES, "path": "image.version"}]
    assert promoted({VALUES: text}, rules(edit=edit)) == {VALUES: text.replace(V4, V5)}


@pytest.mark.parametrize("write", ["tag", "digest", "tag+digest"])
@pytest.mark.parametrize(
    "text",
    [
        f"containers: [{{image: 'ghcr.io/acme/web@{OLD}'}}]\n",
        f"image: {{repository: ghcr.io/acme/web, digest: '{OLD}'}}\n",
        f"images: [{{name: ghcr.io/acme/web, digest: '{OLD}'}}]\n",
        f"image: {{repository: ghcr.io/acme/web, sha: {OLD.removeprefix('sha256:')}}}\n",
    ],
)
def test_a_version_by_its_digest_alone(text: str, write: str) -> None:
    """https://github.com/renovatebot/renovate/discussions/26719"""
    written = promoted({VALUES: text}, rules(versions={"write": write}))[VALUES]

    bare = text.replace(OLD, NEW).replace(OLD.removeprefix("sha256:"), NEW.removeprefix("sha256:"))
    has_room = "containers" in text and write != "digest"
    assert written == (bare.replace("web@", "web:v1.5.0@") if has_room else bare)


def test_a_digest_that_only_the_records_know() -> None:
    """The registry is silent, or has moved on: what was recorded when the version was first seen tells it."""
    text = f"image: {{repository: ghcr.io/acme/web, digest: '{OLD}'}}\n"
    kept = EnvironmentRecords().with_digests("web", version(V4, digest=OLD))
    recorded = StateBranch(oid("state"), {"dev.yaml": kept.text()})
    look = observation(text.encode(), environments={"dev": seen({VALUES: text.encode()})}, state=recorded)

    found = assembled(look, rules(), registries=FromRegistries({}, {})).state.environments["dev"]
    assert found.version == version(V4, digest=OLD)


def test_a_digest_that_nobody_knows_has_the_registry_asked_for_more_tags() -> None:
    unknown = f"image: {{repository: ghcr.io/acme/web, digest: 'sha256:{'9' * 64}'}}\n"
    tags = tuple(f"v1.{number}.0" for number in range(100))
    registries = FromRegistries({WEB: Tags(WEB, tags)}, {})
    found = looked({VALUES: unknown}, rules(), registries=registries)

    present = found.state.environments["dev"].version
    assert present is not None
    assert (present.tag, present.name) == ("", "9" * 12)
    assert found.known.held == {*tags[50:], f"{WEB}@sha256:{'9' * 64}"}
    assert "v1.50.0" not in looked({VALUES: BESIDE}, rules(), registries=registries).known.held


def test_one_digest_of_two_versions_is_either_of_them() -> None:
    """A release that was built again from the same source: the promotion of one must not look like that of the other."""
    text = f"image: {{repository: ghcr.io/acme/web, digest: '{NEW}'}}\n"
    twice = artifacts(artifact(V5), artifact("v1.5.1", digest=NEW), Missing(WEB, "v1.6.0"))
    registries = FromRegistries({WEB: Tags(WEB, (V5, "v1.5.1"))}, twice)
    found = looked({VALUES: text}, rules(), registries=registries).state.environments["dev"].version

    assert found is not None
    assert found.tag == "v1.5.1"
    assert found.is_same(version(V5, digest=NEW))
    assert version(V5, digest=NEW).is_same(found)
    assert not found.is_same(version(V4, digest=NEW))


def test_a_tag_and_the_digest_that_it_stands_for_are_one_version() -> None:
    mixed = f"a: {{image: 'ghcr.io/acme/web@{OLD}'}}\nb: {{image: ghcr.io/acme/web:v1.4.0}}\n"
    assert here({VALUES: mixed}).version == version(V4, digest=OLD)
    other = mixed.replace("v1.4.0", "v1.3.0")
    assert here({VALUES: other}).version is None


def test_a_tag_that_cannot_carry_a_digest() -> None:
    """https://github.com/fluxcd/source-controller/issues/2019"""
    text = "spec: {url: 'oci://ghcr.io/acme/web', ref: {tag: v1.4.0}}\n"
    both = rules(versions={"write": "tag+digest"})
    files, encoded = Files(), text.encode()
    look = observation(encoded, environments={"dev": seen({VALUES: encoded})})
    state = assembled(look, both, registries=REGISTRY, files=files).state

    [refusal] = render_actions(decide(state, both, NOW).actions, look, files).refusals["dev"]
    assert refusal.reason == "this tag cannot carry a digest"
    assert refusal.advice == 'add `digest: ""` beside the tag, or let the policy write the tag alone (`write: tag`)'
    advised = text.replace("tag: v1.4.0", 'tag: v1.4.0, digest: ""')
    assert promoted({VALUES: advised}, both)[VALUES] == advised.replace(V4, V5).replace('""', f'"{NEW}"')


def test_containers_in_a_text() -> None:
    """https://github.com/fluxcd/flux2/issues/5307"""
    text = BESIDE + (
        "extraInitContainers: |\n  - image: ghcr.io/acme/web:v1.4.0\n"
        "extraDeploy:\n  - |\n    containers: [{image: 'ghcr.io/acme/web:v1.4.0'}]\n"
    )
    assert promoted({VALUES: text}) == {VALUES: text.replace(V4, V5)}


def test_a_script_that_runs_the_image() -> None:
    """https://github.com/fluxcd/flux2/issues/5307: what cannot be changed is named."""
    text = BESIDE + "data:\n  run.sh: |\n    docker run ghcr.io/acme/web:v1.4.0\n"

    assert promoted({VALUES: text}) == {VALUES: text.replace("tag: v1.4.0", "tag: v1.5.0")}
    assert left({VALUES: text}) == ["values.yaml:4 ghcr.io/acme/web:v1.4.0"]
    state = looked({VALUES: text}, rules()).state
    question = Question(rules(), state, environment(), version(V5), Purpose.AUTOMATIC, None, NOW)
    verdict = manifests.judge(question)
    assert (verdict.severity, verdict.facts["left"]) == (Severity.PASSED, f"{VALUES}:4")
    assert left_unchanged(question) == (
        "<details><summary>1 mention left unchanged</summary>\n\n"
        f"- `{VALUES}:4`: `ghcr.io/acme/web:v1.4.0`: it is part of a text that no format reads\n\n</details>"
    )


def test_images_in_the_environment_and_in_arguments() -> None:
    """https://github.com/operator-framework/operator-sdk/issues/6923"""
    text = (
        "containers:\n"
        "- image: ghcr.io/acme/operator:v3\n"
        "  args: [--runner-image=ghcr.io/acme/web:v1.4.0]\n"
        "  env: [{name: RELATED_IMAGE_WEB, value: 'ghcr.io/acme/web:v1.4.0'}]\n"
    )
    assert promoted({VALUES: text}) == {VALUES: text.replace(V4, V5)}


def test_a_new_name_with_a_tag() -> None:
    """https://github.com/renovatebot/renovate/issues/11153"""
    [refusal] = here({VALUES: "images: [{name: web, newName: 'ghcr.io/acme/web:v1.4.0'}]\n"}).refusals

    assert refusal.reason == "Kustomize puts a tag after this name, which already has a version"
    assert refusal.advice == "write `newName: ghcr.io/acme/web` and `newTag: v1.4.0` beside it"
    advised = "images: [{name: web, newName: ghcr.io/acme/web, newTag: v1.4.0}]\n"
    assert promoted({VALUES: advised}) == {VALUES: advised.replace(V4, V5)}


def test_a_version_beside_the_repository() -> None:
    """https://github.com/kumahq/kuma/issues/7657"""
    text = "image: {repository: ghcr.io/acme/web, version: v1.4.0}\n"

    assert promoted({VALUES: text}) == {VALUES: text.replace(V4, V5)}


def test_an_empty_tag_beside_another_is_named() -> None:
    text = BESIDE + "cron: {image: {repository: ghcr.io/acme/web, tag: ''}}\n"

    assert left({VALUES: text}) == ["values.yaml:2 ghcr.io/acme/web"]


KUSTOMIZATION = "resources: [deployment.yaml]\nimages: [{name: ghcr.io/acme/web, newTag: v1.4.0}]\n"


@pytest.mark.parametrize("placeholder", ["latest", "v0.0.0", "v1.9.0"])
def test_a_tag_under_an_override(placeholder: str) -> None:
    """https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/"""
    files = {
        "envs/dev/web/kustomization.yaml": KUSTOMIZATION,
        "envs/dev/web/deployment.yaml": f"containers: [{{image: 'ghcr.io/acme/web:{placeholder}'}}]\n",
    }
    written = promoted(files)

    assert written == {"envs/dev/web/kustomization.yaml": KUSTOMIZATION.replace(V4, V5)}
    assert left(files) == [f"deployment.yaml:1 ghcr.io/acme/web:{placeholder}"]


def test_a_tag_beside_an_override_that_does_not_list_it() -> None:
    files = {
        "envs/dev/web/kustomization.yaml": KUSTOMIZATION,
        "envs/dev/web/job.yaml": "containers: [{image: 'ghcr.io/acme/web:v1.3.0'}]\n",
    }
    assert here(files).version is None


@pytest.mark.parametrize(
    "text",
    [
        # https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/images/managing-image-streams
        "kind: ImageStream\nspec: {tags: [{from: {kind: DockerImage, name: 'ghcr.io/acme/web:v1.4.0'}}]}\n",
        # https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/
        "kind: Cluster\nspec: {imageName: 'ghcr.io/acme/web:v1.4.0'}\n",
        # https://github.com/ansible/awx-operator
        "kind: AWX\nspec: {control_plane_ee_image: 'ghcr.io/acme/web:v1.4.0'}\n",
        # https://tekton.dev/docs/pipelines/bundle-resolver/
        "taskRef: {resolver: bundles, params: [{name: bundle, value: 'ghcr.io/acme/web:v1.4.0'}]}\n",
        # https://prometheus-operator.dev/docs/api-reference/api/
        "kind: Prometheus\nspec: {image: ghcr.io/acme/web, version: v1.4.0}\n",
        "kind: Prometheus\nspec: {image: 'ghcr.io/acme/web:v1.4.0', version: v1.4.0}\n",
    ],
)
def test_keys_of_other_tools(text: str) -> None:
    assert promoted({VALUES: text}) == {VALUES: text.replace(V4, V5)}


@pytest.mark.parametrize("path", [".gitops.yml", ".gitops/prod.yml", ".github/workflows/web.yml", ".gitlab/x.yaml"])
def test_files_that_make_rules_are_never_read(path: str) -> None:
    """Whatever the policy says: an image tagged `0` would be the number of approvals."""
    text = "image: ghcr.io/acme/web:v1.4.0\n"
    whole = policy(environment(path="."), applications=[application(edit=[{"file": path, "path": "image"}])])

    assert here({path: text}, whole).places == ()
    assert here({path: text, VALUES: BESIDE}, whole).places[0].path == VALUES


def test_files_that_make_rules_are_never_rendered() -> None:
    """Should they be read all the same."""
    text, files = b"image: ghcr.io/acme/web:v1.4.0\n", Files()
    look = observation(text, environments={"dev": seen({VALUES: text})})
    [action] = [
        each
        for each in decide(assembled(look, rules(), registries=REGISTRY, files=files).state, rules(), NOW).actions
        if isinstance(each, OpenPromotion)
    ]
    moved = action.edits[0]
    forged = replace(moved, place=replace(moved.place, path=".github/x.yml"))
    look = observation(text, environments={"dev": seen(files=listed({".github/x.yml": text}))})

    [refusal] = render_actions([replace(action, edits=(forged,))], look, files).refusals["dev"]
    assert refusal.reason.startswith("the bot never edits the policy, CODEOWNERS")
