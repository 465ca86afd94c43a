"""What an application's pass depends on, in two short digests: what the sweep saw of it, and what the policy says of it.

An application is due when one of them changes. If only its policy changed, it may be decided again without a look.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.core.commands.conversation.unanswered import addressed, unanswered
from bot.core.deployments.wanted import health_contexts
from bot.core.observation.promotion_branches import branch_of, former_branches
from bot.core.observation.sweep import Sweep
from bot.core.policy import Application, Environment, Policy
from bot.core.policy.named_places import named_files
from bot.core.policy.paths import ROOT, included_paths, listed_folders
from bot.core.records.branch import Records
from bot.core.values.patterns import is_glob


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """seen: changes with what the sweep saw. rules: changes with what the policy says of this application.

    awaited: whether somebody waits for the answer to a comment about it.
    """

    seen: str
    rules: str
    awaited: bool = False


@dataclass(frozen=True)
class Sightings:
    """What a sweep saw, by application and branch, so that a thousand applications cost one pass over it."""

    sweep: Sweep
    policy: Policy
    records: Records
    now: datetime

    def fingerprint(self, application: str) -> Fingerprint:
        """Return the digests of one application."""
        seen = "\n".join(self._seen(self.policy.of(application), application))
        digest = hashlib.sha256(seen.encode()).hexdigest()
        return Fingerprint(digest, self.policy.digest_of(application), awaited=application in self._comments)

    def _seen(self, own: Policy, name: str) -> Iterator[str]:
        yield self.records.concerning(name)
        yield f"held {self.sweep.repository.hold_issue}"
        application = own.applications[name]
        for environment in own.environments.values():
            yield from self._entries(environment, name)
            yield from self._edited(environment, application)
            for branch in (branch_of(environment.name, name), *former_branches(environment, application)):
                yield self.sweep.branches.get(branch, "")
                yield from self._pulls.get(branch, ())
        yield from self._reports(own, name)
        yield from self._comments.get(name, ())

    def _entries(self, environment: Environment, application: str) -> Iterator[str]:
        """Yield, for each path, the object id of the application's own entry; all entries if a glob may mean any of them."""
        for folder, path in zip(listed_folders(environment), included_paths(environment, application), strict=True):
            entries = self.sweep.entries.get(folder, {})
            below = path[len(folder) + 1 if folder else 0 :].split("/")[0]
            if below and below != ROOT and not is_glob(below):
                yield entries.get(below, "")
            else:
                yield from (f"{name} {oid}" for name, oid in sorted(entries.items()))

    def _edited(self, environment: Environment, application: Application) -> Iterator[str]:
        """Yield the object ids of the files that the policy names; the head's where their folder is not listed."""
        for file in named_files(environment, application):
            folder, _, name = file.rpartition("/")
            listed = self.sweep.entries.get(folder)
            yield self.sweep.repository.head_oid if listed is None else listed.get(name, "")

    def _reports(self, own: Policy, application: str) -> Iterator[str]:
        """Yield the health reports on the newest commits that an environment of this application may wait for."""
        contexts = {
            template.replace("{application}", application).replace("{environment}", origin)
            for environment in own.environments.values()
            for template in environment.gates.health
            for origin in _before(own, environment)
        }
        for environment in own.environments.values():
            if environment.deployments is not None:
                contexts.update(health_contexts(own, environment, application))
        for commit in self.sweep.recent if contexts else ():
            for report in commit.reports:
                if report.name in contexts:
                    yield f"{commit.oid} {report.name} {report.outcome.value} {report.at}"

    @cached_property
    def _pulls(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for pull in self.sweep.pulls:
            if not pull.is_cross_repository:
                found.setdefault(pull.branch, []).append(pull.fingerprint)
        return found

    @cached_property
    def _comments(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for comment in unanswered(self.sweep.comments, self.now):
            application = addressed(self.policy, comment)[0]
            if application is not None:
                found.setdefault(application, []).append(comment.node_id)
        return found


def _before(policy: Policy, environment: Environment) -> frozenset[str]:
    """Return every environment that versions pass through before this one: it may follow any of them."""
    found: set[str] = set()
    waiting = [*environment.origin.environments]
    while waiting:
        name = waiting.pop()
        if name not in found and name in policy.environments:
            found.add(name)
            waiting += policy.environments[name].origin.environments
    return frozenset(found)
