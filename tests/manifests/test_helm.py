"""Helm itself as the judge: a chart rendered with the values before and after runs the version that was set, and no other.

Helm's own reader and templates turn the values into images, so a tag that lost its quotes and became a number would show.
Helm comes as a library in an environment of its own, since it is 240 MB; `make helm` makes it.
"""

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.core.values.images import Reference
from bot.manifests import blob_id
from tests.manifests.golden import Case, all_cases

pytestmark = pytest.mark.helm

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".cache" / "helm" / "bin" / "python"
CHART = Path(__file__).parent / "chart"
RENDER = """
import helm_python, json, sys
print(json.dumps([helm_python.Chart.load(folder).render({}) for folder in sys.argv[1:]]))
"""
NOT_FOR_HELM = {
    "helm/image-with-sibling-version": "a custom resource and no values",
    "helm/version-as-tag": "the chart of these values calls the tag `version`",
    "helm/complex-keys": "Helm itself refuses such values",
    "helm/global-registry-unreadable": "the chart of these values has a registry that only it can read",
    "helm/global-registry-unused": "the chart of these values does not look at the global registry",
}
CASES = [
    case
    for case in all_cases()
    if case.name.startswith("helm/") and case.after != case.before and case.name not in NOT_FOR_HELM
]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """What the chart runs with the values of each case, before and after; by one process, since Helm is slow to load."""
    folder = tmp_path_factory.mktemp("charts")
    charts = [chart(folder / each.name, values) for each in CASES for values in both(each)]
    done = subprocess.run([PYTHON, "-c", RENDER, *charts], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    listed = [yaml.safe_load(files["any/templates/images.yaml"])["images"] for files in json.loads(done.stdout)]
    return {each.name: listed[2 * number : 2 * number + 2] for number, each in enumerate(CASES)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_helm_renders_the_version_that_was_set(case: Case, images: dict[str, list[list[str]]]) -> None:
    wanted = Reference.parse(shlex.split((case.folder / "command").read_text("utf-8"))[1])

    changed = [(old, new) for old, new in zip(*images[case.name], strict=True) if old != new]

    assert changed
    for old, new in changed:
        assert Reference.parse(new) == wanted
        assert Reference.parse(old).name == wanted.name


def both(case: Case) -> tuple[bytes, bytes]:
    """The values of a case, before and after."""
    [name] = case.after
    return case.before[name], case.after[name]


def chart(folder: Path, values: bytes) -> Path:
    """Return the chart with these values in a new folder."""
    target = folder / blob_id(values)
    shutil.copytree(CHART, target, dirs_exist_ok=True)
    (target / "values.yaml").write_bytes(values)
    return target
