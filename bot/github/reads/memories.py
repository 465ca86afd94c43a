"""What looks remember of each other: each saves a request, and all of it may be forgotten."""

from dataclasses import dataclass

from bot.github.reads.arrivals import Arrivals
from bot.github.reads.comments import Comments
from bot.github.reads.completing.status_apps import StatusApps
from bot.github.reads.look import Policies
from bot.github.reads.people import People
from bot.github.reads.state_branch import StateBranches


@dataclass(frozen=True, slots=True)
class Memories:
    """One of each for the process, for the looks at applications and at repositories."""

    policies: Policies
    comments: Comments
    states: StateBranches
    people: People
    arrivals: Arrivals
    status_apps: StatusApps
