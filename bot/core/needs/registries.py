"""Which tags a registry is asked about, and which source commits GitHub is asked about for them."""

from collections.abc import Iterable, Mapping

from bot.core.policy import Application
from bot.core.selection.candidates import MOST_DATED
from bot.core.selection.possible import CONSIDERED, common_tags, ordered_by_date
from bot.core.values.artifacts import Missing, Tags, Unanswered
from bot.core.values.build_times import BuildTime
from bot.core.values.images import is_digest
from bot.core.versions.moving_tag import follows
from bot.core.versions.newer import holds_charts
from bot.core.versions.source_paths import untouched_in
from bot.core.versions.tags import NO_TIMES, commit_of, rank


def tags_to_ask(
    application: Application,
    tags: Mapping[str, Tags | Missing | Unanswered],
    *,
    held: Iterable[str],
    history: tuple[str, ...],
    created: Mapping[str, BuildTime] = NO_TIMES,
    untouched: frozenset[str] = frozenset(),
) -> Mapping[str, frozenset[str]]:
    """Return, by image, the newest versions and those held by environments, promotions and requests: never every tag.

    held: tags, and `image@digest` if a tag is followed. history, created, untouched: as for `rank`. If the order needs
    build times and none is usable, a few versions are still requested, so that pages can show their times.
    """
    followed = follows(application)
    newest = (followed,) if followed else newest_tags(application, tags, history, created, untouched)
    newest = newest or tuple(sorted(tags_to_date(application, tags), reverse=True)[:CONSIDERED])
    asked = {*newest, *(each for each in held if each and "@" not in each)}
    digests = [each.partition("@") for each in held if "@" in each]
    return {
        name: frozenset({*asked, *(digest for image, _, digest in digests if image == name)})
        for name in application.images
    }


def asked_about(artifacts: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return what registries were asked about, image and reference, as `held` names it."""
    return frozenset(f"{image}@{reference}" if is_digest(reference) else reference for image, reference in artifacts)


def tags_to_date(application: Application, tags: Mapping[str, Tags | Missing | Unanswered]) -> frozenset[str]:
    """Return the tags whose build times order them; none if there are too many."""
    fitting = ordered_by_date(application, tags)
    return fitting if len(fitting) <= MOST_DATED else frozenset()


def newest_tags(
    application: Application,
    tags: Mapping[str, Tags | Missing | Unanswered],
    history: tuple[str, ...],
    created: Mapping[str, BuildTime] = NO_TIMES,
    untouched: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Return the tags that could be the next versions."""
    common = common_tags(application, tags)
    ranking = rank(
        application.versions,
        common,
        history=history,
        created=created,
        untouched=untouched,
        charts=holds_charts(application, tags),
    )
    return ranking.candidates[:CONSIDERED]


def commits_to_ask(
    application: Application, tags: frozenset[str], *, history: tuple[str, ...], touched: Mapping[str, bool | None]
) -> frozenset[str]:
    """Return the source commits of the newest tags for which it is unknown whether they touch the source's paths.

    Commits that touch none of the paths make room for others: ask until nothing is left to ask.
    """
    ranking = rank(application.versions, tags, history=history, untouched=untouched_in(touched))
    newest = (commit_of(application.versions, tag, history) for tag in ranking.candidates[:CONSIDERED])
    return frozenset(oid for oid in newest if oid is not None and oid not in touched)
