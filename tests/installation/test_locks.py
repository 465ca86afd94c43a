"""The locks pin all that the installed packages require, extra by extra, and the documentation installs nothing else.

This reads what `make` installed; `make test-locks` installs every lock into environments of its own, and asks them the same.
"""

from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

from tests.installation.lock_file import FOLDER, LOCKS, not_installed, not_pinned, read_lock
from tests.installation.pip_commands import PAGES, PROGRAMS, documented, installations, locked

HERE = sorted(LOCKS.keys() - {"deploy", "docs", "helm"})
"""What the environment of the tests holds; the others have one each."""


@pytest.mark.parametrize("name", HERE)
def test_all_that_is_required_is_pinned_with_its_extra(name: str) -> None:
    pins, installed = read_lock(LOCKS[name].read_text(encoding="utf-8")), list(distributions())

    assert not_installed(pins, installed) == [], "set up again: make .venv/.dev"
    assert not_pinned(pins, installed) == [], "a pip before 23.3 needs a line for each, with just these extras"


def test_the_lock_script_keeps_extras_and_writes_no_address() -> None:
    script = (FOLDER / "update.sh").read_text(encoding="utf-8")

    assert "--no-strip-extras" in script
    assert "--generate-hashes" in script
    assert "--no-emit-index-url" in script
    assert [path.name for path in LOCKS.values() if "://" in path.read_text(encoding="utf-8")] == []


# --- the check can fail


def package(folder: Path, name: str, *requires: str, extras: tuple[str, ...] = ()) -> None:
    """Write the metadata of an installed package, release 1."""
    lines = [f"Provides-Extra: {extra}" for extra in extras] + [f"Requires-Dist: {each}" for each in requires]
    place = folder / f"{name}-1.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", f"Name: {name}", "Version: 1", *lines, ""]))


@pytest.fixture
def installed(tmp_path: Path) -> list[Distribution]:
    package(tmp_path, "pytest_cov", "coverage[toml]>=7", "pluggy", 'colour[ansi] ; sys_platform == "win32"')
    package(tmp_path, "coverage", 'tomli ; python_version < "3.11" and extra == "toml"', extras=("toml",))
    package(tmp_path, "pluggy", 'tox[all] ; extra == "dev"', 'typing ; python_version < "3.9"', extras=("dev",))
    package(tmp_path, "colour", 'backport[x] ; python_version >= "3.14" and extra == "ansi"', extras=("ansi",))
    return list(distributions(path=[str(tmp_path)]))


GOOD = (
    "pytest-cov==1",
    "coverage[toml]==1",
    "pluggy==1",
    "colour[ansi]==1 ; sys_platform == 'win32'",
    "backport[x]==1",
)


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        pytest.param(GOOD, [], id="complete"),
        pytest.param(
            [line.replace("[toml]", "") for line in GOOD],
            ["pytest-cov requires coverage[toml]>=7"],
            id="extra stripped",
        ),
        pytest.param(
            [line.replace("[toml]", "[lxml,toml]") for line in GOOD],
            ["pytest-cov requires coverage[toml]>=7"],
            id="another set of extras",
        ),
        pytest.param(
            [line.replace("pluggy", "pluggy[testing]") for line in GOOD],
            ["pytest-cov requires pluggy"],
            id="only with an extra",
        ),
        pytest.param(
            [line.replace("win32", "darwin") for line in GOOD],
            ['pytest-cov requires colour[ansi]; sys_platform == "win32"'],
            id="for another platform",
        ),
        pytest.param(
            GOOD[:-1],
            ['colour requires backport[x]; python_version >= "3.14" and extra == "ansi"'],
            id="for another Python",
        ),
        pytest.param(
            [line.replace("pluggy", "pluggy[dev]") for line in GOOD] + ["pluggy==1"],
            ['pluggy requires tox[all]; extra == "dev"'],
            id="of an extra",
        ),
    ],
)
def test_a_lock_that_leaves_something_out_is_told(
    lines: list[str], missing: list[str], installed: list[Distribution]
) -> None:
    pins = read_lock("".join(f"{line} \\\n    --hash=sha256:00\n" for line in lines))

    assert not_pinned(pins, installed) == missing


def test_another_release_than_the_lock_is_told(installed: list[Distribution]) -> None:
    lines = ("coverage[toml]==2", "pluggy==1", "never-heard-of==1", "only-elsewhere==1 ; sys_platform == 'other'")
    pins = read_lock("".join(f"{line} --hash=sha256:00\n" for line in lines))

    assert not_installed(pins, installed) == ["coverage==2", "never-heard-of==1"]


@pytest.mark.parametrize("line", ["pluggy>=1 --hash=sha256:00", "pluggy==1", "pluggy --hash=sha256:00"])
def test_a_line_that_is_not_pinned_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="pluggy is not pinned"):
        read_lock(line)


# --- what is documented, and what our programs run


@pytest.mark.parametrize("path", [*PAGES, *PROGRAMS], ids=lambda path: path.name)
def test_nothing_is_installed_but_what_is_locked(path: Path) -> None:
    """`pip install --no-deps .` alone would fetch the newest setuptools to build with."""
    assert [each for each in installations(path.read_text(encoding="utf-8")) if not locked(each)] == []


def test_the_commands_are_found() -> None:
    found = {path.name: len(installations(path.read_text(encoding="utf-8"))) for path in PROGRAMS}

    assert found["Makefile"] >= 4
    assert found["Dockerfile"] >= 4
    assert found["run"] >= 4
    assert ["--require-hashes" in each for each in documented()] == [True, False]
