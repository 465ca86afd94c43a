"""What a drafted policy would do first, and the pages that tell people."""

import re

from bot.core.repository.first_policy import Way
from bot.detection import Draft, first_promotions, images_to_ask, suggestion
from tests.detection.trees import deployment, drafted, kustomization

WEB = "ghcr.io/acme/web"


def web(tags: dict[str, str], *, image: str = WEB) -> Draft:
    """A repository in which web has these tags."""
    return drafted({f"envs/{each}/web/kustomization.yaml": kustomization(image, tag) for each, tag in tags.items()})


def moves(found: Draft, tags: dict[str, tuple[str, ...]]) -> list[tuple[str, str, str, str]]:
    """Environment, version before and after, and where it comes from."""
    return [(each.environment, each.before, each.after, each.origin) for each in first_promotions(found, tags)]


def test_newer_versions_come_from_the_registry_and_from_the_environment_before() -> None:
    found = web({"dev": "1.1.0", "staging": "1.0.0", "prod": "1.0.0"})
    assert images_to_ask(found) == {"web": WEB}
    assert moves(found, {"web": ("1.0.0", "1.2.0", "latest")}) == [
        ("dev", "1.1.0", "1.2.0", "registry"),
        ("staging", "1.0.0", "1.1.0", "dev"),
    ]
    assert moves(found, {}) == [("staging", "1.0.0", "1.1.0", "dev")]


def test_older_ones_and_what_has_no_order_move_nothing() -> None:
    assert moves(web({"dev": "1.0.0", "prod": "1.1.0"}), {"web": ("0.9.0",)}) == []
    commits = web({"dev": "abcdef1", "prod": "abcdef2"})
    assert images_to_ask(commits) == {}
    assert moves(commits, {"web": ("abcdef3",)}) == []


def test_no_more_than_ten_are_shown() -> None:
    files = {
        f"envs/{each}/app{number}/kustomization.yaml": kustomization(f"ghcr.io/acme/app{number}", tag)
        for each, tag in (("dev", "2.0.0"), ("prod", "1.0.0"))
        for number in range(20)
    }
    found = drafted(files)
    assert len(images_to_ask(found)) == 10
    assert len(first_promotions(found, {})) == 10


def test_the_page_of_the_pull_request() -> None:
    found = web({"dev": "1.1.0", "prod": "1.0.0"})
    suggested = suggestion(found, first_promotions(found, {}))
    assert suggested is not None
    assert suggested.way is Way.PULL_REQUEST
    assert "| `web` | `prod` | `1.0.0` → `1.1.0` | `dev` |" in suggested.page
    assert "| `prod` | `dev` | a person opens promotions |" in suggested.page
    assert suggested.page.endswith("<!-- gitops-bot first policy -->\n")
    assert suggested.text == found.text


def test_names_in_the_repository_cannot_inject_anything() -> None:
    evil = "x`]<img src=a>@acme"
    files = {f"envs/{each}/web/{evil}.yaml": deployment(f"{WEB}:1.0.0") for each in ("dev", "prod")}
    policy = "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\n"
    policy += f"metadata: {{name: '{evil}'}}\nspec: {{git: {{push: {{branch: '{evil}'}}}}}}\n"
    found = drafted({**files, f"base/{evil}.yaml": deployment("ghcr.io/acme/shared:1"), "flux.yaml": policy})
    suggested = suggestion(found, ())
    assert suggested is not None
    for page in (suggested.page, suggested.asked):
        outside = re.sub(r"````yaml.*?````|`[^`]*`", "", page, flags=re.DOTALL)
        assert "<img" not in outside
        assert "@acme" not in outside


def test_a_program_with_its_chart_is_left_in_peace() -> None:
    chart = {"chart/values.yaml": f"image: {{repository: {WEB}, tag: '1'}}\n"}
    assert suggestion(drafted({**chart, "Dockerfile": ""}), ()) is None
    assert suggestion(drafted(chart), ()) is None
    assert suggestion(drafted({}), ()) is None


def test_where_flux_deploys_ranges_it_asks() -> None:
    # fluxcd/flux2-kustomize-helm-example
    release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {chart: {spec: {version: '>=1.0.0'}}}\n"
    suggested = suggestion(drafted({"apps/staging/web.yaml": release, "apps/production/web.yaml": release}), ())
    assert suggested is not None
    assert suggested.way is Way.ISSUE
    assert "2 HelmReleases" in suggested.asked
    assert suggested.text == ""
