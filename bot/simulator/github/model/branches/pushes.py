"""What follows a push: its event, then updates of pull requests from and into the branch."""

from dataclasses import dataclass

from bot.simulator.github.git.store import ZERO
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.code.activity import Activity, ActivityKind
from bot.simulator.github.model.code.events import CreateEvent, DeleteEvent, PushEvent
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.repository import PullRepository
from bot.simulator.github.model.world.ids import Kind

# GitHub lists at most this many commits in a push. https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
MOST_COMMITS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A moved ref (full name). The zero id means that it did not exist or was deleted."""

    name: str
    before: str
    after: str
    by: User

    @property
    def short_name(self) -> str:
        """Return the branch's or tag's short name."""
        return self.name.split("/", 2)[2]


def follow(repository: PullRepository, move: Move) -> None:
    """Emit the event of a move, and update pull requests."""
    if not move.name.startswith(("refs/heads/", "refs/tags/")):
        repository.github.events.touch()
        return
    repository.pushed_at = repository.updated_at = repository.github.now()
    if move.name.startswith("refs/heads/"):
        _record(repository, move)
    _tell(repository, move)
    if move.name.startswith("refs/heads/"):
        _ask_for_checks(repository, move)
        _follow_head(repository, move)
        _follow_base(repository, move)


def _record(repository: PullRepository, move: Move) -> None:
    github = repository.github
    activity = Activity(
        id=github.ids.next(Kind.ACTIVITY), kind=_kind(repository, move), ref=move.name, before=move.before,
        after=move.after, actor=move.by, at=github.now(),
    )  # fmt: skip
    repository.activities.append(activity)


def _kind(repository: PullRepository, move: Move) -> ActivityKind:
    if move.before == ZERO:
        return ActivityKind.CREATION
    if move.after == ZERO:
        return ActivityKind.DELETION
    queue = repository.queues.get(move.short_name)
    if queue is not None and move.after in queue.landed:
        return ActivityKind.QUEUE_MERGE
    merged = repository.pull_requests.with_commit(move.after)
    if any(pull.merge_commit_oid == move.after and pull.base_oid == move.before for pull in merged):
        return ActivityKind.PR_MERGE
    grown = repository.history.is_ancestor(move.before, of=move.after)
    return ActivityKind.PUSH if grown else ActivityKind.FORCE_PUSH


def _tell(repository: PullRepository, move: Move) -> None:
    emit, at, by = repository.github.events.emit, repository.github.now(), move.by
    if move.before == ZERO:
        emit(CreateEvent(repository=repository, ref=move.name, name=move.short_name, actor=by, at=at))
    if move.after == ZERO:
        emit(DeleteEvent(repository=repository, ref=move.name, name=move.short_name, actor=by, at=at))
    moved = ZERO not in {move.before, move.after}
    event = PushEvent(
        repository=repository, ref=move.name, before=move.before, after=move.after,
        forced=moved and not repository.history.is_ancestor(move.before, of=move.after),
        commits=_new_commits(repository, move), actor=by, at=at,
    )  # fmt: skip
    emit(event)


def _ask_for_checks(repository: PullRepository, move: Move) -> None:
    """Request checks from every App that may write them, for a moved branch."""
    if move.after == ZERO:
        return
    for installation in repository.github.installations.values():
        if installation.covers(repository) and installation.permissions.get("checks", Access.NONE) >= Access.WRITE:
            repository.checks.request(move.after, app=installation.app, by=move.by)


def _new_commits(repository: PullRepository, move: Move) -> tuple[str, ...]:
    """Return the commits of the push, oldest first; for a new branch, those that the default branch lacks."""
    if move.after == ZERO or repository.store.object_kind(move.after) != "commit":
        return ()
    before = move.before
    if before == ZERO:
        default = repository.find_branch(repository.default_branch)
        before = default if default and default != move.after else ZERO
    if before != ZERO:
        return repository.history.between(before, move.after)[-MOST_COMMITS:]
    return tuple(reversed(repository.history.log(move.after).page(0, MOST_COMMITS)))


def _follow_head(repository: PullRepository, move: Move) -> None:
    for base in repository.network():
        base.follow_head(repository, move.short_name, move.after, by=move.by)


def _follow_base(repository: PullRepository, move: Move) -> None:
    for pull in [found for found in repository.open_pulls if found.base_ref == move.short_name]:
        if move.after == ZERO:
            pull.close(by=move.by)
        elif repository.history.is_ancestor(pull.head_oid, of=move.after):
            _merged_by_push(pull, move)
        else:
            pull.dismiss_stale(by=move.by)
    if move.short_name in repository.queues:
        repository.queues[move.short_name].base_moved(by=move.by)


def _merged_by_push(pull: PullRequest, move: Move) -> None:
    """Mark a pull request as merged if the push contains its head, as GitHub does."""
    repository = pull.repository
    pull.leave_queue(by=move.by, reason="ALREADY_MERGED")
    pull.auto_merge = None
    pull.base_oid = move.before if move.before != ZERO else pull.base_oid
    pull.state, pull.merge_commit_oid = State.MERGED, pull.head_oid
    pull.merged_at = pull.closed_at = pull.updated_at = repository.github.now()
    pull.merged_by = pull.closed_by = move.by
    pull.record_state_change(by=move.by)
    repository.pull_requests.merged(pull.number, move.after)
    pull.tell("closed", move.by)
