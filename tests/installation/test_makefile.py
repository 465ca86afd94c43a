"""`make` sets up .venv, or says in one sentence why it cannot, and leaves nothing half-made behind."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REAL = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"

PRETEND = """\
#!{real}
import runpy, subprocess, sys
sys.executable = sys.argv.pop(0)
{lie}
if sys.argv[0] == "-m":
    sys.exit(subprocess.call(["{real}", *sys.argv]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""A Python that is the real one, but for a lie."""

NO_ENSUREPIP = 'sys.modules["ensurepip"] = None'
FAILS_MIDWAY = """\
if sys.argv[:2] == ["-m", "venv"]:
    subprocess.check_call(["{real}", "-m", "venv", "--without-pip", *sys.argv[2:]])
    sys.exit("The virtual environment was not created successfully")
"""

Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return `make` in a folder that has the Makefile and a lock without packages, with a `python3` of the test's choice."""
    checkout, programs = tmp_path / "checkout", tmp_path / "programs"
    (checkout / "requirements").mkdir(parents=True)
    programs.mkdir()
    shutil.copy(ROOT / "Makefile", checkout)
    shutil.copy(ROOT / "requirements" / "create_environment.py", checkout / "requirements")
    (checkout / "requirements" / "demo.txt").touch()

    def run(*arguments: str, name: str = "python3", lie: str = "") -> subprocess.CompletedProcess[str]:
        python = programs / name
        python.write_text(PRETEND.format(real=REAL, lie=lie.format(real=REAL)))
        python.chmod(0o755)
        return subprocess.run(
            ["make", ".venv/.demo", *arguments],
            cwd=checkout,
            env={"PATH": f"{programs}:{os.environ['PATH']}"},  # not MAKEFLAGS, which `make test` sets
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    return tmp_path / "checkout" / ".venv"


def said(ended: subprocess.CompletedProcess[str]) -> str:
    """What was printed, without make's own line about the target that failed."""
    lines = (ended.stdout + ended.stderr).splitlines()
    return "\n".join(line for line in lines if not line.startswith("make"))


@pytest.mark.package
def test_an_environment_is_created_once_and_kept_whatever_python_is_found_later(make: Make, environment: Path) -> None:
    """Such as after `make PYTHON=python3.12 test` and a `git pull` that changes the lock."""
    assert said(make()) == "Setting up (once) …"
    assert (environment / "bin" / "pip").exists()
    assert said(make()) == ""

    (environment / "kept").touch()
    (environment / ".demo").unlink()
    assert said(make(lie="sys.version_info = (3, 9, 18)")) == "Setting up (once) …"
    assert (environment / "kept").exists()


def test_where_venv_is_missing_one_sentence_says_what_to_install(make: Make, environment: Path) -> None:
    """Debian and Ubuntu ship `ensurepip` in python3-venv."""
    ended = make(lie=NO_ENSUREPIP)

    version = ".".join(str(part) for part in sys.version_info[:3])
    assert ended.returncode == 2
    assert said(ended) == (
        f"python3 {version} cannot create a virtual environment, because its module ensurepip is missing: "
        "run `apt install python3-venv` (Debian, Ubuntu), then `make` again."
    )
    assert not environment.exists()


def test_the_package_has_the_name_of_the_python_that_lacks_it(make: Make) -> None:
    ended = make("PYTHON=python3.13", name="python3.13", lie=NO_ENSUREPIP)

    assert "`apt install python3.13-venv`" in ended.stderr


def test_a_python_that_is_too_old_is_named(make: Make, environment: Path) -> None:
    ended = make(lie="sys.version_info = (3, 9, 18)")

    assert ended.returncode == 2
    assert said(ended) == (
        "GitOps Bot needs Python 3.11 or newer, and python3 is 3.9.18: install a newer one and name it, "
        "such as `make PYTHON=python3.12 test`."
    )
    assert not environment.exists()


def test_a_python_that_is_not_there_is_named(make: Make, environment: Path) -> None:
    ended = make("PYTHON=python3.99")

    assert ended.returncode == 2
    assert said(ended) == (
        "python3.99 was not found: install Python 3.11 or newer, or name the one you have, "
        "such as `make PYTHON=python3.12 test`."
    )
    assert not environment.exists()


def test_a_failure_leaves_no_half_made_environment(make: Make, environment: Path) -> None:
    ended = make(lie=FAILS_MIDWAY)

    assert ended.returncode == 2
    assert said(ended).endswith("-m venv .venv --clear` failed, see above.")
    assert not environment.exists()


@pytest.mark.package
@pytest.mark.parametrize("broken", ["without pip", "without its Python"])
def test_an_environment_that_does_not_work_is_replaced(broken: str, make: Make, environment: Path) -> None:
    """A half-made one, of an earlier try without python3-venv; and one whose Python was uninstalled since."""
    subprocess.run([REAL, "-m", "venv", "--without-pip", environment], check=True)
    if broken == "without its Python":
        (environment / "bin" / "pip").touch()
        (environment / ".demo").touch()
        (environment / "bin" / "python").unlink()
        (environment / "bin" / "python").symlink_to("/nonexistent/python3")

    ended = make()

    assert ended.returncode == 0
    assert said(ended) == "Replacing .venv, which is incomplete.\nSetting up (once) …"
    assert subprocess.run([environment / "bin" / "python", "-m", "pip", "--version"], check=True, capture_output=True)


def test_a_folder_that_is_no_environment_is_not_emptied(make: Make, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter").touch()

    make(f"VENV={mine}", f"{mine}/.demo", lie=FAILS_MIDWAY)

    assert (mine / "letter").exists()


def test_the_script_can_be_read_by_a_python_that_is_too_old() -> None:
    ast.parse((ROOT / "requirements" / "create_environment.py").read_text(encoding="utf-8"), feature_version=(3, 4))
