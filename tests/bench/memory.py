"""What a server holds that knows 10,000 applications: their policies, and what each pass remembers.

Compared with the budget of the whole process; one that has read the same code and knows nothing stands beside it.
"""

import importlib
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from bot.core.needs.application import Known
from bot.core.policy import read
from tests.bench.rows import Bound, Row
from tests.builders import oid

REPOSITORIES, APPLICATIONS = 100, 100
BUDGET = 250 * 1024 * 1024
NAMES = ("dev", "test", "staging", "canary", "prod")


def rows(quick: bool) -> Iterator[Row]:  # noqa: FBT001 -- as tests/bench/__main__.py calls it
    nothing, everything = measure(0), measure(REPOSITORIES)
    name = f"memory with {REPOSITORIES * APPLICATIONS:,} applications"
    compared = f"the budget: {_mb(BUDGET)} ({_mb(nothing)} with none)"
    yield Row(name, _mb(everything), compared, everything / BUDGET, Bound.AT_MOST, 1.0)


def measure(repositories: int) -> int:
    """Bytes that a fresh process keeps resident."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=hold, args=(repositories, theirs))
    process.start()
    held = int(mine.recv())
    process.join()
    return held


def hold(repositories: int, pipe: Connection) -> None:
    """Read the policies and remember a pass of each application; tell how much that takes."""
    importlib.import_module("bot.service")  # the code of a whole server
    passes = {}
    policies = {f"acme/deploy-{number}": read({".gitops.yml": policy_text(number)}) for number in range(repositories)}
    for repository, policy in policies.items():
        for application in policy.applications:
            passes[f"{repository}#{application}"] = remembered(repository, application)
    pipe.send(resident())


def policy_text(number: int) -> str:
    lines = ["version: 1", "applications:"]
    for each in range(APPLICATIONS):
        name = f"app-{number}-{each}"
        lines.append(f"  {name}: {{image: ghcr.io/acme/{name}, source: acme/{name}, owners: ['@acme/{name}']}}")
    lines.append("environments:")
    for position, name in enumerate(NAMES):
        origin = NAMES[position - 1] if position else "registry"
        gates = "{soak: 30m, approvals: {count: 1}}" if position else "{checks: [build]}"
        lines.append(f"  {name}: {{path: 'envs/{name}/{{application}}', from: {origin}, gates: {gates}}}")
    return "\n".join(lines)


def remembered(repository: str, application: str) -> Known:
    """As much as a busy application's pass keeps: two files in each environment, thirty commits."""
    return Known(
        files={name: (f"envs/{name}/{application}/a.yaml", f"envs/{name}/{application}/b.yaml") for name in NAMES},
        held=frozenset(f"v1.{number}.0" for number in range(10)),
        source_commits=frozenset(oid(f"{repository} {application} {number}") for number in range(20)),
        commits=frozenset(oid(f"{application} {number}") for number in range(10)),
    )


def resident() -> int:
    """https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html"""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def _mb(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MB"
