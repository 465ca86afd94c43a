"""Translate what was observed under former names of environments and applications to their present names."""

from collections.abc import Iterable
from dataclasses import replace

from bot.core.observation.comments import Comment
from bot.core.observation.pull_request import Merged
from bot.core.policy import Renames
from bot.core.records.branch import Records
from bot.core.records.environment import EnvironmentRecords


def renamed_comments(comments: Iterable[Comment], renames: Renames) -> tuple[Comment, ...]:
    """Return the comments with the present names of the promotions that they are on."""
    return tuple(
        replace(each, promotion=renames.place(each.promotion)) if each.promotion else each for each in comments
    )


def renamed_merges(merges: Iterable[Merged], renames: Renames) -> tuple[Merged, ...]:
    """Return the merges with the present names of their places."""
    named = ((each, *renames.place((each.environment, each.application))) for each in merges)
    return tuple(replace(each, environment=where, application=what) for each, where, what in named)


def renamed_records(records: Records, renames: Renames) -> Records:
    """Return the records with those under a former name merged into those under the present name.

    An unreadable file may not be empty, so no environment with its name, present or former, is merged or written.
    """
    environments: dict[str, EnvironmentRecords] = {}
    for name, kept in records.environments.items():
        present = renames.environment(name)
        mine = kept.renamed(renames.applications)
        known = environments.get(present)
        if known is not None:
            mine = mine.joined(known) if name == present else known.joined(mine)
        environments[present] = mine
    unreadable = records.unreadable | {renames.environment(name) for name in records.unreadable}
    return records.model_copy(update={"environments": environments, "unreadable": unreadable})
