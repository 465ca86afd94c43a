"""Which settings of other tools a policy carries over. The objects are as these tools' documentation has them."""

from pathlib import Path

from bot.core.policy import Application
from bot.detection import Draft
from bot.detection.migration import argocd_image_updater, flux, gitops_operator, kargo, renovate
from tests.detection.trees import chain, drafted, kustomization

WEB = "ghcr.io/acme/web"


def with_web(files: dict[str, str], *, tag: str = "1.0.0", environments: tuple[str, ...] = ("dev", "prod")) -> Draft:
    """A repository in which web runs in these environments."""
    overlays = {f"apps/web/{each}/kustomization.yaml": kustomization(WEB, tag) for each in environments}
    return drafted({**overlays, **files})


def web(found: Draft) -> Application:
    """What the policy says of web."""
    assert found.policy is not None
    return found.policy.applications["web"]


FLUX = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: web}
spec: {image: ghcr.io/acme/web}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web}
spec:
  imageRepositoryRef: {name: web}
  filterTags: {pattern: '^main-[a-f0-9]+-(?P<ts>[0-9]+)', extract: '$ts'}
  policy: {numerical: {order: asc}}
  digestReflectionPolicy: IfNotPresent
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: all}
spec: {git: {push: {branch: flux-updates}}}
"""


def test_flux() -> None:
    found = with_web({"clusters/flux.yaml": FLUX}, tag="main-abcdef1-1700000000")
    versions = web(found).versions
    assert versions.order.kind.value == "numeric"
    assert versions.tags == "^main-[a-f0-9]+-(?P<version>[0-9]+)"
    assert versions.write.value == "tag+digest"
    (tool,) = found.detected.tools
    assert tool.found == ("1 ImagePolicy of Flux", "1 ImageRepository of Flux", "1 ImageUpdateAutomation of Flux")
    assert "flux-updates" in tool.lost[0]
    assert "spec.suspend: true" in tool.delete[0]


def test_of_several_policies_of_flux_the_one_that_fits_what_runs() -> None:
    # hmcts/sds-flux-config has one for pull requests and one for production.
    other = FLUX.replace("kind: ImagePolicy\nmetadata: {name: web}", "kind: ImagePolicy\nmetadata: {name: pr}")
    other = other.replace("^main-", "^pr-7-").replace("numerical: {order: asc}", "alphabetical: {order: desc}")
    found = with_web({"a.yaml": other, "b.yaml": FLUX}, tag="main-abcdef1-1700000000")
    assert web(found).versions.tags == "^main-[a-f0-9]+-(?P<version>[0-9]+)"


def test_the_builds_of_a_pull_request_are_no_releases() -> None:
    other = FLUX.replace("kind: ImagePolicy\nmetadata: {name: web}", "kind: ImagePolicy\nmetadata: {name: pr}")
    found = with_web({"a.yaml": other.replace("^main-", "^pr-7-"), "b.yaml": FLUX}, tag="pr-7-abcdef1-1700000000")
    assert web(found).versions.tags == "^main-[a-f0-9]+-(?P<version>[0-9]+)"


def test_a_tool_that_only_has_the_builds_of_a_pull_request_is_a_question() -> None:
    found = with_web({"a.yaml": FLUX.replace("^main-", "^pr-7-")}, tag="pr-7-abcdef1-1700000000")
    assert web(found).versions.tags == "^pr-7-[a-f0-9]+-(?P<version>[0-9]+)"
    assert any("for the builds of a pull request. Which tags are versions" in each.text for each in found.questions)


def test_a_pattern_that_the_bot_cannot_run_is_left_out() -> None:
    found = with_web({"a.yaml": FLUX.replace("^main-", "^(?!x)main-")})
    assert web(found).versions.tags is None


def test_flux_range_and_descending_orders() -> None:
    ranged = FLUX.replace("numerical: {order: asc}", "semver: {range: '>=1.0.0 <2.0.0'}").replace("filterTags", "other")
    assert web(with_web({"a.yaml": ranged})).versions.order.argument == ">=1.0.0 <2.0.0"
    lowest = FLUX.replace("order: asc", "order: desc")
    assert web(with_web({"a.yaml": lowest})).versions.order.argument == "lowest"


ANNOTATED = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  annotations:
    argocd-image-updater.argoproj.io/image-list: web=ghcr.io/acme/web:~1.2, other=ghcr.io/acme/other
    argocd-image-updater.argoproj.io/web.allow-tags: regexp:^1\\.[0-9.]+$
    argocd-image-updater.argoproj.io/web.ignore-tags: 1.2.7, *-debug
    argocd-image-updater.argoproj.io/web.platforms: linux/arm64
    argocd-image-updater.argoproj.io/other.update-strategy: newest-build
"""


