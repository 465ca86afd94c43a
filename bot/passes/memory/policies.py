"""The last policy of each repository, and what it subscribes to."""

from collections.abc import Mapping

from bot.core.needs.subscriptions import Subscription, subscriptions
from bot.core.policy import Policy
from bot.core.policy.file.reading import read
from bot.core.values.errors import PolicyError
from bot.core.versions.source_paths import without_manifests


class Policies:
    """Parses each content of a policy once, and knows which subscriptions the queue has still to be told."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, Policy | PolicyError | None]] = {}
        self._former: dict[str, frozenset[str]] = {}
        self._present: dict[str, dict[str, str]] = {}
        self._untold: set[str] = set()

    def of(self, repository: str) -> Policy | None:
        """Return the policy as last read; None if there is none, if it is broken, or if it has not been read yet."""
        policy = self._last.get(repository, ("", None))[1]
        return policy if isinstance(policy, Policy) else None

    def read(self, repository: str, policy_id: str, files: Mapping[str, str]) -> Policy | PolicyError | None:
        """Parse the policy of these files.

        A broken policy leaves the subscriptions unchanged. policy_id: changes with their content.
        """
        last = self._last.get(repository)
        if last is not None and last[0] == policy_id:
            return last[1]
        policy: Policy | PolicyError | None
        try:
            policy = without_manifests(read(files), repository, *self._former.get(repository, ())) if files else None
        except PolicyError as error:
            policy = error
        self._last[repository] = (policy_id, policy)
        if not isinstance(policy, PolicyError):
            self._untold.add(repository)
        return policy

    def untold(self, repository: str) -> frozenset[Subscription] | None:
        """Return the subscriptions that changed since `told`; None where none did."""
        if repository not in self._untold:
            return None
        policy = self.of(repository)
        return frozenset() if policy is None else subscriptions(repository, policy, self._present.get(repository, {}))

    def told(self, repository: str) -> None:
        """Take note that the queue has them."""
        self._untold.discard(repository)

    def learn_source(self, repository: str, source: str, present: str) -> bool:
        """Take over what a source is called now; return whether the policy has to be read once more for that.

        source: as the policy of this manifests repository names it, which may be its own former name.
        """
        self._learn_present(repository, source.lower(), present.lower())
        former = self._former.get(repository, frozenset())
        own = present.lower() == repository.lower() != source.lower()
        now = former | {source.lower()} if own else former - {source.lower()}
        if now == former:
            return False
        self._former[repository] = now
        self._last.pop(repository, None)
        return True

    def move(self, former: str, present: str) -> None:
        """Take over what is known of a repository that has another name now."""
        last, names = self._last.get(former), self._former.get(former, frozenset())
        self.forget(former)
        if last is not None and present not in self._last:
            self._former[present] = names
            self._last[present] = last
            self._untold.add(present)

    def forget(self, repository: str) -> None:
        """Drop a repository that the bot no longer manages."""
        self._last.pop(repository, None)
        self._former.pop(repository, None)
        self._present.pop(repository, None)
        self._untold.add(repository)

    def _learn_present(self, repository: str, source: str, present: str) -> None:
        names = self._present.setdefault(repository, {})
        if names.get(source, source) != present:
            names[source] = present
            if source == present:
                del names[source]
            self._untold.add(repository)
