"""Three kinds of trouble, told apart by what happens next.

`PolicyError` is shown to the user, `Temporary` is tried again, `LeaseLost` ends the pass quietly because another runner
goes on. Anything else is a bug: it is logged, and its key is tried again with growing delays.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a policy file; lines and columns count from 1, and 0 means the whole file."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class PolicyError(Exception):
    """A policy that cannot be followed, with every problem at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Temporary(Exception):  # noqa: N818 -- it is a state of the world, and reads as one where it is raised
    """Something outside did not answer as it should. Look again, and never repeat the write blindly.

    reason: what was seen, fit for a log and for people; never holds a secret. again_at: when the other side asked us to
    come back, if it did.
    """

    def __init__(self, reason: str, *, again_at: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again_at = again_at


class NotInstalled(Temporary):
    """The App is not, or no longer, installed on this repository: there is nothing to do until GitHub reports a change."""


class Moved(Exception):  # noqa: N818 -- as above
    """GitHub led from the name that was asked for to a repository of another name, or gave that name to another repository.

    name: what to look at instead.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Overtaken(Temporary):
    """Another writer changed `gitops-state` since it was read: nothing was refused, look again."""


class ContentLimited(Temporary):
    """GitHub refused new content (a comment, a pull request, a merge) because there was too much of it lately."""


class LeaseLost(Exception):  # noqa: N818 -- as above
    """Another runner may hold this key now: write nothing more."""
