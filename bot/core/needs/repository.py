"""What the next look at a whole repository must bring."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.commands.conversation.repository import NO_POLICY
from bot.core.commands.conversation.unanswered import addressed, unanswered
from bot.core.observation.sweep import Sweep
from bot.core.people.circle import circle
from bot.core.people.rights import named_in
from bot.core.policy import Policy, folders_to_list
from bot.core.policy.named_places import named_files
from bot.core.values.errors import PolicyError

MOST_FOLDERS = 50
"""Of files that `edit` names. Where they are more, a push makes the applications due that have them."""


THOROUGH = timedelta(hours=1)
"""How often all open pull requests are read: a "Re-run" on an old one, for example, does not move it to the front."""


@dataclass(frozen=True, slots=True)
class AlreadyRead:
    """Which open pull requests by others were read and dealt with, where they fill several pages.

    until: those that have not changed since then. policy_id: under which policy. at: when all of them were read.
    """

    until: datetime
    policy_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SweepNeeds:
    """folders: the fixed part of every environment's path, each listed once. people: commenters whose rights matter.

    read: what need not be read again of pull requests by others.
    """

    repository: str
    folders: tuple[str, ...] = ()
    people: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    read: AlreadyRead | None = None

    def cover(self, others: "SweepNeeds") -> bool:
        """What the others ask for, these have brought already."""
        mine = (set(self.folders), self.people, self.teams)
        wanted = (set(others.folders), others.people, others.teams)
        return all(have >= want for have, want in zip(mine, wanted, strict=True))


def repository_needs(
    repository: str, policy: Policy | PolicyError | None, sweep: Sweep | None, now: datetime
) -> SweepNeeds:
    """Return what the next look must bring after the last one: the environments' folders, and the roles of commenters."""
    if policy is None:
        return SweepNeeds(repository)
    if isinstance(policy, PolicyError):
        policy = NO_POLICY
    folders = tuple(dict.fromkeys((*folders_to_list(policy), *_folders_of_edits(policy))))
    asked = [
        comment.author.login
        for comment in unanswered(sweep.comments if sweep else (), now)
        if addressed(policy, comment)[1] is not None
    ]
    words = {word for application in policy.applications.values() for word in application.owners}
    for environment in policy.environments.values():
        words.update(environment.permissions.hold or (), environment.permissions.unhold or ())
        words.update(named_in(environment.permissions))  # for `/help`, which tells people what they may
    return SweepNeeds(repository, folders, frozenset(asked), circle(words, ()).teams() if asked else frozenset())


def already_read(sweep: Sweep, before: AlreadyRead | None, now: datetime) -> AlreadyRead | None:
    """Return what the next looks can leave out after this one, which was dealt with; None if they must read everything.

    A merge queue waits for checks on old pull requests, so nothing is left out there.
    """
    changes = [pull.updated_at for pull in sweep.pulls if pull.updated_at is not None]
    if not changes or sweep.repository.protection.merge_queue:
        return None
    at = before.at if sweep.partial and before is not None else now
    return AlreadyRead(max(changes), sweep.policy_id, at) if now - at < THOROUGH else None


def _folders_of_edits(policy: Policy) -> Iterator[str]:
    """Yield the folders of the files that the policy names; nothing if they are too many to be listed each time."""
    files = (
        file
        for name, application in policy.applications.items()
        for environment in policy.of(name).environments.values()
        for file in named_files(environment, application)
    )
    folders = dict.fromkeys(file.rpartition("/")[0] for file in files)
    if len(folders) <= MOST_FOLDERS:
        yield from folders
