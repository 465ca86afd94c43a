"""Every lock, the documented installation and `make`, with old and new pips, while every package has a newer release.

The packages come once from where this machine's pip is told to look; then an index on loopback offers them beside a newer
release of each. A pip that finds anything left to choose fails there today, and not on the day of the next release.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from bot import __version__
from tests.installation.lock_file import FOLDER, LOCKS, PYTHONS, applies, here, not_installed, not_pinned, read_lock
from tests.installation.package_index import add_newer_release, serving
from tests.installation.pip_commands import documented

pytestmark = [pytest.mark.locks, pytest.mark.timeout(400)]

ROOT = FOLDER.parent
BUNDLED = {"3.11.0": "22.3", "3.12.0": "23.2.1", "3.13.0": "24.2", "3.14.0": "25.2"}
"""The pip that the first release of each supported Python brings along: `ensurepip` in CPython's sources."""
OLDEST, NEWEST = BUNDLED["3.11.0"], "newest"

HASHES = "--require-hashes"


@dataclass(frozen=True, slots=True)
class World:
    """Files of packages. wheels: all that the locks name, and a newer release of each. pips: the pips, by version."""

    wheels: tuple[Path, ...]
    pips: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with a pip of the test's choice, which knows no index but the one on loopback."""

    folder: Path
    url: str

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    async def run(self, *command: str | Path, cwd: Path | None = None) -> tuple[int, str]:
        """Run a program that finds this environment first; return its status and all that it said."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=cwd,
            env={
                "PATH": f"{self.python.parent}:{os.defpath}",
                "HOME": str(self.folder),
                "LANG": "C.UTF-8",
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_INDEX_URL": self.url,
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PIP_NO_CACHE_DIR": "1",
                "PIP_NO_COMPILE": "1",
                "PIP_QUIET": "1",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def pip(self, *arguments: str | Path) -> tuple[int, str]:
        """Run this environment's pip."""
        return await self.run(self.python, "-m", "pip", *arguments)

    def installed(self) -> list[Distribution]:
        """Return what is installed, pip included."""
        return list(distributions(path=[str(place) for place in self.folder.glob("lib/python*/site-packages")]))

    def holds(self, *locks: str) -> None:
        """Fail unless it holds exactly what the locks name, and that requires nothing that they do not pin."""
        pins = [pin for lock in locks for pin in read_lock(LOCKS[lock].read_text(encoding="utf-8"))]
        installed = self.installed()
        expected = {canonicalize_name(pin.name) for pin in pins if applies(pin.marker, here())}
        found = {canonicalize_name(each.name) for each in installed}
        assert found - {"pip", "gitops-bot"} == expected
        assert not_installed(pins, installed) == []
        assert not_pinned(pins, installed) == []


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    download(
        *((folder / version, f"pip=={version}") for version in BUNDLED.values()),
        (folder / NEWEST, "pip"),
        *((folder / "wheels", HASHES, "-r", lock) for lock in together()),
    )
    wheels = tuple((folder / "wheels").iterdir())
    pips = {version: next((folder / version).iterdir()) for version in (*BUNDLED.values(), NEWEST)}
    yield World((*wheels, *(add_newer_release(wheel) for wheel in wheels)), pips)
    shutil.rmtree(folder)


def together() -> list[Path]:
    """Return the locks that have all pins of all locks: without those whose pins another has."""
    pins = {path: {str(pin) for pin in read_lock(path.read_text(encoding="utf-8"))} for path in LOCKS.values()}
    return [path for path, own in pins.items() if not any(own < others for others in pins.values())]


