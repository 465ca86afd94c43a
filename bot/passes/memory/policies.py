"""The last policy of each repository, the applications that its rules find, and what it subscribes to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.core.needs.subscriptions import Subscription, subscriptions
from bot.core.policy import Discovery, Folder, Policy, discover, folders_to_list
from bot.core.policy.file.reading import read
from bot.core.values.errors import PolicyError, Problem
from bot.core.versions.source_paths import without_manifests

Folders = Mapping[str, Folder]


@dataclass(frozen=True, slots=True)
class _Known:
    """written: what the files say. policy: with the applications that were found. folders: in which they were looked for."""

    policy_id: str = ""
    written: Policy | PolicyError | None = None
    policy: Policy | PolicyError | None = None
    folders: Folders = field(default_factory=dict)
    losses: tuple[Problem, ...] = ()

    @property
    def complete(self) -> bool:
        """Return whether all folders were listed in which a rule may find applications."""
        written = self.written
        return not self.has_rules or (
            isinstance(written, Policy) and set(folders_to_list(written)) <= self.folders.keys()
        )

    @property
    def has_rules(self) -> bool:
        """Return whether the folders of the repository say which applications there are."""
        return isinstance(self.written, Policy) and bool(self.written.blueprint.rules)


class Policies:
    """Parses each content of a policy once, and knows which subscriptions the queue has still to be told."""

    def __init__(self) -> None:
        self._last: dict[str, _Known] = {}
        self._former: dict[str, frozenset[str]] = {}
        self._present: dict[str, dict[str, str]] = {}
        self._untold: set[str] = set()

    def of(self, repository: str) -> Policy | None:
        """Return the policy as last read; None if there is none, if it is broken, or if it has not been read yet."""
        policy = self._last.get(repository, _Known()).policy
        return policy if isinstance(policy, Policy) else None

    def all(self) -> Iterator[Policy]:
        """Yield every policy that was read and is not broken."""
        yield from (known.policy for known in self._last.values() if isinstance(known.policy, Policy))

    def is_complete(self, repository: str) -> bool:
        """Return whether it is known which applications there are: a sweep has listed the folders since the policy changed."""
        return self._last.get(repository, _Known()).complete

    def losses(self, repository: str) -> tuple[Problem, ...]:
        """Return why folders are no applications that should be some."""
        return self._last.get(repository, _Known()).losses

    def read(
        self, repository: str, policy_id: str, files: Mapping[str, str], folders: Folders | None = None
    ) -> Policy | PolicyError | None:
        """Parse the policy of these files, and find its applications.

        A broken policy leaves the subscriptions unchanged. policy_id: changes with their content. folders: what a sweep
        has listed; None for the folders of the last sweep.
        """
        last = self._last.get(repository)
        same = last is not None and last.policy_id == policy_id
        if last is not None and same and (folders is None or not last.has_rules or folders == last.folders):
            return last.policy
        written = last.written if last is not None and same else _parsed(files)
        known = folders if folders is not None else last.folders if last is not None else {}
        found = _discovered(written, known, (repository, *self._former.get(repository, ())))
        policy = found.policy if found is not None else written
        losses = found.losses if found is not None else ()
        now = self._last[repository] = _Known(policy_id, written, policy, known, losses)
        if now.complete and not isinstance(policy, PolicyError):
            self._untold.add(repository)
        return policy

    def untold(self, repository: str) -> frozenset[Subscription] | None:
        """Return the subscriptions that changed since `told`; None where none did."""
        known = self._last.get(repository, _Known())
        if repository not in self._untold or not known.complete or isinstance(known.policy, PolicyError):
            return None
        if known.policy is None:
            return frozenset()
        return subscriptions(repository, known.policy, self._present.get(repository, {}))

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
        if repository in self._last:
            self._last[repository] = replace(self._last[repository], policy_id="")
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


def _parsed(files: Mapping[str, str]) -> Policy | PolicyError | None:
    try:
        return read(files) if files else None
    except PolicyError as error:
        return error


def _discovered(written: Policy | PolicyError | None, folders: Folders, names: tuple[str, ...]) -> Discovery | None:
    """Return what the rules find. names: of the repository, the present one and former ones."""
    if not isinstance(written, Policy):
        return None
    found = discover(written, folders)
    return replace(found, policy=without_manifests(found.policy, *names))