def test_annotations_of_argo_cd_image_updater() -> None:
    found = with_web({"argocd/web.yaml": ANNOTATED})
    versions = web(found).versions
    assert (versions.order.kind.value, versions.order.argument) == ("semver", "~1.2")
    assert versions.tags == "^1\\.[0-9.]+$"
    assert versions.ignore == ("1.2.7", "*-debug")
    assert versions.platforms == ("linux/arm64",)
    (tool,) = found.detected.tools
    assert tool.images == {WEB, "ghcr.io/acme/other"}
    assert dict(tool.versions)["ghcr.io/acme/other"] == ({"newest": "created"},)
    assert "written to the cluster only" in tool.lost[0]


RESOURCE = """\
apiVersion: argocd-image-updater.argoproj.io/v1alpha1
kind: ImageUpdater
metadata: {name: all}
spec:
  writeBackConfig: {method: git}
  commonUpdateSettings: {updateStrategy: alphabetical}
  applicationRefs:
    - namePattern: web-*
      images:
        - {alias: web, imageName: ghcr.io/acme/web, commonUpdateSettings: {allowTags: 'regexp:^2'}}
    - namePattern: '*'
      images:
        - {alias: api, imageName: 'ghcr.io/acme/api:stable', commonUpdateSettings: {updateStrategy: digest}}
"""


def test_the_resource_of_argo_cd_image_updater() -> None:
    found = with_web({"argocd/updater.yaml": RESOURCE})
    assert web(found).versions.order.kind.value == "alphabetical"
    assert web(found).versions.tags == "^2"
    (tool,) = found.detected.tools
    assert tool.versions["ghcr.io/acme/api"] == ({"digest": "stable"},)
    assert not tool.lost


OPERATOR = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    gitops.operator.enabled: 'true'
    gitops.operator.app_repository: git@github.com:acme/web-code.git
    gitops.operator.manifest_repository: git@github.com:acme/manifests.git
    gitops.operator.image_name: ghcr.io/acme/web
    gitops.operator.deployment_path: apps/web/prod/deployment.yaml
    gitops.operator.tag_type: short
    gitops.operator.notifications_secret_name: slack
