"""Which events make which keys due.

An event of a manifests repository names its keys itself. One of a source repository or an image names a topic, and what
subscribed to it becomes due: the queue's store knows, so it matters neither which process read the policy nor when. The
subscriptions are derived from the policies; each repository's sweep makes them complete again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.policy import Policy
from bot.core.values.permit import Priority

Subscription = tuple[str, str]
"""A topic, and a key that becomes due with it."""


class Topic(str):
    """What an event names instead of keys."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Due:
    """What an event makes due: these keys, and all keys that subscribed to these topics. Both sorted.

    priority: who waits for it.
    """

    keys: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    priority: Priority = Priority.EVENT

    @classmethod
    def of(cls, named: Iterable[str], priority: Priority = Priority.EVENT) -> "Due":
        """Tell the topics from the keys."""
        found = frozenset(named)
        topics = {each for each in found if isinstance(each, Topic)}
        return cls(tuple(sorted(found - topics)), tuple(sorted(topics)), priority)

    def __bool__(self) -> bool:
        return bool(self.keys or self.topics)


def image_topic(name: str) -> Topic:
    """Return the topic of an image. name: in normal form."""
    return Topic(f"image {name}")


def source_topic(repository: str) -> Topic:
    """Return the topic of a source repository, in any spelling of its name."""
    return Topic(f"source {repository.lower()}")


def manifests_topic(repository: str) -> Topic:
    """Return the topic of a repository that has a policy."""
    return Topic(f"manifests {repository}")


def subscriptions(repository: str, policy: Policy, present: Mapping[str, str]) -> frozenset[Subscription]:
    """Return what a manifests repository subscribes to.

    present: lower-case name of a source in the policy → what that repository is called now, where that differs.
    """
    return frozenset(_subscriptions(repository, policy, present))


def _subscriptions(repository: str, policy: Policy, present: Mapping[str, str]) -> Iterator[Subscription]:
    yield manifests_topic(repository), repository
    for name, application in policy.applications.items():
        key = f"{repository}#{name}"
        for image in application.images:
            yield image_topic(image), key
        if application.source:
            source = application.source.repository
            yield source_topic(source), key
            if source.lower() in present:
                yield source_topic(present[source.lower()]), key
