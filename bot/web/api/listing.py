"""Pages of what the store's notes say. Pure: notes in, a page out. A page ends where it is full, and names its last entry."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from bot.core.status import ApplicationStatus, Status, notes
from bot.web.api.models import (
    ApplicationsPage,
    ApplicationsQuery,
    Item,
    OpenPromotion,
    Page,
    PageQuery,
    PromotionsPage,
    PromotionsQuery,
    RepositoriesPage,
    RepositorySummary,
)

Notes = Mapping[str, str]
"""Name → text, sorted by name."""


def applications(found: Notes, query: ApplicationsQuery) -> ApplicationsPage:
    """Return these applications, sorted by repository and name."""
    matching = (
        (f"{status.repository}#{status.application}", status)
        for status in _statuses(found, query, after=query.after)
        if query.status is None or any(here.status is query.status for here in status.environments)
    )
    return _page(matching, query)


def promotions(found: Notes, query: PromotionsQuery) -> PromotionsPage:
    """Return these open promotions, sorted by repository, application and environment."""
    application, _, environment = query.after.rpartition("#") if query.after.count("#") > 1 else (query.after, "", "")
    return _page(
        (
            (place, promotion)
            for place, promotion in _promotions(found, query, from_application=application)
            if not environment or place > query.after
        ),
        query,
    )


def repositories(found: Notes, query: PageQuery) -> RepositoriesPage:
    """Return the repositories in numbers, sorted by name."""
    by_repository = groupby(sorted(found), key=lambda note: notes.key(note)[0])
    return _page(
        (
            (name, _summary(name, (found[note] for note in group)))
            for name, group in by_repository
            if name > query.after
        ),
        query,
    )


def _statuses(
    found: Notes, query: ApplicationsQuery, *, after: str = "", including: bool = False
) -> Iterator[ApplicationStatus]:
    for note, text in found.items():
        key = note.removeprefix(notes.BEGINNING)
        if query.application not in ("", notes.key(note)[1]) or key < after or (key == after and not including):
            continue
        status = notes.read(text)
        if status is not None:
            yield status


def _promotions(found: Notes, query: PromotionsQuery, *, from_application: str) -> Iterator[tuple[str, OpenPromotion]]:
    for status in _statuses(found, query, after=from_application, including=True):
        for here in sorted(status.environments, key=lambda here: here.environment):
            wanted = query.environment in ("", here.environment) and query.status in (None, here.status)
            if here.promotion is not None and wanted:
                place = f"{status.repository}#{status.application}#{here.environment}"
                yield place, OpenPromotion(status.repository, status.application, here)


def _summary(repository: str, texts: Iterable[str]) -> RepositorySummary:
    statuses = [status for status in map(notes.read, texts) if status is not None]
    environments = [here for status in statuses for here in status.environments]
    counts = Counter(here.status for here in environments)
    return RepositorySummary(
        repository=repository,
        applications=len(statuses),
        promotions=sum(here.promotion is not None for here in environments),
        waiting=counts[Status.WAITING],
        blocked=counts[Status.BLOCKED],
    )


def _page(named: Iterable[tuple[str, Item]], query: PageQuery) -> Page[Item]:
    items: list[Item] = []
    last = ""
    for name, item in named:
        if len(items) == query.limit:
            return Page(tuple(items), last)
        items.append(item)
        last = name
    return Page(tuple(items), None)
