"""The policy of each repository as it was last read, and the index of events that follows from them."""

from collections.abc import Mapping

from bot.core.needs.event_index import Index
from bot.core.policy import Policy
from bot.core.policy.file.reading import read
from bot.core.values.errors import PolicyError
from bot.core.versions.source_paths import without_manifests


class Policies:
    """Reads each content of a policy once. index: which keys an event concerns."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, Policy | PolicyError | None]] = {}
        self.index = Index()

    def of(self, repository: str) -> Policy | None:
        """Return the policy as it was last read; None when there is none, when it is broken, or when nobody has looked yet."""
        policy = self._last.get(repository, ("", None))[1]
        return policy if isinstance(policy, Policy) else None

    def read(self, repository: str, policy_id: str, files: Mapping[str, str]) -> Policy | PolicyError | None:
        """Return the policy of these files. A broken one leaves the index as it was. policy_id: changes with their content."""
        last = self._last.get(repository)
        if last is not None and last[0] == policy_id:
            return last[1]
        policy: Policy | PolicyError | None
        try:
            policy = without_manifests(read(files), repository) if files else None
        except PolicyError as error:
            policy = error
        self._last[repository] = (policy_id, policy)
        if not isinstance(policy, PolicyError):
            self.index.learn(repository, policy)
        return policy

    def forget(self, repository: str) -> None:
        """Drop a repository that the bot no longer looks after."""
        self._last.pop(repository, None)
        self.index.learn(repository, None)
