"""Render deploy/ with Helm and Kustomize themselves. `make test-deploy` installs both beside .venv."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "gitops-bot"
KUSTOMIZE = ROOT / "deploy" / "kustomize"
PLACEHOLDER = "registry.example.com/gitops-bot"

_RENDER = """
import helm_python, json, sys
chart = helm_python.Chart.load(sys.argv[1])
def rendered(values):
    try:
        chart.validate_schema(values)
        return {"files": chart.render(values, name="gitops-bot", namespace="gitops")}
    except helm_python.HelmError as error:
        return {"error": str(error)}
print(json.dumps([rendered(values) for values in json.load(sys.stdin)]))
"""

Object = dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    """The objects that would be applied, and what Helm shows after an installation."""

    text: str
    notes: str = ""

    @cached_property
    def objects(self) -> list[Object]:
        """Return every object, in order."""
        return [each for each in yaml.safe_load_all(self.text) if each]

    def of(self, kind: str) -> list[Object]:
        """Return the objects of a kind."""
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind: str) -> Object:
        """Return the only object of a kind."""
        (found,) = self.of(kind)
        return found

    @property
    def pod(self) -> Object:
        """Return the Deployment's pod specification."""
        return dict(self.one("Deployment")["spec"]["template"]["spec"])

    @property
    def container(self) -> Object:
        """Return the pod's only container."""
        (found,) = self.pod["containers"]
        return dict(found)

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the variables that the manifest itself sets."""
        return {each["name"]: each["value"] for each in self.container.get("env", [])}


def helm(each: Sequence[Mapping[str, object]]) -> list[Rendered | str]:
    """Render the chart with each of these values: objects, or Helm's error. One process, since Helm is slow to load."""
    done = subprocess.run(
        [ROOT / ".cache" / "helm" / "bin" / "python", "-c", _RENDER, CHART],
        input=json.dumps(each),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return [_rendered(answer) for answer in json.loads(done.stdout)]


def _rendered(answer: Mapping[str, Any]) -> Rendered | str:
    if "error" in answer:
        return str(answer["error"])
    files = dict(answer["files"])
    notes = files.pop(f"{CHART.name}/templates/NOTES.txt")
    return Rendered("\n---\n".join(files.values()), notes)


def kustomize(folder: Path) -> Rendered:
    """Build a folder with the Kustomize of kubectl."""
    kubectl = ROOT / ".cache" / "kubectl" / "kubectl"
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return Rendered(done.stdout)


def with_components(folder: Path, *components: str) -> Rendered:
    """Build the base with these components, in a copy below a folder."""
    copy = folder / "kustomize"
    shutil.copytree(KUSTOMIZE, copy)
    overlay = copy / "overlay"
    overlay.mkdir()
    lines = {"resources": ["../base"], "components": [f"../components/{each}" for each in components]}
    (overlay / "kustomization.yaml").write_text(json.dumps(lines))
    return kustomize(overlay)
