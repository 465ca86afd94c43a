"""The source repository: its history, and its commits with their reports."""

from collections.abc import Mapping

from bot.core.needs.application import Needs
from bot.core.observation.commits import Commit
from bot.core.observation.repository import Visibility
from bot.core.observation.source import LoggedCommit, SourceSeen
from bot.github.errors import Answer, Json
from bot.github.parsing.answers import nodes
from bot.github.parsing.commits import commit, logged


def source(answer: Answer, needs: Needs) -> SourceSeen:
    """Parse the source repository. A commit that does not exist is left out; any other complaint makes it unreadable."""
    found = answer.data.get("source")
    if found is None or any(complaint.kind != "NOT_FOUND" for complaint in answer.about("source")):
        return SourceSeen(readable=False, history=(), commits={})
    history = (found.get("branch") or {}).get("history")
    return SourceSeen(
        readable=True,
        name=found["nameWithOwner"],
        visibility=Visibility[found["visibility"]],
        history=tuple(node["oid"] for node in nodes(history)),
        commits=commits_by_id(found, "s", needs.source_commits),
        logs=_logs(found, needs.logs),
        head=commit(head) if (head := found.get("head")) else None,
    )


def glimpsed(found: Json | None) -> SourceSeen | None:
    """Parse one repository of `sources`; None if it cannot be read, or if more was reported on its head than was read."""
    if not found:
        return None
    head = commit(found["head"]) if found.get("head") else None
    if head is not None and not head.reports_complete:
        return None
    return SourceSeen(
        readable=True,
        name=found["nameWithOwner"],
        visibility=Visibility[found["visibility"]],
        history=tuple(node["oid"] for node in nodes((found.get("branch") or {}).get("history"))),
        commits={},
        head=head,
    )


def commits_by_id(found: Json, letter: str, asked: frozenset[str]) -> Mapping[str, Commit]:
    """Return the commits that exist, by id. letter: of their aliases, such as `c` for `c0`, `c1`, …

    An id that names another kind of object has none of a commit's fields, and is left out.
    """
    seen = {oid: found.get(f"{letter}{number}") for number, oid in enumerate(sorted(asked))}
    return {oid: commit(each) for oid, each in seen.items() if each and "oid" in each}


def _logs(found: Json, asked: frozenset[str]) -> Mapping[str, tuple[LoggedCommit, ...]]:
    """Return the logs of the commits that exist, by the commit's id."""
    seen = {oid: found.get(f"l{number}") for number, oid in enumerate(sorted(asked))}
    return {oid: tuple(map(logged, nodes(each["history"]))) for oid, each in seen.items() if each and "history" in each}
