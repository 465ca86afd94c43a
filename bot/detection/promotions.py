"""What the bot would promote first under a drafted policy: from the versions in the manifests, and tags in registries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.policy import Application, OrderKind
from bot.core.versions.tags import Comparison, compare, rank
from bot.detection.detect import Detected
from bot.detection.draft import Draft

MOST = 10

RANKED = frozenset({OrderKind.SEMVER, OrderKind.NUMERIC, OrderKind.ALPHABETICAL})
"""The orders that the tags alone decide."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion. origin: the environment that has the version, or the registry."""

    application: str
    environment: str
    before: str
    after: str
    origin: str


def images_to_ask(draft: Draft) -> Mapping[str, str]:
    """Return application → the image whose tags tell its next version; only where tags alone do, and no more than are shown."""
    if draft.policy is None:
        return {}
    found = {
        each.application.name: each.application.images[0]
        for each in draft.detected.released
        if _ranked(draft, each.application.name) is not None
    }
    return dict(list(found.items())[:MOST])


def first_promotions(draft: Draft, tags: Mapping[str, Sequence[str]]) -> tuple[Promotion, ...]:
    """Return the first ten. tags: application → the tags of its image, as far as a registry has told."""
    return tuple(_promotions(draft, tags))[:MOST]


def _promotions(draft: Draft, tags: Mapping[str, Sequence[str]]) -> Iterator[Promotion]:
    for each in draft.detected.released:
        name = each.application.name
        there = _there(draft.detected, name)
        rules = _ranked(draft, name)
        for environment in draft.detected.environments:
            present = there.get(environment.name)
            if present is None or rules is None:
                continue
            if environment.after:
                offered = {origin: there[origin] for origin in environment.after if origin in there}
            else:
                best = rank(rules.versions, tags.get(name, ())).candidates[:1]
                offered = dict.fromkeys(("registry",), best[0]) if best else {}
            newer = [
                (origin, tag)
                for origin, tag in offered.items()
                if compare(rules.versions, tag, present) is Comparison.NEWER
            ]
            if newer:
                yield Promotion(name, environment.name, present, newer[0][1], newer[0][0])


def _there(detected: Detected, name: str) -> Mapping[str, str]:
    """Return environment → the one version that an application has there."""
    one = next(each.application for each in detected.released if each.application.name == name)
    found: dict[str, set[str]] = {}
    for each in one.placed:
        if each.reference.tag:
            found.setdefault(each.spot.environment, set()).add(each.reference.tag)
    return {environment: next(iter(tags)) for environment, tags in found.items() if len(tags) == 1}


def _ranked(draft: Draft, name: str) -> Application | None:
    """Return what the policy says of an application whose tags tell their order; a rule says it of those that it finds."""
    policy = draft.policy
    if policy is None:
        return None
    found = policy.applications.get(name) or draft.listed.get(name)
    return found if found is not None and found.versions.order.kind in RANKED else None
