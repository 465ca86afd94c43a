"""Which applications and environments are found in repositories of the usual layouts, and what the policy for them says."""

from collections.abc import Mapping

import pytest

from bot.core.policy import Mode
from bot.detection import Tree, draft
from tests.detection.trees import chain, deployment, drafted, kustomization, paths, policy_of, values

WEB, API = "ghcr.io/acme/web", "ghcr.io/acme/api"
THREE = ("dev", "staging", "prod")

OVERLAYS = {
    f"apps/{name}/overlays/{environment}/kustomization.yaml": kustomization(f"ghcr.io/acme/{name}", "1.0.0")
    for name in ("web", "api")
    for environment in THREE
}
FOLDERS = {
    f"envs/{environment}/{name}/deployment.yaml": deployment(f"ghcr.io/acme/{name}:1.0.0")
    for name in ("web", "api")
    for environment in THREE
}
HELM_VALUES = {
    f"charts/{name}/values-{environment}.yaml": values(f"ghcr.io/acme/{name}", "1.0.0")
    for name in ("web", "api")
    for environment in THREE
}
ONE_FILE = {
    f"values/{environment}.yaml": f"web:\n  image: {WEB}:1.0.0\napi:\n  image: {API}:1.1.0\n" for environment in THREE
}
FILES = {
    f"apps/shop/{name}/{environment}.yaml": values(f"ghcr.io/acme/{name}", "1.0.0")
    for name in ("web", "api")
    for environment in THREE
}
BELOW_CLUSTERS = {
    f"components/{name}/{environment}/{cluster}/kustomization.yaml": kustomization(f"ghcr.io/acme/{name}", "1.0.0")
    for name in ("web", "api")
    for environment in THREE
    for cluster in ("cluster-01", "cluster-02")
}


@pytest.mark.parametrize(
    ("files", "web_in_prod"),
    [
        pytest.param(OVERLAYS, "apps/web/overlays/prod", id="Kustomize overlays"),
        pytest.param(FOLDERS, "envs/prod/web", id="a folder for each environment"),
        pytest.param(HELM_VALUES, "charts/web/values-prod.yaml", id="Helm values for each environment"),
        pytest.param(ONE_FILE, "values/prod.yaml", id="one file for each environment"),
        pytest.param(FILES, "apps/shop/web/prod.yaml", id="a file for each environment"),
        pytest.param(BELOW_CLUSTERS, "components/web/prod", id="clusters below environments"),
    ],
)
def test_a_usual_layout_is_a_policy_that_reaches_every_file(files: Mapping[str, str], web_in_prod: str) -> None:
    found = drafted(files)
    policy = found.policy
    assert policy is not None
    assert found.is_sure
    assert policy.mode is Mode.OBSERVE
    assert set(policy.applications) == {"web", "api"}
    assert chain(policy) == {"dev": (), "staging": ("dev",), "prod": ("staging",)}
    assert paths(policy.of("web").environments["prod"], "web") == (web_in_prod,)
    assert policy.environments["prod"].promote.value == "manual"


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (
            ("prod-eu", "prod-us", "qa", "staging-eu", "staging-us"),
            {
                "qa": (),
                "staging-eu": ("qa",),
                "staging-us": ("qa",),
                "prod-eu": ("staging-eu",),
                "prod-us": ("staging-us",),
            },
        ),
        (("production", "staging"), {"staging": (), "production": ("staging",)}),
        (("demo", "dev", "prod", "stg"), {"dev": (), "stg": ("dev",), "demo": ("dev",), "prod": ("stg",)}),
        (("live", "test"), {"test": (), "live": ("test",)}),
        (("pre-prod", "prod", "uat"), {"uat": (), "pre-prod": ("uat",), "prod": ("pre-prod",)}),
    ],
)
def test_the_order_follows_from_the_words(folders: tuple[str, ...], expected: dict[str, tuple[str, ...]]) -> None:
    # kostis-codefresh/gitops-environment-promotion has eleven of them in regions.
    files = {f"envs/{name}/web/kustomization.yaml": kustomization(WEB, "1.0.0") for name in folders}
    assert chain(policy_of(files)) == expected


