"""Which tests run which lines: recorded once with coverage's contexts, and kept until the program or its tests change."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "mutants"
RECORDED = CACHE / "recorded"
SEEING = ("core", "github", "queue", "registries", "passes", "assembly", "scenarios", "web")
"""The folders of tests that can notice a mutation."""

Hashes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Covering:
    """seconds: test → how long it took, by the report's names. changed: the test files that are newer than the recording."""

    data: CoverageData
    seconds: Mapping[str, float]
    changed: Sequence[str]

    def _contexts(self, path: str, lines: Iterable[int] | None = None) -> set[str]:
        """Which tests ran any of the lines, or any line of the file."""
        name = next((one for one in self.data.measured_files() if one.endswith(f"/{path}")), None)
        known = self.data.contexts_by_lineno(name) if name else {}
        return {context for line in lines or known for context in known.get(line, ()) if context}

    def tests(self, path: str, first: int, last: int, *, most_seconds: float) -> list[str]:
        """Return the tests that run any of the lines, the quickest first, as many as fit into `most_seconds`."""
        contexts = self._contexts(path, range(first, last + 1)) or self._contexts(path)
        if not contexts:  # what only runs at import is seen through those who import it
            contexts = {context for importer in _importers(path) for context in self._contexts(importer)}
        tests = {context.rpartition("|")[0] for context in contexts}
        chosen: list[str] = []
        left = most_seconds
        for seconds, test in sorted((self.seconds.get(_in_the_report(test), 1.0), test) for test in tests):
            left -= seconds
            if left < 0 and chosen:
                break
            chosen.append(test)
        return chosen


def _importers(path: str) -> list[str]:
    """Return the program's files that import a module."""
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return [
        name
        for name in files_of_the_tree()
        if name.startswith("bot/") and name.endswith(".py") and f"from {module} " in (ROOT / name).read_text("utf-8")
    ]


def files_of_the_tree() -> list[str]:
    """Return every file that is committed or about to be."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def copy_the_tree(target: Path) -> None:
    """Make `target` a copy of the working tree, where mutants may live and nobody edits."""
    for name in files_of_the_tree():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)


def covering(*, fresh: bool) -> Covering:
    """Return the recording; made when there is none, when it is too old for the program, or when `fresh` asks for it."""
    current = _hashes(files_of_the_tree())
    known = _known_hashes()
    if fresh or _program(known) != _program(current):
        _record(current)
        known = current
    data = CoverageData(str(RECORDED / ".coverage"))
    data.read()
    changed = [name for name in _tests(current) if current[name] != known.get(name)]
    return Covering(data=data, seconds=_seconds(RECORDED / "junit.xml"), changed=changed)


def _record(hashes: Hashes) -> None:
    print("recording which tests run which lines (once for each state of the program; minutes) …", flush=True)
    shutil.rmtree(RECORDED, ignore_errors=True)
    copy_the_tree(RECORDED)
    folders = [f"tests/{name}" for name in SEEING]
    command = [sys.executable, "-m", "pytest", *folders, "-q", "-n", "auto", "--dist", "worksteal", "-m", plain()]
    options = ["--cov", "--cov-report=", "--cov-context=test", "--junitxml=junit.xml", "-o", "timeout=600"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run([*command, *options], cwd=RECORDED, env=environment, check=False)
    if done.returncode:
        raise SystemExit("the tests fail without any mutation; mend them first")
    (RECORDED / "hashes.json").write_text(json.dumps(hashes))


def plain() -> str:
    """Return the expression of the tests that need nothing but Python, from the Makefile."""
    line = next(line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if line.startswith("PLAIN "))
    return line.partition(":= ")[2]


def _hashes(names: Iterable[str]) -> Hashes:
    return {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in names if name.endswith(".py")}


def _known_hashes() -> Hashes:
    file = RECORDED / "hashes.json"
    known: Hashes = json.loads(file.read_text()) if file.exists() else {}
    return known


def _program(hashes: Hashes) -> Hashes:
    return {name: digest for name, digest in hashes.items() if name.startswith("bot/") and "/simulator/" not in name}


def _tests(hashes: Hashes) -> list[str]:
    folders = tuple(f"tests/{folder}/" for folder in SEEING)
    return [name for name in hashes if name.startswith(folders) and Path(name).name.startswith("test_")]


def _seconds(junit: Path) -> Mapping[str, float]:
    """Test, as the report calls it → seconds."""
    cases = ET.parse(junit).iter("testcase")  # noqa: S314 -- our own test run wrote it
    return {f"{case.get('classname')}.{case.get('name')}": float(case.get("time", "0")) for case in cases}


def _in_the_report(test: str) -> str:
    """What the report calls a test: `tests.core.test_x.TestY.test_z[a::b]`."""
    name, bracket, parameters = test.partition("[")
    return name.replace(".py::", ".").replace("::", ".").replace("/", ".") + bracket + parameters
