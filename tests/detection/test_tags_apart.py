"""An environment that writes only the tag: the chart's own values name the image."""

from collections.abc import Mapping

import pytest

from bot.core.policy import Policy
from bot.detection import Tree, draft
from tests.detection.trees import OWNER, drafted, policy_of, values

NAMED = "image:\n  repository: ghcr.io/acme/{name}\n  pullPolicy: Always\n"
TAGGED = "image:\n  tag: {tag}\nreplicas: 2\n"


def charts(
    names: tuple[str, ...], files: str, *, environments: tuple[str, ...] = ("staging", "prod")
) -> dict[str, str]:
    """A chart for each name; files: where an environment's values are."""
    made = {f"charts/{name}/values.yaml": NAMED.format(name=name) for name in names}
    made |= {
        files.format(name=name, environment=environment): TAGGED.format(tag="1.2.0")
        for name in names
        for environment in environments
    }
    return made


def places(policy: Policy, name: str, environment: str) -> list[tuple[str, tuple[str, ...]]]:
    """The file and the keys of every place that the policy names."""
    edits = policy.of(name).environments[environment].edit or policy.applications[name].edit
    return [(each.file, each.path) for each in edits.also] if edits else []


def test_the_values_beside_the_chart_are_a_place_to_edit() -> None:
    policy = policy_of(charts(("web", "api"), "charts/{name}/values-{environment}.yaml"))
    assert policy.applications["web"].images == ("ghcr.io/acme/web",)
    assert places(policy, "web", "prod") == [("charts/{application}/values-{environment}.yaml", ("image.tag",))]
    assert list(policy.environments) == ["staging", "prod"]


def test_values_in_another_folder_are_joined_by_the_name_of_the_chart() -> None:
    policy = policy_of(charts(("web", "api"), "envs/{environment}/{name}.yaml"))
    assert policy.applications["api"].images == ("ghcr.io/acme/api",)
    assert places(policy, "api", "staging") == [("envs/{environment}/{application}.yaml", ("image.tag",))]


def test_a_chart_of_charts_names_its_parts() -> None:
    files = {
        "charts/web/values.yaml": NAMED.format(name="web"),
        "charts/api/values.yaml": NAMED.format(name="api"),
        **{
            f"envs/{each}/values.yaml": "web:\n  image:\n    tag: 1.2.0\napi:\n  image: {tag: 3.0.0}\n"
            for each in ("dev", "prod")
        },
    }
    policy = policy_of(files)
    for name in ("web", "api"):
        assert places(policy, name, "prod") == [("envs/{environment}/values.yaml", (f"{name}.image.tag",))]


def test_four_charts_alike_are_a_rule() -> None:
    names = ("api", "cart", "mail", "web")
    text = drafted(charts(names, "charts/{name}/values-{environment}.yaml")).text
    assert "    image: ghcr.io/acme/{application}\n    edit:\n" in text
    assert "  '*': {}\n" in text


def test_an_environment_without_a_tag_of_its_own_is_left_alone() -> None:
    files = charts(("web", "api"), "charts/{name}/values-{environment}.yaml", environments=("dev", "staging", "prod"))
    files["charts/api/values-dev.yaml"] = "replicas: 1\n"
    policy = policy_of(files)
    assert places(policy, "web", "dev")
    assert not places(policy, "api", "dev")
    assert places(policy, "api", "prod") == [("charts/api/values-prod.yaml", ("image.tag",))]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {"a/values.yaml": NAMED.format(name="web"), "b/values.yaml": NAMED.format(name="api")}
            | {f"envs/{each}/values.yaml": TAGGED.format(tag="1") for each in ("dev", "prod")},
            id="two charts, and nothing tells which",
        ),
        pytest.param({f"envs/{each}/values.yaml": TAGGED.format(tag="1") for each in ("dev", "prod")}, id="no chart"),
    ],
)
def test_which_image_it_is_remains_a_question(files: Mapping[str, str]) -> None:
    found = drafted(files)
    assert any("`envs/{environment}/values.yaml`" in each.text and "image.tag" in each.text for each in found.questions)


def test_a_tag_beside_its_image_stays_what_it_is() -> None:
    files = {"charts/web/values.yaml": NAMED.format(name="web")}
    files |= {f"charts/web/values-{each}.yaml": values("ghcr.io/acme/web", "1.0.0") for each in ("dev", "prod")}
    assert not places(policy_of(files), "web", "prod")


def test_files_without_an_ending_that_were_not_read_are_asked_about() -> None:
    paths = [f"tags/{name}-{environment}" for environment in ("staging", "prod") for name in ("api", "cart", "web")]
    (asked,) = draft(Tree(tuple(paths), {}, OWNER)).questions
    assert asked.text == (
        "`tags/api-{environment}` and 2 more have no ending, so they were not read. Are there versions in them? Then add "
        "the applications, with these files as their `edit`."
    )
    assert not draft(Tree(tuple(paths[1:]), {}, OWNER)).questions, "a few may be anything"


IMAGE_TAGS = {
    f"tags/{environment}/{name}": "image_tag: v{number}\nis_automatic: true\n"
    for environment in ("staging", "prod")
    for name in ("web", "api", "mail", "cart")
}


def image_tags(number: int = 120) -> dict[str, str]:
    """A file of one tag for each application and environment, without an ending."""
    return {path: text.replace("{number}", str(number)) for path, text in IMAGE_TAGS.items()}


def test_a_file_of_one_tag_for_each_application_is_a_fleet_with_a_question() -> None:
    """As in alphagov/govuk-helm-charts: `image-tags/production/account-api` holds `image_tag: v737`."""
    found = drafted(image_tags() | {"charts/web/values.yaml": "image: acme.azurecr.io/shop/tool:1.0.0\n"})
    policy = found.policy
    assert policy is not None
    assert "    image: acme.azurecr.io/shop/{application}\n" in found.text
    assert all(f"  {name}: {{}}\n" in found.text for name in ("web", "api", "mail", "cart"))
    assert places(policy, "web", "prod") == [("tags/{environment}/{application}", ("image_tag",))]
    assert any("Are the images called `acme.azurecr.io/shop/{application}`" in each.text for each in found.questions)


def test_whose_image_it_is_remains_a_question_where_the_team_has_none_elsewhere() -> None:
    found = drafted(image_tags())
    assert found.policy is None
    assert any("`tags/{environment}/api`" in each.text for each in found.questions)


def test_two_files_of_a_tag_are_not_enough_to_take_their_names_for_images() -> None:
    few = {path: text for path, text in image_tags().items() if path.endswith(("web", "api"))}
    found = drafted(few | {"charts/web/values.yaml": "image: acme.azurecr.io/shop/tool:1.0.0\n"})
    assert not any("/{application}`" in each.text for each in found.questions)


def test_an_environment_that_has_nothing_of_an_application_needs_no_exception() -> None:
    files = charts(("web", "api"), "charts/{name}/values-{environment}.yaml", environments=("dev", "staging", "prod"))
    files.pop("charts/api/values-dev.yaml")
    assert places(policy_of(files), "api", "prod") == [
        ("charts/{application}/values-{environment}.yaml", ("image.tag",))
    ]
