"""Plants bugs, one at a time, and sees whether the simulation or a test notices: this shows that the proof works.

Each bug is a replacement of text in a copy of the program. `make planted` first runs everything on the copy without a bug, as a
control: what fails there notices nothing. A bug whose text is no longer in the program is an error, so the list stays true.

`make planted ARGS="--by simulation"` tells random stories instead, which know nothing of the bug, until one breaks a promise.
So it shows what the simulation finds where nobody has thought of a test. That takes hours.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.simulation.bugs import BUGS, Bug

ROOT = Path(__file__).parents[2]
COPIED = ("bot", "tests", "docs", "examples", "pyproject.toml", "app.yml", "README.md", "requirements", "Makefile")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 where every bug is noticed, and nothing is without one."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted", description=__doc__)
    parser.add_argument("--only", default="", help="bugs whose name contains this")
    parser.add_argument("--by", choices=("tests", "simulation"), default="tests", help="what has to notice them")
    parser.add_argument("--seeds", type=int, default=40, help="by simulation: how many stories at most")
    parser.add_argument("--steps", type=int, default=40, help="by simulation: steps of each story")
    options = parser.parse_args(arguments)
    chosen = [bug for bug in BUGS if options.only in bug.name]
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        tree = copied(Path(folder))
        notice = partial(broken, seeds=options.seeds, steps=options.steps) if options.by == "simulation" else failing
        without = notice(tree, chosen)
        if without:
            print(f"noticed without any bug, so there is nothing to learn from that: {without}")
            return 1
        missed = [bug.name for bug in chosen if not noticed(tree, bug, notice)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} planted bugs were noticed")
    return 1 if missed else 0


def copied(folder: Path) -> Path:
    """Copy the program and its tests, to be changed."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def planted(text: str, bug: Bug) -> str:
    """Return the text with the bug. Raises ValueError where there is no one place for it."""
    if text.count(bug.old) != 1:
        raise ValueError(f"{bug.file} has {text.count(bug.old)} places for the bug '{bug.name}'; expected one")
    return text.replace(bug.old, bug.new)


Notice = Callable[[Path, Sequence[Bug]], str]
"""Looks for a sign of these bugs in a tree. Returns what it saw, '' for nothing."""


def noticed(tree: Path, bug: Bug, notice: Notice) -> bool:
    """Report whether the bug is noticed, and say so."""
    file = tree / bug.file
    text = file.read_text()
    file.write_text(planted(text, bug))
    try:
        found = notice(tree, [bug])
    finally:
        file.write_text(text)
    print(f"{'noticed' if found else 'MISSED '}  {bug.name}{f': {found}' if found else ''}", flush=True)
    return bool(found)


def failing(tree: Path, bugs: Sequence[Bug]) -> str:
    """Run the tests that are named for these bugs."""
    tests = sorted({test for bug in bugs for test in bug.by})
    return "a test fails" if failed(tree, tests) else ""


def broken(tree: Path, _: Sequence[Bug], *, seeds: int, steps: int) -> str:
    """Tell random stories until one breaks a promise, or cannot be told. Returns which, and what it broke."""
    told = ["--first", "0", "--group", "0", "--seeds", str(seeds), "--steps", str(steps), "--stop"]
    ended = _run(tree, ["tests.simulation", *told])
    if ended.returncode == 0:
        return ""
    lines = ended.stdout.splitlines() or ended.stderr.splitlines()[-1:]
    return " ".join(line.strip() for line in lines[:2]) or "no story could be told"


def failed(tree: Path, tests: Sequence[str]) -> bool:
    """Run tests in the tree, each alone in its process, and report whether one failed."""
    return _run(tree, ["pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]).returncode == 1


def _run(tree: Path, module: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a module of the tree, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", *module]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
