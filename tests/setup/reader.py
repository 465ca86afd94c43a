"""Somebody who reads a page of the documentation and does what it says, and nothing else."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page below one heading. Its commands, and its words in bold (what to press) and italics (what appears)."""

    heading: str
    text: str

    @property
    def commands(self) -> list[str]:
        found = re.findall(r"^```console\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)
        return [line.removeprefix("$ ") for block in found for line in block.splitlines() if line.startswith("$ ")]

    @property
    def comments(self) -> list[str]:
        """What to write in a comment."""
        return [text.strip() for text in re.findall(r"^```text\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)]

    @property
    def presses(self) -> list[str]:
        return re.findall(r"[Pp]ress \*\*(.+?)\*\*", self.text)

    @property
    def appears(self) -> list[str]:
        return [words.replace("`", "") for words in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", self.text)]


def sections(page: str) -> Mapping[str, Section]:
    """Return the numbered parts of a page of `docs/`, by their number."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    parts = [Section(*part.split("\n", 1)) for part in found]
    return {part.heading.partition(".")[0]: part for part in parts if part.heading[0].isdigit()}


def published(folder: Path) -> Path:
    """Return a repository that holds this working tree as its only commit, as `<this repository>` on the page."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "core.hooksPath=/dev/null"]
    for words in (
        ["init", "--quiet"],
        ["add", "--all", "--force"],
        [*who, "commit", "--quiet", "--message", "As it is"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


@dataclass(slots=True)
class Shell:
    """A terminal: one shell that keeps its folder and its environment from command to command."""

    process: asyncio.subprocess.Process
    said: str = ""
    _typed: int = field(default=0)

    async def run(self, command: str) -> None:
        """Type a command, and wait for its end. It has to succeed."""
        self._typed += 1
        before = len(self.said)
        self.type(f'{command}\necho "ended {self._typed}: $?"')
        status = await self.until(rf"^ended {self._typed}: (\d+)$")
        assert status == "0", f"{command}\n{self.said[before:]}"

    def type(self, command: str) -> None:
        """Type a command, and wait for nothing."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n".encode())

    async def until(self, pattern: str) -> str:
        """Wait until something is there to read; return the first group."""
        assert self.process.stdout is not None
        while (found := re.search(pattern, self.said, re.MULTILINE)) is None:
            line = await self.process.stdout.readline()
            assert line, f"the shell ended without {pattern!r}:\n{self.said}"
            self.said += line.decode()
        return found[1] if found.groups() else found[0]


@asynccontextmanager
async def shell(folder: Path, **variables: str) -> AsyncIterator[Shell]:
    """Open a terminal in a folder. What runs in it is ended with it."""
    plain = {"HOME", "LANG", "TMPDIR", "SSL_CERT_FILE"}
    kept = {name: value for name, value in os.environ.items() if name in plain or name.startswith("PIP_")}
    path = f"{sys.base_prefix}/bin{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        "bash", "--noprofile", "--norc", cwd=folder, env={**kept, "PATH": path, **variables}, start_new_session=True,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield Shell(process)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
