"""What the bot writes it reads back as the same version: every format, every `write`, every way to say the version before.

Each document goes the bot's whole way: located, decided, rendered, located again, and judged as a promotion's head. Either the
edit is refused with a reason, or the version is read back, nothing is left to write, and nothing on the head is foreign.
Situations: source-controller#2019, renovate#26719, verdaccio/charts#110.
"""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.assembly import Files, FromRegistries, render_actions
from bot.core.decide import decide
from bot.core.gates.question import Purpose, Question
from bot.core.plan import OpenPromotion
from bot.core.policy import Policy, Write
from bot.core.promotion.edits import edits_for, writes
from bot.core.values.artifacts import Tags
from bot.manifests import blob_id
from tests.assembly.looks import DEPLOYMENT, assembled, observation, seen
from tests.builders import NOW, application, artifact, artifacts, environment, policy, pull, version

WEB = "ghcr.io/acme/web"
OLD, NEW = artifact("v1.4.0").digest, artifact("v1.5.0").digest
REGISTRY = FromRegistries({WEB: Tags(WEB, ("v1.4.0", "v1.5.0"))}, artifacts("v1.4.0", "v1.5.0"))
PROMOTED = version("v1.5.0", digest=NEW)

# {tag}, {digest} and {both} stand for what a scalar says; a form without one of them cannot say that.
FORMATS = {
    "workload": ("spec: {{containers: [{{image: '{reference}'}}]}}\n",),
    "image volume": ("spec: {{volumes: [{{image: {{reference: '{reference}'}}}}]}}\n",),
    "compose": ("services: {{web: {{image: '{reference}'}}}}\n",),
    "image key": ("runner_image: '{reference}'\n",),
    "environment": ("env: [{{name: RELATED_IMAGE_WEB, value: '{reference}'}}]\n",),
    "argument": ("args: ['--image={reference}']\n",),
    "text": ("extraDeploy: |\n  containers:\n  - image: {reference}\n",),
    "nested": ("data:\n  values.yaml: |\n    image: {reference}\n",),
    "openshift": ("from: {{kind: DockerImage, name: '{reference}'}}\n",),
    "tekton": ("taskRef: {{bundle: '{reference}'}}\n",),
    "json patch": ("- {{op: replace, path: /spec/image, value: '{reference}'}}\n",),
    "flux marker": ('x: \'{reference}\' # {{"$imagepolicy": "flux-system:web"}}\n',),
    "renovate marker": ("# renovate: datasource=docker depName=ghcr.io/acme/web\nx: '{version}'\n",),
    "argocd images": ("source: {{kustomize: {{images: ['{reference}']}}}}\n",),
    "kustomize": (
        "images:\n- name: ghcr.io/acme/web\n  newTag: '{version}'\n",
        "images:\n- name: ghcr.io/acme/web\n  newTag: '{tag}'\n  digest: '{digest}'\n",
        "images:\n- {{name: ghcr.io/acme/web, digest: '{digest}'}}\n",
    ),
    "helm": (
        "image: {{repository: ghcr.io/acme/web, tag: '{version}'}}\n",
        "image: {{registry: ghcr.io, repository: acme/web, tag: '{tag}', digest: '{digest}'}}\n",
        "image: {{repository: ghcr.io/acme/web, digest: '{digest}'}}\n",
        "image: {{repository: ghcr.io/acme/web, version: '{version}'}}\n",
    ),
    "flux": (
        "spec: {{url: 'oci://ghcr.io/acme/web', ref: {{tag: '{tag}'}}}}\n",
        "spec: {{url: 'oci://ghcr.io/acme/web', ref: {{tag: '{tag}', digest: '{digest}'}}}}\n",
        "spec: {{url: 'oci://ghcr.io/acme/web', ref: {{digest: '{digest}'}}}}\n",
    ),
    "argocd artifact": (
        "source: {{repoURL: 'oci://ghcr.io/acme/web', targetRevision: '{tag}'}}\n",
        "source: {{repoURL: 'oci://ghcr.io/acme/web', targetRevision: '{digest}'}}\n",
    ),
    "argocd chart": ("source: {{repoURL: ghcr.io/acme, chart: web, targetRevision: '{tag}'}}\n",),
    "kustomize chart": ("helmCharts: [{{name: web, repo: 'oci://ghcr.io/acme', version: '{tag}'}}]\n",),
    "repeated version": ("image: '{reference}'\nversion: '{tag}'\n",),
}
FORMS = [(name, form) for name, forms in FORMATS.items() for form in forms]
SAID = [("v1.4.0", ""), ("", OLD), ("v1.4.0", OLD)]
# A second reference in the same file: one without a version, one with the same, and one that no format reads.
BESIDE = ["", "cron: {image: {repository: ghcr.io/acme/web}}\n", "other: {image: ghcr.io/acme/web:v1.4.0}\n"]
BESIDE += [f"other: {{image: 'ghcr.io/acme/web@{OLD}'}}\n", "note: 'before, ghcr.io/acme/web:v1.4.0 ran here'\n"]


# Named by a pattern, in a file that no format reads; and beside what the image's name leads to.
NAMED = {
    "reference": ("IMAGE={reference}\n", "^IMAGE=(.*)$"),
    "version": ("WEB='{version}' # now\n", "^WEB='([^']*)'"),
    "query": ("- https://x.io/op//config?ref={version}&x=1\n", r"\?ref=([^&]*)"),
    "twice": ("a={version}\nb={version}\n", "^[ab]=(.*)"),
    "toml": ('[web]\nimage = "{reference}"\n', 'image = "(.*)"'),
}


