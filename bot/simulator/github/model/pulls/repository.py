"""The part of a repository that concerns pull requests and merge queues."""

from dataclasses import dataclass, field

from bot.simulator.github.git.store import ZERO
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.pulls.merging.auto_merge import merge_if_unblocked
from bot.simulator.github.model.pulls.merging.merge_queue import MergeQueue
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft, PullRequests
from bot.simulator.github.model.pulls.stacks import Stack
from bot.simulator.github.model.pulls.target import TargetRepository
from bot.simulator.github.model.world.ids import Kind


@dataclass(eq=False, kw_only=True)
class PullRepository(TargetRepository):
    """A repository with pull requests and merge queues."""

    pull_requests: PullRequests = field(init=False)
    queues: dict[str, MergeQueue] = field(default_factory=dict)
    stacks: list[Stack] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pull_requests = PullRequests(self)

    def open_pull(self, draft: PullDraft, *, by: User) -> PullRequest:
        """Open a pull request (see PullRequests.open)."""
        return self.pull_requests.open(draft, by=by)

    def pull(self, number: int) -> PullRequest:
        """Return the pull request of a number; raise Refused if there is none."""
        return self.pull_requests.by_number(number)

    @property
    def pulls(self) -> list[PullRequest]:
        """Return all pull requests, oldest first."""
        return self.pull_requests.all()

    @property
    def open_pulls(self) -> list[PullRequest]:
        """Return the open ones, in the order they were opened."""
        return list(self.pull_requests.opened.values())

    def queue(self, branch: str) -> MergeQueue | None:
        """Return the branch's merge queue, if its protection requires one."""
        if not any(found.protection.merge_queue for found in self.protections_of(branch)):
            return None
        if branch not in self.queues:
            self.queues[branch] = MergeQueue(id=self.github.ids.next(Kind.QUEUE), repository=self, branch=branch)
            self.github.remember(self.queues[branch])
        return self.queues[branch]

    def stack(self, *pulls: PullRequest) -> Stack:
        """Stack pull requests, each on top of the one before."""
        made = Stack(
            id=self.github.ids.next(Kind.STACK), number=len(self.stacks) + 1, base_ref=pulls[0].base_ref,
            created_at=self.github.now(), pulls=pulls,
        )  # fmt: skip
        self.stacks.append(made)
        for pull in pulls:
            pull.stack = made
        return made

    def has_merged_from(self, author: User) -> bool:
        """Report whether a pull request of this person was merged here."""
        return any(pull.author is author and pull.merged_at for pull in self.pulls)

    def reconsider(self, sha: str) -> None:
        """Check auto-merge and merge queues again, after a change on a commit."""
        for pull in [found for found in self.open_pulls if found.auto_merge and found.head_oid == sha]:
            merge_if_unblocked(pull)
        for queue in self.queues.values():
            if any(entry.group and entry.group.head_oid == sha for entry in queue.entries):
                queue.advance()

    def reconsider_all(self) -> None:
        """Check every open pull request again, after a change of protection."""
        for pull in self.open_pulls:
            self.reconsider(pull.head_oid)

    def follow_head(self, source: CodeRepository, branch: str, after: str, *, by: User) -> None:
        """Update pull requests from a branch of `source` that moved to `after` (zero id: deleted)."""
        for pull in self.pull_requests.from_branch(source, branch):
            if after != ZERO:
                self.import_head(source, branch)
                self.pull_requests.keep_ref(pull, after)
                pull.head_moved(after, by=by)
                self.reconsider(after)
            elif pull.state is State.OPEN:
                pull.close(by=by)
