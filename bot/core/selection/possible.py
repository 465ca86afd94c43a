"""Which versions could follow the present one, best first, before any gate is asked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, takewhile

from bot.core.policy import Application, Environment, OrderKind, OriginKind, Policy
from bot.core.state import State
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.version import Version
from bot.core.versions.first_seen import grown_up, may_be_old_enough
from bot.core.versions.moving_tag import current, fill_in, follows
from bot.core.versions.newer import best_first, best_tags, relation
from bot.core.versions.tags import Comparison, commit_of, fits

CONSIDERED = 5
"""How many of the newest versions are judged; a version with five newer ones, all of them red, waits for theirs."""


def possible(policy: Policy, state: State, environment: Environment, now: datetime) -> tuple[Version, ...]:
    """Return the newest versions that could follow the present one, best first, and the one that the open promotion
    carries. With `min-age`, also the newest that may be old enough: where releases are frequent, the newest are all young.

    If the order cannot place the present one, return all of them: the gates then say what a person can do.
    """
    application, here = policy.applications[state.application], state.environments[environment.name]
    carried = here.promotion.version if here.promotion else None
    until = grown_up(environment, now)
    offered = [*_offered(application, state, environment, until), *([carried] if carried else [])]
    unique = {(version.tag, *version.told_by.items()): version for version in offered}
    newer = {Comparison.NEWER, Comparison.UNKNOWN, *_pointed_back(application, environment)}
    ranked = best_first(application, state, unique.values())

    def may_follow(version: Version) -> bool:
        return here.version is None or relation(application, state, version=version, to=here.version) in newer

    # They are ranked as they compare, newest first, so that behind one that is not newer there is none.
    follow = [*takewhile(may_follow, ranked)]
    rest = follow[CONSIDERED:]
    grown = next(
        (each for each in rest if until and may_be_old_enough(application, state, each.tag, until=until)), None
    )
    considered = [*follow[:CONSIDERED], *(each for each in rest if each is grown or each.is_same(carried))]
    return tuple(complete(application, state, version) for version in considered)


def common_tags(application: Application, tags: Mapping[str, Tags | Missing | Unanswered]) -> frozenset[str]:
    """Return the tags that every image of the application has; an incomplete version is passed over."""
    sets = [seen.all for name in application.images if isinstance(seen := tags.get(name), Tags)]
    if len(sets) < len(application.images):
        return frozenset()
    return sets[0] if len(sets) == 1 else frozenset.intersection(*sets)


def ordered_by_date(application: Application, tags: Mapping[str, Tags | Missing | Unanswered]) -> frozenset[str]:
    """Return the tags whose build times order them: for `newest`, all that `tags` and `ignore` let through."""
    if application.versions.order.kind is not OrderKind.NEWEST:
        return frozenset()
    return frozenset(tag for tag in common_tags(application, tags) if fits(application.versions, tag))


def complete(application: Application, state: State, version: Version) -> Version:
    """Add what is known: digests from the bytes first, then as first seen, then from the registry; the source commit."""
    if follows(application) is not None:
        return fill_in(application, state, version)
    artifacts = [state.artifacts.get((name, version.tag)) for name in application.images]
    found = {seen.image: seen.digest for seen in artifacts if isinstance(seen, Artifact)}
    first = state.records.first_digests(application.name, version.tag)
    digests = {**found, **first, **dict(version.digests)}
    revisions = (seen.revision for seen in artifacts if isinstance(seen, Artifact) and seen.revision)
    source = version.source_commit or next(revisions, None) or _commit_of(application, state, version.tag)
    return Version(version.tag, tuple(sorted(digests.items())), source)


def _commit_of(application: Application, state: State, tag: str) -> str | None:
    """Return the source commit that the tag names, perhaps shortened, if the order is `commit`."""
    if application.versions.order.kind is not OrderKind.COMMIT or state.source is None:
        return None
    return commit_of(application.versions, tag, state.source.history)


def _offered(
    application: Application, state: State, environment: Environment, until: datetime | None
) -> Iterator[Version]:
    """Yield all that the environments before this one hold; the latest of a tag comes last. until: as of `grown_up`."""
    if environment.origin.kind is OriginKind.REGISTRY and follows(application) is not None:
        now = current(application, state)
        yield from [now] if now else []
    elif environment.origin.kind is OriginKind.REGISTRY:
        # What is newer than the present version comes first among them, so that no more than these can be looked at.
        tags = best_tags(application, state, common_tags(application, state.tags))
        yield from map(Version, (*tags[:CONSIDERED], *newest_grown(application, state, tags[CONSIDERED:], until)))
    for name in environment.origin.environments:
        arrivals = state.environments[name].arrivals
        yield from (arrival.version for arrival in reversed(arrivals) if arrival.version is not None)


def newest_grown(
    application: Application, state: State, tags: Sequence[str], until: datetime | None
) -> tuple[str, ...]:
    """Return the first of these tags that may be old enough; none if any may come. until: as of `grown_up`."""
    if until is None:
        return ()
    return tuple(islice((tag for tag in tags if may_be_old_enough(application, state, tag, until=until)), 1))


def _pointed_back(application: Application, environment: Environment) -> tuple[Comparison, ...]:
    """Return which comparisons count: what a followed tag points at is looked at even if it is older.

    Its gates then say that the tag was moved back.
    """
    from_registry = environment.origin.kind is OriginKind.REGISTRY
    return (Comparison.OLDER,) if from_registry and follows(application) is not None else ()
