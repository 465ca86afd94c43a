"""Which files tell whether the folders that a proposed policy finds refer to their images, if nobody has looked at them yet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.observation.sweep import Sweep
from bot.core.policy import Policy, discover, folders_to_list, read
from bot.core.policy.paths import fixed_folder, reaches, resolved_paths
from bot.core.repository.fleet_report import not_looked_at
from bot.core.repository.other_pull_requests import Proposal
from bot.core.state import State
from bot.core.values.editable.files import MANIFESTS
from bot.core.values.errors import PolicyError

MOST_FOLDERS = 50

MOST_FILES = 1_000
"""Of one proposed policy. A hundred come with one request."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """An application that a proposed policy finds. images: whose references make it one. paths: in each environment."""

    application: str
    images: frozenset[str]
    paths: tuple[tuple[str, ...], ...]


def written_policies(proposals: tuple[Proposal, ...], sweep: Sweep) -> Mapping[str, Policy]:
    """Return the valid policies with rules, by head. Nothing is looked up for what a fork proposes."""
    forked = {pull.head_oid for pull in sweep.pulls if pull.is_cross_repository}
    found = {}
    for proposal in proposals:
        if proposal.changes_it and proposal.files and not proposal.unread and proposal.head_oid not in forked:
            try:
                policy = read(proposal.files)
            except PolicyError:
                continue  # which is what the report will say
            if policy.blueprint.rules:
                found[proposal.head_oid] = policy
    return found


def folders_of(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Return the folders to list for these policies."""
    return tuple(dict.fromkeys(folder for policy in policies for folder in folders_to_list(policy)[:MOST_FOLDERS]))


def to_survey(
    policy: Policy, sweep: Sweep, present: Policy | None, states: Mapping[str, State]
) -> tuple[Surveyed, ...]:
    """Return the applications that nobody has looked at. present, states: as in `fleet_report.found`."""
    discovery = discover(policy, sweep.listing())
    return tuple(
        Surveyed(name, frozenset(discovery.policy.applications[name].images), tuple(_paths(discovery.policy, name)))
        for name in not_looked_at(discovery, present, states)
    )


def files_of(surveyed: Iterable[Surveyed], paths: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return application → the files in its places. paths: all files of the repository."""
    places: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    found: dict[str, dict[str, None]] = {}
    for each in surveyed:
        found[each.application] = {}
        for there in each.paths:
            places.setdefault(fixed_folder(*there), []).append((each.application, there))
    for path in paths:
        if path.endswith(MANIFESTS):
            for name, there in (place for folder in _folders_above(path) for place in places.get(folder, ())):
                if reaches(there, path):
                    found[name][path] = None
    return {name: tuple(files) for name, files in found.items()}


def _paths(policy: Policy, application: str) -> Iterator[tuple[str, ...]]:
    own = policy.of(application)
    return (resolved_paths(environment, application) for environment in own.environments.values())


def _folders_above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path