def test_two_spellings_are_one_environment() -> None:
    files = {
        "apps/web/overlays/prod/kustomization.yaml": kustomization(WEB, "1.0.0"),
        "apps/web/overlays/dev/kustomization.yaml": kustomization(WEB, "1.0.0"),
        "apps/api/overlays/production/kustomization.yaml": kustomization(API, "1.0.0"),
        "apps/api/overlays/dev/kustomization.yaml": kustomization(API, "1.0.0"),
        "apps/shop/overlays/prod/kustomization.yaml": kustomization("ghcr.io/acme/shop", "1.0.0"),
    }
    policy = policy_of(files)
    assert list(policy.environments) == ["dev", "prod"]
    assert "apps/api/overlays/production" in paths(policy.of("api").environments["prod"], "api")


def test_a_folder_of_tools_is_no_environment() -> None:
    files = {**FOLDERS, "dev-tools/linter/deployment.yaml": deployment("ghcr.io/acme/linter:1.0.0")}
    policy = policy_of(files)
    assert set(policy.environments) == set(THREE)
    assert "linter" not in policy.applications


def test_a_component_called_like_an_environment_is_none_where_others_stand_below() -> None:
    # redhat-appstudio/infra-deployments has components/integration/{development,staging,production}.
    files = {
        f"components/integration/{environment}/kustomization.yaml": kustomization(
            "quay.io/acme/integration-service", "1.0"
        )
        for environment in ("development", "staging", "production")
    }
    assert list(policy_of(files).environments) == ["development", "staging", "production"]


def test_clusters_with_the_same_images_are_no_applications() -> None:
    files = {
        f"components/archive/prod/{cluster}/kustomization.yaml": kustomization("quay.io/acme/vacuum", "1.0.0")
        for cluster in ("kflux-a", "kflux-b", "kflux-c")
    }
    files |= {"components/archive/staging/kustomization.yaml": kustomization("quay.io/acme/vacuum", "1.1.0")}
    files |= {"components/web/staging/kustomization.yaml": kustomization(WEB, "1.1.0")}
    assert not {"kflux-a", "kflux-b"} & set(policy_of(files).applications)


def test_databases_and_proxies_are_left_out_and_named() -> None:
    files = {
        f"envs/{environment}/web/all.yaml": f"{deployment(f'{WEB}:1.0.0')}---\n{deployment('redis:7.2')}"
        for environment in THREE
    }
    found = drafted(files)
    assert found.policy is not None
    assert [each.images for each in found.policy.applications.values()] == [(WEB,)]
    assert found.detected.left == {"docker.io/library/redis": "is built by others"}


def test_images_of_one_folder_with_one_version_are_released_together() -> None:
    files = {
        f"envs/{environment}/web/all.yaml": deployment(f"{WEB}:{tag}") + "---\n" + deployment(f"{WEB}-worker:{tag}")
        for environment, tag in zip(THREE, ("1.2.0", "1.1.0", "1.0.0"), strict=True)
    }
    assert policy_of(files).applications["web"].images == (WEB, f"{WEB}-worker")


def test_an_image_beside_an_application_with_versions_of_its_own_is_asked_about() -> None:
    files = {
        f"envs/{environment}/web/all.yaml": deployment(f"{WEB}:1.{number}.0")
        + "---\n"
        + deployment("ghcr.io/acme/agent:7")
        for number, environment in enumerate(THREE)
    }
    found = drafted(files | {f"envs/{each}/api/all.yaml": deployment(f"{API}:1.0.0") for each in THREE})
    assert found.policy is not None
    assert found.policy.applications["web"].images == (WEB,)
    assert any("ghcr.io/acme/agent" in each.text for each in found.questions)