spec: {template: {spec: {containers: [{name: web, image: 'ghcr.io/acme/web:abcdef1'}]}}}
"""


def test_gitops_operator() -> None:
    found = with_web({"apps/web/prod/deployment.yaml": OPERATOR}, tag="abcdef1")
    application = web(found)
    assert application.source is not None
    assert application.source.repository == "acme/web-code"
    assert (application.versions.order.kind.value, application.versions.order.argument) == ("commit", "short")
    assert "Slack" in found.detected.tools[0].lost[0]


def test_gitops_operator_that_is_switched_off_says_nothing() -> None:
    found = with_web({"apps/web/prod/deployment.yaml": OPERATOR.replace("enabled: 'true'", "enabled: 'false'")})
    assert found.detected.tools == ()


KARGO = """\
apiVersion: kargo.akuity.io/v1alpha1
kind: Warehouse
metadata: {name: web}
spec:
  subscriptions:
    - image: {repoURL: public.ecr.aws/nginx/nginx, constraint: ^1.26.0, ignoreTags: [1.26.1], platform: linux/amd64}
    - git: {repoURL: 'https://github.com/acme/settings'}
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: {name: uat}
spec: {requestedFreight: [{origin: {kind: Warehouse, name: web}, sources: {stages: [test], requiredSoakTime: 1h30m0s}}]}
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: {name: test}
spec:
  requestedFreight: [{origin: {kind: Warehouse, name: web}, sources: {direct: true}}]
  verification: {analysisTemplates: [{name: smoke}]}
  promotionTemplate: {spec: {steps: [{uses: git-clone}, {uses: http}]}}
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: {name: prod}
spec: {requestedFreight: [{origin: {kind: Warehouse, name: web}, sources: {stages: [uat]}}]}
---
apiVersion: kargo.akuity.io/v1alpha1
kind: ProjectConfig
metadata: {name: acme}
spec: {promotionPolicies: [{stage: test, autoPromotionEnabled: true}, {stageSelector: {name: uat}, autoPromotionEnabled: true}]}
"""


def test_kargo() -> None:
    # akuity/kargo-demo: nginx, which nobody would take for a team's own image if the Warehouse did not say so.
    image = "public.ecr.aws/nginx/nginx"
    files = {f"stages/{each}/kustomization.yaml": kustomization(image, "1.26.0") for each in ("test", "uat", "prod")}
    found = drafted({**files, "kargo.yaml": KARGO})
    assert found.policy is not None
    assert chain(found.policy) == {"test": (), "uat": ("test",), "prod": ("uat",)}
    promoted = {name: each.promote.value for name, each in found.policy.environments.items()}
    assert promoted == {"test": "auto", "uat": "auto", "prod": "manual"}
    assert found.policy.environments["uat"].gates.soak is not None
    (application,) = found.policy.applications.values()
    assert application.images == (image,)
    assert application.versions.order.argument == "^1.26.0"
    assert application.versions.ignore == ("1.26.1",)
    (tool,) = found.detected.tools
    assert any("https://github.com/acme/settings" in each for each in tool.lost)
    assert any("`http`" in each for each in tool.lost)
    assert any("AnalysisTemplates" in each for each in tool.lost)


def test_renovate() -> None:
    settings = """\
{
  // JSON5
  "kubernetes": {"managerFilePatterns": ["/.yaml$/"]},
  "packageRules": [
    {"matchPackageNames": ["ghcr.io/acme/web"], "allowedVersions": "<2.0.0", "minimumReleaseAge": "3 days"},
    {"matchPackageNames": ["ghcr.io/acme/api"], "allowedVersions": "/^v1/", "groupName": "all", "schedule": ["weekly"]},
  ],
}
"""
    found = with_web({"renovate.json5": settings})
    assert web(found).versions.order.argument == "<2.0.0"
    (tool,) = found.detected.tools
    assert tool.found == ("`renovate.json5` of Renovate, with the managers kubernetes",)
    assert tool.versions["ghcr.io/acme/api"] == ({"tags": "'^v1'"},)
    assert [each.split("`")[1] for each in tool.lost] == ["minimumReleaseAge", "groupName", "schedule"]


def test_settings_that_are_broken_say_nothing() -> None:
    for broken in ("[", "{", '"', "[" * 5_000, "apiVersion: kargo.akuity.io/v1\nkind: [\n"):
        found = with_web({"renovate.json": broken, "kargo.yaml": broken})
        assert web(found).images == (WEB,)


def test_each_tool_has_its_page_with_every_section() -> None:
    pages = Path(__file__).parents[2] / "docs" / "migration"
    modules = (flux, argocd_image_updater, gitops_operator, kargo, renovate)
    index = (pages / "README.md").read_text(encoding="utf-8")
    for module in modules:
        name = module.__name__.rpartition(".")[2].replace("_", "-") + ".md"
        page = (pages / name).read_text(encoding="utf-8")
        assert f"({name})" in index
        headings = [line for line in page.splitlines() if line.startswith("## ")]
        assert headings == [
            "## What maps to what",
            "## What is better afterwards",
            "## What has no counterpart",
            "## Both side by side",
            "## To go back",
        ]
