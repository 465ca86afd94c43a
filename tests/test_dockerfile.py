"""The image: read where no engine is at hand, and run as far as a folder can stand in for it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = Path(__file__).parents[1]


def instructions() -> list[tuple[str, str]]:
    """(`RUN`, its arguments on one line), in order."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = (line.partition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return [(word, rest.strip()) for word, _, rest in lines]


def arguments(word: str) -> list[str]:
    return [rest for each, rest in instructions() if each == word]


def copied() -> list[str]:
    """What is copied from the repository, at which path below the working directory."""
    sources = [rest.split()[:-1] for rest in arguments("COPY") if not rest.startswith("--from")]
    return [source for each in sources for source in each]


def health_check() -> list[str]:
    command = re.fullmatch(r"(?:--\S+ )+CMD (\[.+\])", arguments("HEALTHCHECK")[0])
    assert command
    return [str(word) for word in json.loads(command[1])]


def test_every_stage_stands_on_one_base_pinned_by_its_full_version_and_digest() -> None:
    bases = {rest.partition(" ")[0] for rest in arguments("FROM")}

    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", bases.pop())


def test_its_python_is_the_one_of_these_tests() -> None:
    (version,) = {rest.partition(":")[2].rpartition(".")[0] for rest in arguments("FROM")}

    assert version == "3.11", "the oldest that is supported"
    assert 'python_version = "3.11"' in (ROOT / "pyproject.toml").read_text()


def test_it_runs_as_a_number_that_is_not_root() -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", arguments("USER")[-1])


def test_it_starts_the_server_without_a_shell() -> None:
    assert json.loads(arguments("ENTRYPOINT")[-1]) == ["gitops-bot"]
    assert json.loads(arguments("CMD")[-1]) == ["serve"]


def test_only_what_is_locked_is_installed() -> None:
    installs = [
        part for rest in arguments("RUN") for part in rest.split("&&") if re.search(r"\bpip\b.* install\b", part)
    ]

    assert installs
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)


def test_what_is_copied_is_there_and_is_let_through() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    kept = {line[1:] for line in lines if line.startswith("!")}

    assert lines[0] == "*"
    assert all((ROOT / source).exists() for source in copied())
    assert kept == set(copied())


def test_the_package_holds_every_file_that_is_no_code() -> None:
    """A template that is left out is missed only where the wheel is installed."""
    import tomllib  # noqa: PLC0415 -- once

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["bot"]
    files = [path for path in (ROOT / "bot").rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]
    left_out = [path for path in files if not any(fnmatch(path.name, each.removeprefix("**/")) for each in settings)]

    assert files
    assert left_out == []


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first stage makes, in a folder that stands in for `/`: its RUN lines, run."""
    root = tmp_path_factory.mktemp("image")
    source = root / "source"
    for name in copied():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for rest in arguments("RUN"):
        if "/opt/" in rest:
            command = rest.replace("/opt/", f"{root}/opt/")
            subprocess.run(["/bin/sh", "-e", "-c", command], cwd=source, env=environment, check=True, timeout=300)
    return root / "opt" / "gitops-bot" / "bin"


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def serving(image: Path, folder: Path, before: tuple[str, ...] = ()) -> Iterator[str]:
    """The server with settings that are well-formed; the GitHub they name does not answer. Yields its port.

    before: a command that starts the server.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    settings = {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": pem.decode(),
        "GITHUB_WEBHOOK_SECRET": "only for this test, and long enough",
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "DATABASE_URL": f"sqlite:///{folder}/queue.sqlite3",
        "HOST": "127.0.0.1",
        "PORT": "0",
    }
    process = subprocess.Popen(
        [*before, str(image / "gitops-bot"), "serve"], cwd=folder, env=settings, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    try:
        for line in process.stderr:
            if "listening on" in line:
                yield line.rpartition(":")[2].strip()
                break
        else:
            pytest.fail("the server ended before it listened")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert "stopping" in said
    finally:
        process.kill()


@pytest.mark.package
def test_the_installed_command_says_what_the_module_says(image: Path) -> None:
    command, module = run(image / "gitops-bot", "--help"), run(image / "python", "-m", "bot", "--help")

    assert command.returncode == module.returncode == 0
    assert command.stdout == module.stdout
    assert "serve" in command.stdout


@pytest.mark.package
def test_with_one_setting_it_names_all_that_is_missing_and_ends(image: Path) -> None:
    said = run(image / "gitops-bot", "serve", PATH="/usr/bin", GITHUB_APP_ID="none")

    assert said.returncode == 2
    assert said.stdout == ""
    for name in ("GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"):
        assert f"{name} is not set" in said.stderr


@pytest.mark.package
@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_every_library_comes_compiled_for_both_architectures(architecture: str, tmp_path: Path) -> None:
    """The image has no compiler. Debian trixie's glibc is 2.41."""
    platforms = [f"--platform=manylinux_2_{minor}_{architecture}" for minor in range(17, 42)]
    platforms += [f"--platform=manylinux2014_{architecture}"]
    version = arguments("FROM")[0].partition(":")[2].rpartition(".")[0]
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--quiet",
        "--require-hashes",
        "--only-binary=:all:",
    ]
    command += [f"--python-version={version}", "--implementation=cp", *platforms, f"--target={tmp_path}"]
    done = subprocess.run(
        [*command, "-r", ROOT / "requirements" / "base.txt"], capture_output=True, text=True, check=False, timeout=300
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.package
def test_with_a_read_only_root_it_writes_its_folder_and_nothing_else(image: Path, tmp_path: Path) -> None:
    """As `docker run --read-only`: in a mount namespace of its own."""
    data = tmp_path / "data"
    data.mkdir()
    confine = """
        mount --bind "$0/.." "$0/.." && mount --bind "$0" "$0" &&
        mount -o remount,ro,bind "$0/.." && mount -o remount,ro,bind / &&
        ! touch "$0/../written" && ! touch /written && touch "$0/written" && exec "$@"
    """
    namespace = ("unshare", "--mount", "--map-root-user", "sh", "-c", confine, str(data))
    with serving(image, data, before=namespace) as port:
        assert run(image / health_check()[0], *health_check()[1:], PORT=port).returncode == 0

    assert {path.name.partition(".")[0] for path in data.iterdir()} == {"queue", "written"}


@pytest.mark.package
def test_neither_pip_nor_setuptools_comes_along(image: Path) -> None:
    for module in ("pip", "setuptools"):
        assert run(image / "python", "-c", f"import {module}").returncode == 1


@pytest.mark.package
def test_it_is_healthy_while_it_serves_and_ends_well_when_asked(image: Path, tmp_path: Path) -> None:
    """Healthy, although GitHub does not answer: restarting would not help."""
    program, *rest = health_check()
    with serving(image, tmp_path) as port:
        assert run(image / program, *rest, PORT=port).returncode == 0
    assert run(image / program, *rest, PORT=port).returncode == 1
