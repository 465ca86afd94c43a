"""`plan --offline` of a fleet: cold, with its memory warm, and what it keeps resident, beside libyaml composing the same files.

1,000 applications in four environments have 10,000 files here: an overlay and a patch in each environment, and what stands
beside them. Both works run in this process and are measured in its own time; only the memory is that of another one.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import process_time  # noqa: TID251 -- a benchmark reads the real clock
from timeit import Timer

from bot.checkout.checkout import plan_offline, quiet, read_checkout
from bot.cli.plan.as_json import as_json
from bot.cli.policy import policy_files
from tests.bench.manifests import DEPLOYMENT, KUSTOMIZATION, RULES, VALUES, compose
from tests.bench.rows import Bound, Row

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COLD, WARM = 4.7, 0.75
"""4 and 1 seconds, where Python starts in half a second and libyaml composes eleven megabytes a second."""
BUDGET = 300 * 1024
"""Kilobytes."""
ENVIRONMENTS = ("dev", "test", "staging", "prod")
POLICY = """\
defaults:
  application: {image: 'ghcr.io/acme/{application}'}
  environment: {path: 'envs/{environment}/{application}'}
applications: {'*': }
environments:
  dev: {from: registry}
  test: {from: dev, gates: {soak: 30m}}
  staging: {from: test, gates: {soak: 30m}}
  prod: {from: staging, gates: {soak: 4h, approvals: {count: 1}}}
"""


def rows(quick: bool) -> Iterator[Row]:  # noqa: FBT001 -- as tests/bench/__main__.py calls it
    """Times as ratios to the bare compose, and the memory as a ratio to its budget."""
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "fleet", Path(folder) / "cache"
        count = 50 if quick else 1_000
        contents = fleet(root, count)
        bare = seconds(partial(compose_all, contents))
        name = f"plan {count:,} applications in {len(contents):,} files"
        for state, wanted in (("cold", COLD), ("warm", WARM)):
            ours = seconds(partial(planned, root, cache))
            yield Row(
                f"{name}, {state}", f"{ours:.2f} s", f"bare compose {bare:.2f} s", ours / bare, Bound.AT_MOST, wanted
            )
        held = resident(root, cache)
        compared = f"the budget: {BUDGET // 1024} MB"
        yield Row(f"memory of {name}", f"{held // 1024} MB", compared, held / BUDGET, Bound.AT_MOST, 1.0)


def fleet(root: Path, count: int) -> list[bytes]:
    """Write a fleet, and return the contents of its manifests. Every tenth application waits for `prod`."""
    contents = []
    for number in range(count):
        files = {f"base/app-{number}/rules.yaml": RULES, f"base/app-{number}/values.yaml": VALUES}
        for name in ENVIRONMENTS:
            files[f"envs/{name}/app-{number}/deployment.yaml"] = f"# {name}\n{DEPLOYMENT}"
            files[f"envs/{name}/app-{number}/kustomization.yaml"] = f"# {name}\n{KUSTOMIZATION}"
        for path, template in files.items():
            text = template.format(n=number, team=number % 7)
            if number % 10 == 0 and path.startswith("envs/prod"):
                text = text.replace(f"v1.{number}.0", "v0.9.0")
            contents.append(text.encode())
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents[-1])
    (root / ".gitops.yml").write_text(POLICY, encoding="utf-8")
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    return contents


def planned(root: Path, cache: Path) -> None:
    """Do what the command does, but for starting Python."""
    checkout = read_checkout(root, policy_files(root), cache=cache, step=quiet)
    plan = plan_offline(checkout, now=NOW)
    checkout.remember()
    as_json(plan)


def compose_all(contents: list[bytes]) -> None:
    """Do nothing with what libyaml composes."""
    for content in contents:
        compose(content)


def seconds(work: Callable[[], object]) -> float:
    """Return how long this process works at it."""
    return Timer(work, timer=process_time).timeit(1)


def resident(root: Path, cache: Path) -> int:
    """Return the most kilobytes that the command keeps resident, with nothing remembered."""
    command = [sys.executable, "-m", "bot", "plan", str(root), "--offline", "--json"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache / "none")}
    found = subprocess.run(command, env=environment, check=True, capture_output=True).stdout
    if not json.loads(found)["rows"]:
        raise AssertionError("the plan is empty")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
