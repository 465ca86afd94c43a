"""`examples/`: each policy is valid and reaches all its applications, and `plan` says so in the same words as ever.

`python -m tests.examples.write` writes the expected outputs anew; read their difference before you commit it.
"""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.program import called
from tests.examples.plans import document, page, planned

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/.gitops.yml"))
FLEET = ROOT / "examples" / "fleet"
GOLDEN = Path(__file__).parent / "golden"
LAYOUTS = {"argocd", "fleet", "code-and-manifests", "compose", "env-files", "flux", "helm-values", "kustomize-overlays"}


def test_every_layout_has_an_example() -> None:
    assert {path.name for path in EXAMPLES} >= LAYOUTS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_policy_reaches_every_application_everywhere(example: Path) -> None:
    plan = planned(example)

    assert plan.problems == ()
    assert [row for row in plan.rows if row.used and not row.places] == []
    assert [row for row in plan.rows if row.used and row.version is None] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_people_read_what_they_always_did(example: Path) -> None:
    plan = planned(example)

    assert page(plan, with_changes=True) == (GOLDEN / f"{example.name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_programs_read_what_they_always_did(example: Path) -> None:
    expected = (GOLDEN / f"{example.name}.json").read_text(encoding="utf-8")

    assert json.loads(document(planned(example))) == json.loads(expected)


def test_the_index_lists_every_example() -> None:
    index = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in EXAMPLES if f"({path.name}/" not in index] == []


def lines_that_count(policy: str) -> list[str]:
    """Return the lines that are neither blank nor a comment."""
    return [line for line in policy.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def test_a_page_describes_a_fleet() -> None:
    ended = called("plan", str(FLEET), "--offline", "--json", settings={"HOME": "/nowhere"})
    rows = json.loads(ended.out)["rows"]

    assert (ended.status, ended.err) == (0, "")
    assert len(lines_that_count((FLEET / ".gitops.yml").read_text(encoding="utf-8"))) <= 30
    assert len({row["application"] for row in rows}) == 50
    assert len({row["environment"] for row in rows}) == 3
    assert len([row for row in rows if row["version"]]) >= 140
    assert [row for row in rows if not row["version"]] != []  # not all are in all


def test_a_folder_that_is_copied_is_a_new_application(tmp_path: Path) -> None:
    shutil.copytree(FLEET, tmp_path / "fleet")
    for environment in ("dev", "staging", "prod"):
        envs = tmp_path / "fleet" / "envs" / environment
        shutil.copytree(envs / "search", envs / "recall")

    before, after = planned(FLEET), planned(tmp_path / "fleet")

    assert {row.application for row in after.rows} - {row.application for row in before.rows} == {"recall"}
    versions = {row.environment: row.version for row in after.rows if row.application == "search"}
    assert {row.environment: row.version for row in after.rows if row.application == "recall"} == versions
    assert after.problems == ()


def test_versions_pass_through_an_environment_that_an_application_does_not_use() -> None:
    rows = {(row.application, row.environment): row for row in planned(FLEET).rows}
    prod = rows["analytics", "prod"]
    origin = next(judged for judged in prod.verdicts if judged.verdict.gate == "from")

    assert not rows["analytics", "staging"].used
    assert prod.candidate == rows["analytics", "dev"].version
    assert origin.reason == "dev runs it"


def test_the_documentation_shows_what_plan_says() -> None:
    text = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")

    assert page(planned(ROOT / "examples" / "kustomize-overlays")) in text


def test_the_documentation_shows_what_explain_says() -> None:
    text = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    ended = called("explain", "web", "prod", "--path", str(ROOT / "examples" / "kustomize-overlays"))

    assert ended.status == 0
    assert ended.out in text
