"""Which keys an event concerns. The index is derived from the policies that were read; any sweep rebuilds it."""

from bot.core.policy import Policy


class Index:
    """Image or source repository → the keys `owner/repo#application` that depend on it."""

    def __init__(self) -> None:
        self._policies: dict[str, Policy] = {}
        self._images: dict[str, set[str]] = {}
        self._sources: dict[str, set[str]] = {}
        self._present: dict[str, str] = {}

    def learn(self, repository: str, policy: Policy | None) -> None:
        """Take over a repository's policy; None if it no longer has one."""
        if self._policies.get(repository) == policy:
            return
        self._forget(repository)
        if policy is None:
            return
        self._policies[repository] = policy
        for name, application in policy.applications.items():
            for image in application.images:
                self._images.setdefault(image, set()).add(f"{repository}#{name}")
            if application.source:
                self._sources.setdefault(application.source.repository.lower(), set()).add(f"{repository}#{name}")

    def learn_source(self, source: str, present: str) -> None:
        """Take over what a source repository is called now. source: as policies name it."""
        if source.lower() == present.lower():
            self._present.pop(source.lower(), None)
        else:
            self._present[source.lower()] = present.lower()

    def repositories(self) -> frozenset[str]:
        """Return all manifests repositories whose policy was read."""
        return frozenset(self._policies)

    def keys_of_image(self, image: str) -> frozenset[str]:
        """Return the keys whose versions come from this image."""
        return frozenset(self._images.get(image, ()))

    def keys_of_source(self, repository: str) -> frozenset[str]:
        """Return the keys whose images are built from this repository."""
        named = [
            repository.lower(),
            *(source for source, present in self._present.items() if present == repository.lower()),
        ]
        return frozenset(key for source in named for key in self._sources.get(source, ()))

    def _forget(self, repository: str) -> None:
        self._policies.pop(repository, None)
        for keys in (*self._images.values(), *self._sources.values()):
            keys.difference_update([key for key in keys if key.partition("#")[0] == repository])
