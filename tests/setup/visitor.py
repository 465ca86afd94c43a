"""A person without an App: their GitHub, their terminal, and the program that they start."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.runtime import system_runtime
from bot.simulator.clock import Clock
from bot.simulator.github.model.accounts.accounts import OrganisationRole
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.server import Running, serve
from bot.simulator.pages.handlers.apps import app_pages

POLICY = """\
version: 1
mode: observe
applications:
  web: {image: ghcr.io/acme/web}
environments:
  dev: {path: 'envs/dev/{application}', from: registry}
"""
MANIFEST = "spec: {containers: [{name: web, image: 'ghcr.io/acme/web:v1.0.0'}]}\n"
PATIENCE = 30


@asynccontextmanager
async def simulated_github(folder: Path) -> AsyncIterator[Running]:
    """GitHub as alice sees it, an owner of acme: no App, and one manifests repository."""
    github = GitHub(folder / "github", Clock.ticking(system_runtime().now()))
    alice = github.user("alice")
    github.organisation("acme").add_member(alice, OrganisationRole.ADMIN)
    github.create_repository(
        "acme/manifests", files={".gitops.yml": POLICY, "envs/dev/web/pod.yaml": MANIFEST}, by=alice
    )
    async with serve(github, pages=app_pages(github, "alice")) as hub:
        yield hub


@dataclass(slots=True)
class Terminal:
    """A program that runs in a folder, and what it has printed. code: the one-time code; url: the page."""

    process: asyncio.subprocess.Process
    errors: str = ""

    async def until(self, pattern: str) -> str:
        """Wait until it has printed this. Returns the first group."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while (found := re.search(pattern, self.errors)) is None:
                line = await self.process.stderr.readline()
                assert line, f"it ended without {pattern!r}:\n{self.errors}"
                self.errors += line.decode()
        return found[1] if found.groups() else found[0]

    async def end(self) -> tuple[int, str]:
        """Wait until it has ended. Returns its status and what it printed on standard output."""
        async with asyncio.timeout(PATIENCE):
            printed, errors = await self.process.communicate()
        self.errors += errors.decode()
        assert self.process.returncode is not None
        return self.process.returncode, printed.decode()

    def stop(self) -> None:
        """Send SIGTERM."""
        self.process.send_signal(signal.SIGTERM)


@asynccontextmanager
async def terminal(folder: Path, *words: str, **variables: str) -> AsyncIterator[Terminal]:
    """Run `gitops-bot WORDS` in a folder, with nothing of ours in its environment."""
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 -- a test may block
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words,
        cwd=folder, env={**_plain(), **variables},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Terminal(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _plain() -> Mapping[str, str]:
    kept = {"PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE"}
    root = str(Path(__file__).parents[2])
    return {**{name: value for name, value in os.environ.items() if name in kept}, "PYTHONPATH": root}
