"""What must be true once nothing fails any more: the state that follows from Git, the policy and the registry alone."""

import json
from datetime import datetime, timedelta

from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.registry.server import Registry
from tests.simulation.ledger import Ledger
from tests.simulation.oracle import Oracle
from tests.simulation.places import is_frozen, is_in_window
from tests.simulation.reading import Policy, Version, files_of, version_of
from tests.simulation.words import asked, holds

HOUR = timedelta(hours=1)
LATELY = timedelta(hours=2)
"""How long a place must have been open until everything that was ready has come."""


class Final:
    """Judges where a world came to rest."""

    def __init__(self, oracle: Oracle, *, registry: Registry, foreign: set[str]) -> None:
        self._oracle = oracle
        self._ledger: Ledger = oracle.ledger
        self._registry = registry
        self._foreign = foreign

    def judge(self, now: datetime) -> list[str]:
        """Return what did not come to be."""
        head = self._ledger.manifests.head()
        policy = self._oracle.timeline.policy(head)
        found = [*self._unanswered(), *self._silent()]
        for application in policy.applications:
            waiting = False
            for environment in reversed(policy.environments):
                told, waiting = self._place(policy, environment, application, now, waits=waiting)
                found += told
        return found

    def _unanswered(self) -> list[str]:
        silent = [said for said in self._ledger.said if said.text.startswith("/") and not said.answers]
        return [
            f"promise 6: {said.text!r} by {said.author.login} at {said.at:%H:%M:%S} was never answered"
            for said in silent
        ]

    def _silent(self) -> list[str]:
        """Every open promotion says why it waits, on its head."""
        found = []
        for pull in self._ledger.manifests.open_pulls:
            if self._ledger.is_ours(pull.author):
                runs = self._ledger.manifests.checks.latest_runs(pull.head_oid)
                if not any(run.name == "gitops/promotion" and run.output for run in runs):
                    found.append(f"promise 4: nothing says why #{pull.number} waits")
        return found

    def _place(
        self, policy: Policy, environment: str, application: str, now: datetime, *, waits: bool
    ) -> tuple[list[str], bool]:
        """Return what is wrong with a place, and whether it waits for a person, so that those before it may wait too."""
        timeline, branch = self._oracle.timeline, f"gitops/{environment}/{application}"
        present = timeline.version(self._ledger.manifests.head(), environment, application)
        pull = next(
            (p for p in self._ledger.manifests.open_pulls if p.head_ref == branch and self._ledger.is_ours(p.author)),
            None,
        )
        held = any(begin <= now < end for begin, end, _ in holds(self._ledger, environment, application))
        shut = held or self._is_shut(policy, environment, application, now)
        if present is None or shut or (pull is not None and self._is_for_people(pull, environment, application)):
            return [], True
        ready = self._ready(policy, environment, application, present, now)
        if pull is not None and ready and self._carries_newer(pull, ready[-1], environment, application):
            ready = []  # an open promotion that waits keeps its version: only a newer one displaces it
        manual = policy.key(environment, "promote") == "manual"
        by_people = policy.key(environment, "merge") == "manual"
        paced = waits and policy.key(environment, "pace", "soaked") != "latest"
        found = []
        if ready and not manual and not paced and not (by_people and pull is not None):
            found.append(
                f"promise 6: {environment} {application} still runs {present.name}, although {ready[-1].name} is ready"
            )
        if pull is not None and f"→ {present.name}" in pull.title.replace("\\", ""):
            found.append(f"promise 6: #{pull.number} {pull.title} is still open, although {present.name} runs there")
        return found, bool(pull) or by_people or manual or self._unsure(environment, application)

    @staticmethod
    def _is_shut(policy: Policy, environment: str, application: str, now: datetime) -> bool:
        """Report whether a window or a freeze kept the place closed lately, so that more may be to come."""
        moments = [now - minutes * timedelta(minutes=5) for minutes in range(int(LATELY / timedelta(minutes=5)))]
        return any(
            is_frozen(policy, environment, application, at=moment)
            or not is_in_window(policy, environment, application, at=moment)
            for moment in moments
        )

    def _carries_newer(self, pull: PullRequest, version: Version, environment: str, application: str) -> bool:
        carried = version_of(files_of(self._ledger.manifests.store, pull.head_oid, f"envs/{environment}/{application}"))
        rank = self._ledger.rank
        return carried is not None and rank(application, carried) > rank(application, version)

    def _is_for_people(self, pull: PullRequest, environment: str, application: str) -> bool:
        """Report whether only a person can move it: somebody pushed to it, or asked for this very version."""
        requests = asked(self._ledger, environment, application, "/promote", "/rollback")
        return pull.head_ref in self._foreign or any(
            said.answers and said.at >= pull.created_at - HOUR for said in requests
        )

    def _unsure(self, environment: str, application: str) -> bool:
        """Report whether people undid something here, so that the environments before may rightly wait."""
        names = [
            Version(tag, digest).name
            for (image, tag), digests in self._ledger.digests.items()
            for digest in digests
            if image == self._oracle.images[application]
        ]
        now = self._ledger.manifests.github.now()
        return any(self._oracle.rejections.may_hold(environment, application, name, at=now) for name in names)

    def _ready(
        self, policy: Policy, environment: str, application: str, present: Version, now: datetime
    ) -> list[Version]:
        """Return the versions that are newer, and that nothing keeps from coming, oldest first."""
        source = policy.source(environment)
        if source == "registry":
            versions = self._pushed(policy, environment, application)
        else:
            there = self._oracle.timeline.version(self._ledger.manifests.head(), source, application)
            served = there is not None and self._served(policy, environment, application, there, now)
            versions = [there] if there is not None and served else []
        image, rejections, rank = self._oracle.images[application], self._oracle.rejections, self._ledger.rank
        found = [
            version
            for version in versions
            if rank(application, version) > rank(application, present)
            and (image, version.tag) not in self._ledger.moved
            and not rejections.may_hold(environment, application, version.name, at=now)
        ]
        return sorted(found, key=lambda version: rank(application, version))

    def _served(self, policy: Policy, environment: str, application: str, version: Version, now: datetime) -> bool:
        contexts = policy.health(environment, application)
        served = self._oracle.timeline.longest(
            policy.source(environment), application, version, at=now, contexts=contexts
        )
        return served is not None and served >= policy.soak(environment, application)

    def _pushed(self, policy: Policy, environment: str, application: str) -> list[Version]:
        """Return the versions whose images are all there, and whose checks succeeded."""
        wanted, found = policy.wanted_platforms(application), []
        checks = policy.gates(environment, application).get("checks", [])
        image = self._oracle.images[application]
        for tag, digest in self._registry.store.repository(image).tags.items():
            version = Version(tag, digest)
            if version.is_followed != policy.is_followed(application) or self._moved_back(application, version):
                continue
            manifest = json.loads(self._registry.store.manifest(image, digest).body)
            there = {
                f"{each['platform']['os']}/{each['platform']['architecture']}" for each in manifest.get("manifests", [])
            }
            commit = self._ledger.commits.get(tag)
            green = all((commit, name) in self._ledger.green for name in checks)
            if wanted <= there and green:
                found.append(version)
        return found

    def _moved_back(self, application: str, version: Version) -> bool:
        """Report whether a followed tag points at something older than before: then only people follow it."""
        known = self._ledger.digests[self._oracle.images[application], version.tag]
        return version.is_followed and known[-1] != version.digest
