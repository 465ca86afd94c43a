"""Checkouts on a disk, with and without git."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

POLICY = """\
applications:
  api: {image: ghcr.io/acme/api}
  web: {image: ghcr.io/acme/web}
environments:
  dev: {path: 'envs/dev/{application}', from: registry}
  prod: {path: 'envs/prod/{application}', from: dev}
"""


def manifest(reference: str) -> str:
    """A workload with one container."""
    return f"kind: Pod\nspec:\n  containers:\n    - name: main\n      image: {reference}\n"


FILES = {
    ".gitops.yml": POLICY,
    "envs/dev/api/pod.yaml": manifest("ghcr.io/acme/api:v1.0.0"),
    "envs/dev/web/pod.yaml": manifest("ghcr.io/acme/web:v1.5.0"),
    "envs/prod/api/pod.yaml": manifest("ghcr.io/acme/api:v1.0.0"),
    "envs/prod/web/pod.yaml": manifest("ghcr.io/acme/web:v1.4.0"),
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files, and return the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def commit(folder: Path) -> Path:
    """Make a repository of a folder, or a new commit in it."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=dana", "-c", "user.email=dana@acme.example", "commit", "--quiet", "-m", "change")
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Run git, and return what it says."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
