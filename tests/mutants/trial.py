"""One mutant's trial: its tests, in a process forked from one that has the libraries loaded already."""

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from types import FrameType

import pytest

LIBRARIES = (
    "aiohttp.web", "cachetools", "cryptography.hazmat.primitives.asymmetric.rsa", "gidgethub.aiohttp", "graphql", "hypothesis",
    "jinja2", "jsonschema", "jwt", "markdown_it", "pydantic", "pygit2", "pytest_asyncio", "pytest_timeout", "re2",
    "referencing", "ruamel.yaml", "semver", "sqlite3", "trustme", "yaml",
)  # fmt: skip
"""What the tests import, beside our own modules: those are loaded anew for every mutant."""

OPTIONS = (
    "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip
"""The libraries are loaded before pytest could rewrite their asserts, and it warns of that."""

NOTICED = "noticed.txt"
"""Where a trial leaves the name of the test that failed."""

ALL_PASSED = 0
NOTHING_RAN = 5


class Verdict(Enum):
    """What became of a mutant."""

    DETECTED = "detected"
    TIMEOUT = "detected (time)"
    SURVIVED = "SURVIVED"
    UNTESTED = "SURVIVED (no test runs it)"
    EQUIVALENT = "equivalent"

    @property
    def survived(self) -> bool:
        """Whether no test noticed."""
        return self in {Verdict.SURVIVED, Verdict.UNTESTED}


def preload() -> None:
    """Load the libraries, so that no fork has to."""
    for name in LIBRARIES:
        importlib.import_module(name)


def judge(tree: Path, tests: Sequence[str], *, seconds: float) -> Verdict:
    """Return what the tests say of the mutant that stands in `tree`. `tests` are ids, or files of which all tests run."""
    if not tests:
        return Verdict.UNTESTED
    child = os.fork()
    if child == 0:
        _run(tree, tests)
    timed_out = False

    def too_long(_number: int, _frame: FrameType | None) -> None:
        nonlocal timed_out
        timed_out = True
        os.killpg(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _, status = os.waitpid(child, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    if timed_out:
        return Verdict.TIMEOUT
    code = os.waitstatus_to_exitcode(status)
    if code == NOTHING_RAN:
        return Verdict.UNTESTED
    return Verdict.SURVIVED if code == ALL_PASSED else Verdict.DETECTED


def _run(tree: Path, tests: Sequence[str]) -> None:
    """Run the tests in this process, and end it."""
    os.setpgid(0, 0)
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    silent = os.open(tree / "trial.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(silent, stream)
    files = sorted({test.partition("::")[0] for test in tests})
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(tree / ".hypothesis")
    code = 2
    try:
        code = pytest.main(
            ["-x", "-q", "--no-header", *OPTIONS, *files],
            plugins=[_Selection(tests), _Failed(tree / NOTICED)],
        )
    except BaseException:  # noqa: BLE001 -- this process ends here, and the log is what is left of it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))


class _Failed:
    """Notes which test failed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._file.write_text("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note it."""
        if report.failed:
            self._file.write_text(report.nodeid)


class _Selection:
    """Leaves out every test that was not asked for, and runs the others in the order of the question."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._places = {test: place for place, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Select and order; a file's name stands for all of its tests."""
        chosen = [item for item in items if self._place(item) is not None]
        config.hook.pytest_deselected(items=[item for item in items if self._place(item) is None])
        items[:] = sorted(chosen, key=lambda item: self._place(item) or 0)

    def _place(self, item: pytest.Item) -> int | None:
        return self._places.get(item.nodeid, self._places.get(item.nodeid.partition("::")[0]))
