"""What ran where, when: the versions of each environment over time, from the moves of the default branch."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation.ledger import Landing, Ledger
from tests.simulation.reading import Policy, Version, files_of, policy_of, version_of

BEGINNING = timedelta(days=1)
"""What stood there when the world began had been there for so long."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A version's stay in an environment. until: None while it lasts. landing: what brought it; None: it was there before."""

    version: Version | None
    since: datetime
    until: datetime | None
    landing: Landing | None


class Timeline:
    """Reads each commit of the default branch once."""

    def __init__(self, ledger: Ledger, *, began: datetime) -> None:
        self._ledger = ledger
        self._git = ledger.manifests.store
        self._began = began
        self._first = ledger.manifests.head()
        self._versions: dict[tuple[str, str, str], Version | None] = {}

    def version(self, commit: str, environment: str, application: str) -> Version | None:
        """Return what a commit of the default branch runs there."""
        key = (commit, environment, application)
        if key not in self._versions:
            self._versions[key] = version_of(files_of(self._git, commit, f"envs/{environment}/{application}"))
        return self._versions[key]

    def policy(self, commit: str) -> Policy:
        """Return the policy at a commit."""
        return policy_of(self._git.file(commit, ".gitops.yml") or b"")

    def policies(self, commit: str, at: datetime, grace: timedelta) -> Iterator[Policy]:
        """Yield the policy at a commit, and those that were in force shortly before."""
        yield self.policy(commit)
        for landing in self._ledger.landings:
            if at - grace <= landing.at <= at:
                yield self.policy(landing.before)

    def heads(self) -> Iterator[tuple[datetime, str, Landing | None]]:
        """Yield every commit that the default branch stood at, with when."""
        yield self._began - BEGINNING, self._first, None
        for landing in self._ledger.landings:
            yield landing.at, landing.after, landing

    def stays(self, environment: str, application: str) -> list[Stay]:
        """Return the stays in one environment, oldest first."""
        found: list[Stay] = []
        for at, head, landing in self.heads():
            version = self.version(head, environment, application)
            if found and found[-1].version == version:
                continue
            if found:
                found[-1] = Stay(found[-1].version, found[-1].since, at, found[-1].landing)
            found.append(Stay(version, at, None, landing))
        return found

    def longest(
        self, environment: str, application: str, version: Version, *, at: datetime, contexts: list[str]
    ) -> timedelta | None:
        """Return the version's longest unbroken time there until a moment, counted from when every context was healthy.

        None where it never was there, or never healthy.
        """
        best: timedelta | None = None
        for stay in self.stays(environment, application):
            if stay.version != version or stay.since > at:
                continue
            end = min(stay.until or at, at)
            begin = self._healthy(stay, end, contexts)
            if begin is not None:
                best = max(best or timedelta(0), end - begin)
        return best

    def _healthy(self, stay: Stay, end: datetime, contexts: list[str]) -> datetime | None:
        begin = stay.since
        for context in contexts:
            reports = (each for each in self._ledger.reports if each.context == context and each.good)
            first = next((each.at for each in reports if stay.since <= each.at <= end), None)
            if first is None:
                return None
            begin = max(begin, first)
        return begin
