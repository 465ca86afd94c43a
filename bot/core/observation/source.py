"""The source repository: the commits of its branch, and what they change."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.observation.actors import Actor
from bot.core.observation.commits import Commit


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

    readable: False if this installation cannot see it. allowed: False if it belongs to another owner and the server's
    settings do not let this repository read it. history: the branch's commits, newest first, if asked for. head: the
    branch's newest commit, if asked for. commits: the requested commits that exist there. logs: by requested commit,
    that commit and its ancestors, newest first, at most fifty. touched: by requested commit, whether it touches the
    policy's `paths`; None if it cannot be determined.
    """

    readable: bool
    history: tuple[str, ...]
    commits: Mapping[str, Commit]
    logs: Mapping[str, tuple[LoggedCommit, ...]] = field(default_factory=dict)
    touched: Mapping[str, bool | None] = field(default_factory=dict)
    allowed: bool = True
    head: Commit | None = None