def test_a_fleet_is_a_rule() -> None:
    files = {
        f"envs/{environment}/{name}/kustomization.yaml": kustomization(f"ghcr.io/acme/{name}", "1.0.0")
        for name in ("web", "api", "shop", "mail", "search")
        for environment in THREE
    }
    files |= {
        f"envs/{environment}/odd/kustomization.yaml": kustomization("ghcr.io/acme/something-odd", "1.0.0")
        for environment in THREE
    }
    found = drafted(files)
    assert found.policy is not None
    assert len(found.policy.blueprint.rules) == 1
    assert list(found.policy.applications) == ["odd"]
    assert "image: ghcr.io/acme/{application}" in found.text


def test_two_applications_of_one_image_keep_their_folders_apart() -> None:
    # kostis-codefresh/many-appsets-demo
    files = {
        f"apps/{name}/envs/{environment}/version.yml": deployment("docker.io/acme/simple:1.0")
        for name in ("billing", "orders")
        for environment in ("qa", "prod-eu")
    }
    policy = policy_of(files)
    assert paths(policy.of("orders").environments["qa"], "orders") == ("apps/orders/envs/qa",)


def test_paths_that_name_no_application_are_this_applications_alone() -> None:
    files = {**FOLDERS, **{f"envs/{each}/jobs.yaml": deployment("ghcr.io/acme/jobs:3") for each in THREE}}
    files |= {f"envs/{each}/cron.yaml": deployment("ghcr.io/acme/cleaner:3") for each in THREE}
    assert {"jobs", "cleaner"} <= set(policy_of(files).applications)


@pytest.mark.parametrize("path", ["manifests/web.yaml", "deploy/web/deployment.yaml", "web.yaml"])
def test_without_environments_it_is_a_question(path: str) -> None:
    found = drafted({path: deployment(f"{WEB}:1.0.0")})
    assert found.policy is not None
    assert not found.is_sure
    assert list(found.policy.environments) == ["main"]
    assert found.questions[0].text.startswith("No path names an environment.")


def test_what_all_environments_share_is_a_question() -> None:
    files = {**OVERLAYS, "apps/base/deployment.yaml": deployment("ghcr.io/acme/shared:1.0.0")}
    found = drafted(files)
    assert found.detected.shared == {"ghcr.io/acme/shared": ("apps/base/deployment.yaml",)}
    assert any("write it in each" in each.text for each in found.questions)


def test_two_versions_in_one_environment_are_a_question() -> None:
    files = {**FOLDERS, "envs/prod/web/cron.yaml": deployment(f"{WEB}:0.9.0")}
    assert any("`web` has `0.9.0` and `1.0.0` in `prod`" in each.text for each in drafted(files).questions)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "# Nothing\n"},
        {"config.yaml": "a: 1\n"},
        {".github/workflows/ci.yaml": "jobs: {a: {container: {image: 'ghcr.io/acme/web:1'}}}\n"},
        {"tests/web.yaml": deployment(f"{WEB}:1.0.0")},
        {"docker-compose.yml": f"services: {{web: {{image: '{WEB}:1.0.0'}}}}\n"},
        {"charts/web/templates/deployment.yaml": deployment("{{ .Values.image }}")},
        {"envs/prod/web.yaml": deployment("redis:7")},
        {"envs/prod/web.yaml": deployment(WEB)},
        {"broken.yaml": "a: [1\n"},
        {"latin.yaml": "image: caf\udce9"},
    ],
    ids=str,
)
def test_where_nothing_can_be_promoted_nothing_is_proposed(files: dict[str, str]) -> None:
    contents = {path: text.encode("utf-8", "surrogateescape") for path, text in files.items()}

    assert draft(Tree(tuple(files), contents, "acme/manifests")).policy is None