def download(*downloads: tuple[Path | str, ...], pip: tuple[Path | str, ...] = ("-m", "pip")) -> None:
    """Fetch wheels into a folder, as this machine's pip is configured; all downloads at once."""
    command = [sys.executable, *pip, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest"]
    running = [subprocess.Popen([*command, *arguments]) for arguments in downloads]
    assert [process.wait() for process in running] == [0] * len(running)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that is gone afterwards: an environment has up to 300 MB, and pytest keeps `tmp_path` for three runs."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def create(folder: Path, pip: Path, url: str) -> Environment:
    """Create an environment that has nothing but this pip."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(pip) as archive:
        archive.extractall(packages)
    script = folder / "bin" / "pip"
    script.write_text('#!/bin/sh\nexec python -m pip "$@"\n')
    script.chmod(0o755)
    return Environment(folder, url)


def checkout(folder: Path) -> Path:
    """Copy what an installation reads."""
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("bot", "requirements"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


# --- the world is as it says


async def test_a_pip_that_may_choose_takes_the_newer_release(world: World, folder: Path) -> None:
    async with serving(world.wheels) as url:
        environment = create(folder / "environment", world.pips[OLDEST], url)
        assert await environment.pip("install", "pluggy") == (0, "")

    assert {"pluggy": "9999"}.items() <= {each.name: each.version for each in environment.installed()}.items()


async def test_a_lock_without_extras_fails(world: World, folder: Path) -> None:
    """What `uv pip compile` writes without --no-strip-extras. https://github.com/pypa/pip/issues/12345"""
    stripped = folder / "base.txt"
    stripped.write_text(re.sub(r"^([\w.-]+)\[[\w,-]+\]==", r"\1==", LOCKS["base"].read_text(), flags=re.MULTILINE))
    async with serving(world.wheels) as url:
        environment = create(folder / "environment", world.pips[OLDEST], url)
        status, said = await environment.pip("install", "--dry-run", HASHES, "-r", stripped)

    assert status == 1
    assert "all requirements must have their versions pinned with ==" in said
    assert "PyJWT[crypto]" in said


# --- the locks, as people install them


@pytest.mark.parametrize("pip", [OLDEST, NEWEST])
async def test_the_documented_installation(pip: str, world: World, folder: Path) -> None:
    """base.txt and build.txt."""
    async with serving(world.wheels) as url:
        environment = create(folder / "environment", world.pips[pip], url)
        assert await environment.run("sh", "-c", " && ".join(documented()), cwd=checkout(folder / "checkout")) == (
            0,
            "",
        )
        assert await environment.pip("check") == (0, "")

    environment.holds("base", "build")
    assert await environment.run("gitops-bot", "--version", cwd=folder) == (0, f"gitops-bot {__version__}\n")


@pytest.mark.parametrize("pip", [OLDEST, NEWEST])
@pytest.mark.parametrize("lock", ["demo", "dev"])
async def test_make_sets_up(lock: str, pip: str, world: World, folder: Path) -> None:
    """For `make demo` and for `make test`."""
    place = checkout(folder / "checkout")
    async with serving(world.wheels) as url:
        environment = create(place / ".venv", world.pips[pip], url)
        status, said = await environment.run("make", f".venv/.{lock}", cwd=place)
        assert (status, said.count("\n")) == (0, 1), said
        assert await environment.pip("check") == (0, "")

    environment.holds(lock)


@pytest.mark.parametrize("pip", [OLDEST, NEWEST])
async def test_helm_is_installed(pip: str, world: World, folder: Path) -> None:
    """As `make helm` does, in an environment of its own."""
    async with serving(world.wheels) as url:
        environment = create(folder / "environment", world.pips[pip], url)
        assert await environment.pip("install", HASHES, "-r", LOCKS["helm"]) == (0, "")

    environment.holds("helm")


@pytest.mark.parametrize("pip", [pip for pip in BUNDLED.values() if pip != OLDEST])
async def test_the_pip_of_every_python_accepts_the_lock(pip: str, world: World, folder: Path) -> None:
    """The largest one, without installing it."""
    async with serving(world.wheels) as url:
        environment = create(folder / "environment", world.pips[pip], url)
        assert await environment.pip("install", "--dry-run", HASHES, "-r", LOCKS["dev"]) == (0, "")


def test_no_lock_is_forgotten() -> None:
    assert set(LOCKS) == {"base", "build", "demo", "deploy", "dev", "docs", "helm"}


@pytest.mark.parametrize("lock", ["deploy", "docs"])
async def test_the_oldest_pip_accepts_the_locks_of_our_own_tools(lock: str, world: World, folder: Path) -> None:
    async with serving(world.wheels) as url:
        environment = create(folder / "environment", world.pips[OLDEST], url)
        assert await environment.pip("install", "--dry-run", HASHES, "-r", LOCKS[lock]) == (0, "")


def test_every_python_finds_wheels(folder: Path, world: World) -> None:
    """On this platform, of all that people run: nobody needs a compiler. The wheels of the first are in the world."""
    download(
        *((folder / python, "--python-version", python, HASHES, "-r", LOCKS["demo"]) for python in PYTHONS[1:]),
        pip=(world.pips[NEWEST] / "pip",),
    )
