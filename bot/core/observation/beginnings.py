"""What the bot opened in a repository without a valid policy, and where a policy is being written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opened:
    """An issue or a pull request that this App opened, by its number. body: as it is now; people may have edited it."""

    node_id: str
    number: int
    is_pull: bool
    is_open: bool
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Beginnings:
    """opened: oldest first, closed ones included. has_issues: the repository has issues at all.

    elsewhere: a branch other than the default one that has a policy; '' if there is none.
    """

    opened: tuple[Opened, ...] = ()
    has_issues: bool = True
    elsewhere: str = ""