def test_three_layouts_at_once_are_one_policy() -> None:
    files = {
        **OVERLAYS,
        **{f"envs/{each}/shop/deployment.yaml": deployment("ghcr.io/acme/shop:1.0.0") for each in THREE},
        **{f"charts/mail/values-{each}.yaml": values("ghcr.io/acme/mail", "2.0.0") for each in THREE},
    }
    policy = policy_of(files)
    assert set(policy.applications) == {"web", "api", "shop", "mail"}
    assert chain(policy) == {"dev": (), "staging": ("dev",), "prod": ("staging",)}


def test_templates_everywhere_are_no_policy() -> None:
    # kubefirst/gitops-template
    files = {f"templates/{each}/app.yaml": deployment("<CONTAINER_REGISTRY>/web:<TAG>") for each in THREE}
    assert drafted(files).policy is None


def test_clusters_without_an_order_are_one_question() -> None:
    # 2i2c-org/infrastructure has dozens of them.
    files = {
        f"clusters/{cluster}/web/kustomization.yaml": kustomization(WEB, "1.0.0")
        for cluster in ("alpha", "gamma", "delta", "omega")
    }
    asked = [each.text for each in drafted(files).questions if "from the registry" in each.text]
    assert len(asked) == 1
    assert "`alpha`" in asked[0]


def test_what_is_asked_of_several_applications_is_one_question() -> None:
    """Applications whose tags tell nothing, and applications with two versions in one environment."""
    files = {}
    for name, tags in {"web": ("1.2.3.4", "1.2.3.5"), "api": ("x_1", "x_1"), "pay": ("1.0.0", "1.1.0")}.items():
        for environment in ("dev", "prod"):
            for number, tag in enumerate(tags):
                files[f"envs/{environment}/{name}/{number}.yaml"] = deployment(f"ghcr.io/acme/{name}:{tag}")
    asked = [each.text for each in drafted(files).questions]
    assert (
        "No order can be told from the tags of `api` (`x_1`) and `web` (`1.2.3.4`). "
        "Which are versions, and in which order?" in asked
    )
    assert (
        "`pay` has `1.0.0` and `1.1.0` in `dev`; `pay` has `1.0.0` and `1.1.0` in `prod`; "
        "`web` has `1.2.3.4` and `1.2.3.5` in `dev`; `web` has `1.2.3.4` and `1.2.3.5` in `prod`. "
        "Which ones are right, or are these several environments?" in asked
    )


def test_a_rolling_sync_tells_the_order_of_environments_that_no_word_orders() -> None:
    """Documented at argo-cd's "Progressive Syncs": each step selects applications by a label."""
    steps = (
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {strategy: {type: RollingSync, "
        "rollingSync: {steps: ["
        "{matchExpressions: [{key: ring, operator: In, values: [amber]}]}, "
        "{matchExpressions: [{key: ring, operator: In, values: [blue-1, blue-2]}]}, "
        "{matchExpressions: [{key: ring, operator: In, values: [coral]}], maxUpdate: 0}]}}}\n"
    )
    files = {
        f"envs/{name}/web/kustomization.yaml": kustomization("ghcr.io/acme/web", "1.0.0")
        for name in ("amber", "blue-1", "blue-2", "coral")
    }
    policy = policy_of({**files, "appset.yaml": steps})
    assert chain(policy) == {
        "amber": (),
        "blue-1": ("amber",),
        "blue-2": ("amber",),
        "coral": ("blue-1", "blue-2"),
    }
    assert {name: each.promote.value for name, each in policy.environments.items()}["coral"] == "manual"


def test_an_environment_that_only_follows_a_moving_tag_is_left_out_with_a_question() -> None:
    files = {
        f"envs/{environment}/{name}/kustomization.yaml": kustomization(
            f"ghcr.io/acme/{name}", "latest" if environment == "test" else "1.0.0"
        )
        for name in ("web", "api", "mail")
        for environment in ("test", "staging", "prod")
    }
    found = drafted(files)
    assert found.policy is not None
    assert chain(found.policy) == {"staging": (), "prod": ("staging",)}
    assert any(each.text.startswith("`test` mostly has `latest`") for each in found.questions)
    assert not any("except for" in each.text for each in found.questions)
