"""Kustomize itself as the judge: what it renders runs the version that was set."""

import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.core.values.images import Reference
from tests.manifests.golden import Case, all_cases

KUBECTL = Path(__file__).parents[2] / ".cache" / "kubectl" / "kubectl"
IMAGES = ["ghcr.io/acme/web", "web", "nginx", "ghcr.io/acme/web-worker"]
BASE = """\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec:
  template:
    spec:
      containers:
"""
CASES = [
    case
    for case in all_cases()
    if case.name.startswith("kustomize/") and b"resources: [../../base]" in b"".join(case.after.values())
]

pytestmark = pytest.mark.helm


@pytest.mark.parametrize("case", [case for case in CASES if case.after != case.before], ids=lambda case: case.name)
def test_kustomize_renders_the_version_that_was_set(case: Case, tmp_path: Path) -> None:
    assert KUBECTL.exists(), "kubectl is not there: run `make helm`, which installs it first"
    deployment = BASE + "".join(
        f"        - {{name: c{number}, image: {image}}}\n" for number, image in enumerate(IMAGES)
    )
    overlay = tmp_path / "overlays" / "prod"
    write(
        tmp_path / "base",
        {"deployment.yaml": deployment.encode(), "kustomization.yaml": b"resources: [deployment.yaml]\n"},
    )
    write(overlay, {"kustomization.yaml": case.after["kustomization.yaml"]})
    reference = shlex.split((case.folder / "command").read_text("utf-8"))[1]

    changed = [image for old, image in zip(IMAGES, rendered(overlay), strict=True) if old != image]

    assert changed
    for image in changed:
        assert Reference.parse(image.removesuffix("-distroless")) == Reference.parse(reference)


def write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def rendered(folder: Path) -> list[str]:
    """The images that a Kustomization runs."""
    done = subprocess.run([KUBECTL, "kustomize", str(folder)], capture_output=True, text=True, check=True, timeout=60)
    deployment = yaml.safe_load(done.stdout)
    return [container["image"] for container in deployment["spec"]["template"]["spec"]["containers"]]
