"""From a folder on a disk to its plan."""

import hashlib
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.checkout.contents import Contents, Step, read_contents
from bot.checkout.observation import View
from bot.checkout.planned import CheckoutPlan, PlannedApplication, PlannedRow
from bot.checkout.planning import Planner
from bot.checkout.problems import all_problems, row_problems
from bot.checkout.remembered import NOTHING, Remembered, Remembering
from bot.checkout.tree import read_tree
from bot.checkout.unclaimed import unclaimed_folders, unclaimed_references
from bot.core.policy import Policy, read
from bot.core.policy.fleet.discovery import discover, folders_to_list, listing
from bot.core.values.errors import Problem
from bot.core.versions.source_paths import without_manifests
from bot.manifests import last_segments
from bot.passes.outside import Registries

_REMOTE = re.compile(r"[:/]([^/:\s]+/[^/:\s]+?)(?:\.git)?/?$")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout that was read.

    policy: with the applications that its rules find. repository: its owner and name on GitHub, '' where that is unknown.
    policy_id: changes with what it says. problems: what is wrong with the rules. planned: what was planned in earlier runs and
    this one.
    """

    contents: Contents
    policy: Policy
    policy_id: str
    repository: str
    problems: tuple[Problem, ...]
    planned: dict[str, PlannedApplication]
    remembering: Remembering | None
    remembered: Remembered

    def remember(self) -> None:
        """Write down what was found in the files and planned, for the next run."""
        if self.remembering:
            planned = {name: self.planned[name] for name in self.policy.applications if name in self.planned}
            found = self.contents.to_remember(_words(self.policy), planned)
            if not found.adds_nothing_to(self.remembered):
                self.remembering.keep(found)


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a plan is wanted. '' means all."""

    application: str = ""
    environment: str = ""

    @property
    def is_everything(self) -> bool:
        """Report whether nothing is left out."""
        return not self.application and not self.environment

    def has(self, row: PlannedRow) -> bool:
        """Report whether a row is wanted."""
        return self.application in ("", row.application) and self.environment in ("", row.environment)


EVERYTHING = Selection()


def read_checkout(root: Path, files: Mapping[str, str], *, cache: Path | None, step: Step) -> Checkout:
    """Read the policy, and what its applications need of the files.

    files: the policy's, path → text. cache: the folder that remembers what was found in files, None for no memory.
    Raises PolicyError and OSError.
    """
    repository, tree, written = repository_of(root), read_tree(root), read(files)
    discovery = discover(written, listing(tree.files, folders_to_list(written)))
    policy = without_manifests(discovery.policy, repository)
    remembering = Remembering(cache, root) if cache else None
    remembered = remembering.recall() if remembering else NOTHING
    contents = read_contents(tree, _words(policy), remembered, step)
    return Checkout(
        contents=contents,
        policy=policy,
        policy_id=hashlib.sha256(repr((repository, sorted(files.items()))).encode()).hexdigest(),
        repository=repository,
        problems=discovery.problems,
        planned=dict(remembered.applications),
        remembering=remembering,
        remembered=remembered,
    )


def quiet(_done: int, _of: int) -> None:
    """Show no progress."""


async def plan_checkout(
    checkout: Checkout,
    *,
    registries: Registries | None,
    now: datetime,
    step: Step,
    selection: Selection = EVERYTHING,
) -> CheckoutPlan:
    """Plan what is selected, by the names of applications. registries: None where none is asked.

    What nobody claims is looked for only with everything.
    """
    policy = checkout.policy
    view = View(checkout.contents, checkout.repository, now)
    planner = Planner(view, policy, registries, checkout.policy_id, checkout.planned)
    wanted = [each for name, each in sorted(policy.applications.items()) if selection.application in ("", name)]
    found = await planner.rows(wanted, step)
    there = {row.application for row in found if row.used} | {
        name for name in policy.applications if policy.lists(name)
    }
    rows = tuple(row for row in found if row.application in there and selection.has(row))
    if not selection.is_everything:
        return CheckoutPlan(rows, (), tuple(row_problems(policy, rows)))
    unclaimed = (
        *unclaimed_folders(checkout.contents.tree, policy, found),
        *unclaimed_references(checkout.contents, policy, found),
    )
    return CheckoutPlan(rows, unclaimed, tuple(all_problems(checkout.problems, policy, rows)))


def plan_offline(
    checkout: Checkout, *, now: datetime, step: Step = quiet, selection: Selection = EVERYTHING
) -> CheckoutPlan:
    """Plan without asking anybody. Nothing is waited for, so it takes no event loop.

    `asyncio.run` would also write the whole plan into a text, which nobody reads.
    """
    planning = plan_checkout(checkout, registries=None, now=now, step=step, selection=selection)
    try:
        planning.send(None)
    except StopIteration as done:
        plan: CheckoutPlan = done.value
        return plan
    raise RuntimeError("a plan without registries waited for something")


def _words(policy: Policy) -> frozenset[str]:
    return last_segments(image for each in policy.applications.values() for image in each.images)


def repository_of(root: Path) -> str:
    """Return owner and name of the repository that a checkout was cloned from; '' where git does not tell."""
    command = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    try:
        told = subprocess.run(command, capture_output=True, check=True, timeout=60, text=True).stdout  # noqa: S603 -- no shell
    except (OSError, subprocess.SubprocessError):
        return ""
    match = _REMOTE.search(told.strip())
    return match[1] if match else ""
