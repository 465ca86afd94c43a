"""Whatever stands in a repository: what is proposed is a policy that the bot accepts, or nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.policy import MAIN, Mode, read
from bot.detection import Tree, draft
from tests.detection.trees import deployment, kustomization, values

WORDS = (
    "apps base charts clusters dev Dev envs eu-prod live overlays prod production qa staging test web web-api web_api all "
    "until registry 0 1.0 - .. templates {application} *.y [a] values-prod über a.b.c api-dev prod-eu-1"
)
PARTS = st.sampled_from(WORDS.split())
NAMES = st.sampled_from(
    ["kustomization.yaml", "values.yaml", "values-prod.yaml", "prod.yaml", "web.yml", "-.yaml", "x.json"]
)
IMAGES = st.sampled_from(
    ["ghcr.io/acme/web", "ghcr.io/acme/api", "nginx", "1.dkr.ecr.eu-west-1.amazonaws.com/shop", "quay.io/b/c"]
)
TAGS = st.sampled_from(["1.0.0", "v2", "latest", "main-abcdef1-1700000000", "abcdef1", "017", "a'b", "x" * 130])
CONTENTS = st.builds(
    lambda make, image, tag: make(image, tag),
    st.sampled_from([kustomization, values, lambda image, tag: deployment(f"{image}:{tag}")]),
    IMAGES,
    TAGS,
)
FILES = st.dictionaries(
    st.builds(lambda folders, name: "/".join([*folders, name]), st.lists(PARTS, max_size=5), NAMES),
    CONTENTS,
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(FILES)
def test_the_policy_is_valid_or_there_is_none(files: dict[str, str]) -> None:
    found = draft(Tree(tuple(files), {path: text.encode() for path, text in files.items()}, "acme/manifests"))
    assert (found.policy is None) == (found.text == "")
    if found.text:
        policy = read({MAIN: found.text})
        assert policy.mode is Mode.OBSERVE
        assert policy.environments
