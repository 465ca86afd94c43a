"""The source repository: the commits of its branch, and what they change."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.observation.actors import Actor
from bot.core.observation.commits import Commit
from bot.core.observation.repository import Visibility


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    """A commit of the source repository, as pages list it. pull: the pull request that contained it, if any."""

    oid: str
    headline: str
    author: Actor
    pull: int | None = None


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """The paths that a commit changes against its first parent, including the old paths of moved files.

    complete: False if the commit changes more files than GitHub lists.
    """

    paths: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """The application's source repository.

    name: what it is called now, '' where that is unknown; the policy may still have a former name.
    readable: False where this installation cannot see it. allowed: False where that is another owner's repository, which
    the server's settings do not let this one read. history: the branch's commits, newest first, where they were
    asked for. head: the branch's newest commit, likewise. commits: those asked for that exist there. logs: likewise, by
    commit, it and those that lead to it, newest first; at most fifty. touched: by commit, whether it touches the paths that
    the policy names, where that was asked; None where it cannot be told.
    """

    readable: bool
    history: tuple[str, ...]
    commits: Mapping[str, Commit]
    logs: Mapping[str, tuple[LoggedCommit, ...]] = field(default_factory=dict)
    touched: Mapping[str, bool | None] = field(default_factory=dict)
    allowed: bool = True
    name: str = ""
    visibility: Visibility = Visibility.PRIVATE
    head: Commit | None = None
