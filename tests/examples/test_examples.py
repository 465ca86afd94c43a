"""`examples/`: each policy is valid and reaches all its applications, and `plan` says so in the same words as ever.

`python -m tests.examples.write` writes the expected outputs anew; read their difference before you commit it.
"""

import json
from pathlib import Path

import pytest

from tests.cli.program import called
from tests.examples.plans import document, page, planned

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/.gitops.yml"))
GOLDEN = Path(__file__).parent / "golden"
LAYOUTS = {"argocd", "code-and-manifests", "compose", "flux", "helm-values", "kustomize-overlays"}


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


def test_the_documentation_shows_what_plan_says() -> None:
    text = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")

    assert page(planned(ROOT / "examples" / "kustomize-overlays")) in text


def test_the_documentation_shows_what_explain_says() -> None:
    text = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    ended = called("explain", "web", "prod", "--path", str(ROOT / "examples" / "kustomize-overlays"))

    assert ended.status == 0
    assert ended.out in text