def document(form: str, tag: str, pinned: str, beside: str) -> bytes:
    at = f"@{pinned}" if pinned else ""
    colon = f":{tag}" if tag else ""
    text = form.format(reference=f"ghcr.io/acme/web{colon}{at}", version=f"{tag}{at}" or pinned, tag=tag, digest=pinned)
    return (beside * (not text.startswith("- "))).encode() + text.encode()


def rules(write: Write) -> Policy:
    return policy(environment(), applications=[application(versions={"write": write.value})])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FORMS), st.sampled_from(SAID), st.sampled_from(list(Write)), st.sampled_from(BESIDE))
def test_what_is_written_is_read_back(form: tuple[str, str], said: tuple[str, str], write: Write, beside: str) -> None:
    content, followed, files = document(form[1], *said, beside), rules(write), Files()
    look = observation(content, environments={"dev": seen({DEPLOYMENT: content})})
    before = assembled(look, followed, registries=REGISTRY, files=files).state
    here = before.environments["dev"]
    if here.refusals or here.version is None:
        return

    assert here.version.tag == "v1.4.0", "a version is found by its tag, by its digest, or by both"
    plan = decide(before, followed, NOW)
    [opened] = [action for action in plan.actions if isinstance(action, OpenPromotion)]
    rendering = render_actions([opened], look, files)
    if rendering.refusals:
        [refusal] = rendering.refusals["dev"]
        assert write is not Write.TAG or here.places[0].digest
        assert "digest" in refusal.reason
        return
    [file] = rendering.files["dev"]
    promoted = seen({DEPLOYMENT: content}, pull=pull(head_blobs={DEPLOYMENT: blob_id(file.content)}))
    both = observation(content, file.content, environments={"dev": promoted})
    after = assembled(both, followed, registries=REGISTRY, files=files).state
    promotion = after.environments["dev"].promotion

    assert promotion is not None
    assert promotion.strangers == ()
    assert PROMOTED.is_same(promotion.version)
    merged = observation(file.content, environments={"dev": seen({DEPLOYMENT: file.content})})
    done = assembled(merged, followed, registries=REGISTRY, files=files).state
    question = Question(followed, done, followed.environments["dev"], PROMOTED, Purpose.AUTOMATIC, None, NOW)
    assert [edit for edit in edits_for(question) if writes(edit)] == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(NAMED)),
    st.sampled_from(SAID),
    st.sampled_from(list(Write)),
    st.sampled_from(["pins", ".env", "pins.toml", "envs/dev/web/pins.yaml"]),
    st.sampled_from(["", "image: {{x: '{reference}'}}\n"]),
)
def test_what_a_pattern_wrote_is_read_back(
    name: str, said: tuple[str, str], write: Write, path: str, beside: str
) -> None:
    assume(name != "toml" or not path.endswith(".yaml"))  # TOML in a YAML file is refused
    form, pattern = NAMED[name]
    form = form if said[0] else form.replace("{version}", "{digest}")
    named, deployment = document(form, *said, ""), document(beside, *said, "")
    contents = {path: named, DEPLOYMENT: deployment} if beside else {path: named}
    edit = [{"file": path, "pattern": pattern, "write": write.value}]
    followed = policy(environment(), applications=[application(versions={"write": write.value}, edit=edit)])
    files = Files()
    look = observation(*contents.values(), environments={"dev": seen(contents)})
    before = assembled(look, followed, registries=REGISTRY, files=files).state
    here = before.environments["dev"]

    assert here.refusals == ()
    assert here.version is not None
    assert here.version.tag == "v1.4.0"
    [opened] = [action for action in decide(before, followed, NOW).actions if isinstance(action, OpenPromotion)]
    rendering = render_actions([opened], look, files)
    if rendering.refusals:
        assert write is not Write.TAG or said[1]
        return
    written = {file.path: file.content for file in rendering.files["dev"]}
    heads = {each: blob_id(content) for each, content in (contents | written).items()}
    promoted = seen(contents, pull=pull(head_blobs=heads, changed_paths=tuple(written), changed_files=len(written)))
    both = observation(*contents.values(), *written.values(), environments={"dev": promoted})
    promotion = assembled(both, followed, registries=REGISTRY, files=files).state.environments["dev"].promotion

    assert promotion is not None
    assert promotion.strangers == ()
    assert PROMOTED.is_same(promotion.version)
    merged = observation(*written.values(), environments={"dev": seen(contents | written)})
    done = assembled(merged, followed, registries=REGISTRY, files=files).state
    question = Question(followed, done, followed.environments["dev"], PROMOTED, Purpose.AUTOMATIC, None, NOW)
    assert [edit for edit in edits_for(question) if writes(edit)] == []


@pytest.mark.parametrize(("name", "form"), FORMS, ids=[f"{name} {number}" for number, (name, _) in enumerate(FORMS)])
def test_every_form_is_read_in_some_way(name: str, form: str) -> None:
    """So that the property is not true of nothing."""
    versions = []
    for said in SAID:
        content = document(form, *said, "")
        look = observation(content, environments={"dev": seen({DEPLOYMENT: content})})
        versions.append(assembled(look, rules(Write.TAG), registries=REGISTRY).state.environments["dev"].version)

    assert any(versions), name
