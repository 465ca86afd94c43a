"""Problems of reading or changing a reference, without the file's path."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a reference cannot be changed. It becomes a `Refusal` when the file's path is known."""

    line: int
    seen: str
    reason: str
    advice: str


class Unreadable(Exception):  # noqa: N818 -- a state of the file, and reads as one where it is raised
    """A file that cannot be read as a tree."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


class Refused(Exception):  # noqa: N818 -- a state of an edit, and reads as one where it is raised
    """An edit that cannot be made; never leaves `render`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def unreadable(*, seen: str, reason: str, advice: str, line: int = 0) -> Unreadable:
    return Unreadable(Problem(line=line, seen=seen, reason=reason, advice=advice))
