"""The merge queue of a branch: entries in order, each tested as a merge group on top of those ahead of it.

A group is a real commit on `gh-readonly-queue/<base>/pr-<number>-<base oid>`. When the base's required checks succeed
on it, the base moves to it. When one fails, its entry is removed and those behind it get new groups. When the base
moves otherwise (a push, a merge by a person who may bypass the queue), every group is rebuilt on the new base.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
"""

from dataclasses import dataclass, field

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.code.events import RepositoryEvent
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import Grouping, MergeMethod
from bot.simulator.github.model.protection.required_checks import checks_refusal
from bot.simulator.github.model.pulls.merging import merging
from bot.simulator.github.model.pulls.pull_request import MergeGroup, PullRequest, QueueEntry
from bot.simulator.github.model.pulls.stacks import refuse_queue
from bot.simulator.github.model.pulls.target import TargetRepository
from bot.simulator.github.model.world.errors import Reason, Refused, unprocessable
from bot.simulator.github.model.world.ids import Kind, node_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeGroupEvent(RepositoryEvent):
    """checks_requested, destroyed (`reason`: merged, invalidated, dequeued)."""

    group: MergeGroup
    reason: str | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class MergeQueue:
    """The queue of one branch."""

    id: int
    repository: TargetRepository
    branch: str
    entries: list[QueueEntry] = field(default_factory=list)
    landed: set[str] = field(default_factory=set)  # the commits that the queue merged

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.QUEUE, self.id)

    @property
    def method(self) -> MergeMethod:
        """Return the queue's merge method."""
        found = (protection.protection.merge_queue for protection in self.repository.protections_of(self.branch))
        return next((method for method in found if method), MergeMethod.MERGE)

    @property
    def grouping(self) -> Grouping:
        """Return whether every commit of a group must pass the checks, or only the last one."""
        found = (one.protection for one in self.repository.protections_of(self.branch))
        return next((one.grouping for one in found if one.merge_queue), Grouping.ALLGREEN)

    def add(self, pull: PullRequest, *, by: User, expected_head: str | None = None) -> QueueEntry:
        """Add a pull request at the end; it must meet every requirement except being up to date."""
        refuse_queue(pull.stack)
        if pull.queue_entry is not None:
            raise unprocessable("Pull request is already in the queue")
        if pull.state is not State.OPEN or pull.is_draft:
            raise unprocessable("Pull request is not in a mergeable state")
        if expected_head is not None and expected_head != pull.head_oid:
            raise Refused(Reason.HEAD_MODIFIED, "Head branch was modified. Review and try the merge again.")
        sentences = pull.blocked_by(pull.protections())
        if sentences:
            raise unprocessable(sentences[0])
        github = self.repository.github
        entry = QueueEntry(
            id=github.ids.next(Kind.QUEUE_ENTRY), queue=self, pull=pull, enqueued_at=github.now(), enqueuer=by
        )
        self.entries.append(entry)
        pull.queue_entry = entry
        github.remember(entry)
        pull.tell("enqueued", by)
        self._build()
        return entry

    def remove(self, entry: QueueEntry, *, by: User, reason: str = "MANUAL") -> None:
        """Remove an entry; those behind it get new groups."""
        self._leave(entry, "dequeued", by)
        entry.pull.tell("dequeued", by, reason=reason)
        self._rebuild(by)

    def is_green(self, entry: QueueEntry) -> bool:
        """Report whether every required check succeeded on the entry's group."""
        return entry.group is not None and not self._missing(entry.group)

    def base_moved(self, *, by: User) -> None:
        """Rebuild groups that are not based on the base's new head."""
        first = self.entries[0].group if self.entries else None
        if first is not None and first.base_oid != self.repository.find_branch(self.branch):
            self._rebuild(by)
        self.advance()

    def advance(self) -> None:
        """Merge successful entries at the front, and remove those that failed."""
        while self.entries:
            first = self.entries[0]
            if first.group is None:
                self.remove(first, by=first.enqueuer, reason="MERGE_CONFLICT")
            elif self._may_land():
                self._land(first, first.group)
            elif failed := self._first_failed():
                self.remove(failed, by=failed.enqueuer, reason="CI_FAILURE")
            else:
                return

    def _may_land(self) -> bool:
        """Report whether the front may merge: its checks succeeded, or with HEADGREEN those of a later entry."""
        if self.grouping is Grouping.ALLGREEN:
            return self.is_green(self.entries[0])
        return any(self.is_green(entry) for entry in self.entries)

    def _first_failed(self) -> QueueEntry | None:
        """Return the entry to remove: the front, or with HEADGREEN the last one of the group."""
        entry = self.entries[0] if self.grouping is Grouping.ALLGREEN else self.entries[-1]
        return entry if entry.group is not None and self._failed(entry.group) else None

    def _land(self, entry: QueueEntry, group: MergeGroup) -> None:
        # Deleting the group's branch emits "destroyed", with the reason.
        self.landed.add(group.head_oid)
        self._leave(entry, "merged", entry.enqueuer)
        merging.land(entry.pull, group.head_oid, by=entry.enqueuer)

    def _leave(self, entry: QueueEntry, reason: str, by: User) -> None:
        self.entries.remove(entry)
        entry.pull.queue_entry = None
        self.repository.github.forget(entry)
        self._destroy(entry, reason, by)

    def _destroy(self, entry: QueueEntry, reason: str, by: User) -> None:
        if entry.group is None:
            return
        group, entry.group = entry.group, None
        self.repository.move_ref(group.head_ref, before=group.head_oid, after=None, by=by)
        self._tell("destroyed", group, by, reason)

    def _rebuild(self, by: User) -> None:
        for entry in self.entries:
            self._destroy(entry, "invalidated", by)
        self._build()

    def _build(self) -> None:
        base = self.repository.store.ref(f"refs/heads/{self.branch}")
        for entry in tuple(self.entries):
            if entry.group is None and base is not None:
                self._form(entry, base)
            base = entry.group.head_oid if entry.group else base

    def _form(self, entry: QueueEntry, base: str) -> None:
        repository, pull = self.repository, entry.pull
        tree = repository.history.merged_tree(base, pull.head_oid)
        if tree is None:
            return
        squash = self.method is MergeMethod.SQUASH
        message = merging.squash_message if squash else merging.merge_message
        github = repository.github
        oid = repository.store.write_commit(
            tree=tree, parents=[base] if squash else [base, pull.head_oid], message=message(pull, merging.MergeOrder()),
            author=github.person(pull.author), committer=merging.web_flow(github.now_person),
        )  # fmt: skip
        repository.signed.add(oid)
        name = f"refs/heads/gh-readonly-queue/{self.branch}/pr-{pull.number}-{base}"
        entry.group = MergeGroup(head_oid=oid, head_ref=name, base_oid=base, base_ref=f"refs/heads/{self.branch}")
        repository.move_ref(name, before=None, after=oid, by=entry.enqueuer)
        self._tell("checks_requested", entry.group, entry.enqueuer)

    def _missing(self, group: MergeGroup) -> str | None:
        required = [
            check for found in self.repository.protections_of(self.branch) for check in found.protection.required_checks
        ]
        return checks_refusal(required, self.repository.checks.contexts(group.head_oid))

    def _failed(self, group: MergeGroup) -> bool:
        required = {
            check.context
            for found in self.repository.protections_of(self.branch)
            for check in found.protection.required_checks
        }
        contexts = self.repository.checks.contexts(group.head_oid)
        bad = {StatusState.FAILURE, StatusState.ERROR}
        return any(
            context.state in bad and (getattr(context, "context", None) or getattr(context, "name", None)) in required
            for context in contexts
        )

    def _tell(self, action: str, group: MergeGroup, by: User, reason: str | None = None) -> None:
        github = self.repository.github
        github.events.emit(
            MergeGroupEvent(
                repository=self.repository, action=action, group=group, reason=reason, actor=by, at=github.now()
            )
        )
