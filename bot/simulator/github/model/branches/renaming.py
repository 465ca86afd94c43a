"""Renaming a branch, with everything that GitHub updates.

Protections that name the branch and open pull requests into it follow the new name. A pull request *from* the branch is
closed. Merged pull requests keep the former name of their base.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-branches-in-your-repository/renaming-a-branch
"""

from dataclasses import replace

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.events import CreateEvent, DeleteEvent, RepositoryEvent
from bot.simulator.github.model.pulls.repository import PullRepository
from bot.simulator.github.model.world.errors import Reason, Refused


def rename_branch(repository: PullRepository, old: str, new: str, *, by: User) -> None:
    """Rename a branch; raise Refused if the new name is taken."""
    if repository.find_branch(new) is not None:
        raise Refused(Reason.UNPROCESSABLE, f"Branch {new} already exists.")
    tip = repository.head(old)
    repository.store.move_ref(f"refs/heads/{new}", before=None, after=tip)
    repository.store.move_ref(f"refs/heads/{old}", before=tip, after=None)
    was_default = repository.default_branch == old
    if was_default:
        repository.default_branch = new
    _carry_protections(repository, old, new)
    _tell(repository, old, new, by)
    for pull in repository.open_pulls:
        if pull.base_ref == old:
            pull.retarget(new, by=by)
    for pull in repository.pull_requests.from_branch(repository, old):
        if pull in repository.open_pulls:
            pull.close(by=by)
    if was_default:
        event = RepositoryEvent(
            repository=repository,
            action="edited",
            changes=(("default_branch", old),),
            actor=by,
            at=repository.github.now(),
        )
        repository.github.events.emit(event)


def _carry_protections(repository: PullRepository, old: str, new: str) -> None:
    for position, found in enumerate(repository.protections):
        if found.pattern == old:
            repository.protections[position] = replace(found, pattern=new)
            repository.github.remember(repository.protections[position])
    if old in repository.queues:
        repository.queues[new] = repository.queues.pop(old)
        repository.queues[new].branch = new


def _tell(repository: PullRepository, old: str, new: str, by: User) -> None:
    emit, at = repository.github.events.emit, repository.github.now()
    emit(CreateEvent(repository=repository, ref=f"refs/heads/{new}", name=new, actor=by, at=at))
    emit(DeleteEvent(repository=repository, ref=f"refs/heads/{old}", name=old, actor=by, at=at))
