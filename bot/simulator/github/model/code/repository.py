"""A repository: its settings, people, branches, issues and pull requests; and what follows when a branch moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from bot.simulator.github.git.history import History
from bot.simulator.github.git.store import ZERO, File, GitStore, Person, RefMoved
from bot.simulator.github.model.accounts.accounts import Account, App, Organisation, OrganisationRole, Role, Team, User
from bot.simulator.github.model.branches import pushes, renaming
from bot.simulator.github.model.checks.runs import CheckRun, Checks, CommitStatus, RunDetails, StatusState
from bot.simulator.github.model.code import codeowners
from bot.simulator.github.model.conversations.conversation import Conversation, Issue, Label, State
from bot.simulator.github.model.protection.protection import BranchProtection, Protection, ProtectionSource, covers
from bot.simulator.github.model.pulls import merging
from bot.simulator.github.model.pulls.merge_queue import MergeQueue
from bot.simulator.github.model.pulls.pull_request import PullDraft, PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullRequests
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.model.world.events import (
    BranchProtectionEvent,
    IssueEvent,
    LabelEvent,
    RepositoryEvent,
)
from bot.simulator.github.model.world.ids import Kind, node_id

if TYPE_CHECKING:
    from bot.simulator.github.model.github import GitHub


__all__ = ["PullDraft", "Repository", "Settings", "Visibility"]


class Visibility(Enum):
    """Who may see a repository."""

    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"
    INTERNAL = "INTERNAL"


@dataclass(slots=True, kw_only=True)
class Settings:
    """What administrators switch, with GitHub's defaults; titles and messages in GitHub's words."""

    merge_commit_allowed: bool = True
    squash_merge_allowed: bool = True
    rebase_merge_allowed: bool = True
    auto_merge_allowed: bool = False
    delete_branch_on_merge: bool = False
    allow_update_branch: bool = False
    merge_commit_title: str = "MERGE_MESSAGE"
    merge_commit_message: str = "PR_TITLE"
    squash_merge_commit_title: str = "COMMIT_OR_PR_TITLE"
    squash_merge_commit_message: str = "COMMIT_MESSAGES"
    has_issues: bool = True


@dataclass(eq=False, slots=True, kw_only=True)
class Repository:
    """A repository. Methods with `by` do what that user does; whether they may is asked in rules.py, by the views."""

    github: "GitHub"
    id: int
    owner: Account
    name: str
    store: GitStore
    visibility: Visibility
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    description: str | None = None
    default_branch: str = "main"
    parent: "Repository | None" = None
    is_archived: bool = False
    is_locked: bool = False
    settings: Settings = field(default_factory=Settings)
    collaborators: dict[User, Role] = field(default_factory=dict)
    team_roles: dict[Team, Role] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    conversations: dict[int, Conversation] = field(default_factory=dict)
    protections: list[BranchProtection] = field(default_factory=list)
    queues: dict[str, MergeQueue] = field(default_factory=dict)
    signed: set[str] = field(default_factory=set)
    forks: list["Repository"] = field(default_factory=list)
    history: History = field(init=False)
    checks: Checks = field(init=False)
    pull_requests: PullRequests = field(init=False)

    def __post_init__(self) -> None:
        self.history = History(self.store)
        self.checks = Checks(self)
        self.pull_requests = PullRequests(self)

    @property
    def node_id(self) -> str:
        """The node id."""
        return node_id(Kind.REPOSITORY, self.id)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    # -- people ----------------------------------------------------------------------------------------------------

    def role_of(self, user: User) -> Role:
        """What this person may do here (an App's bot: see rules.py), the highest of all ways in."""
        role = self.collaborators.get(user, Role.NONE)
        if user is self.owner:
            return Role.ADMIN
        if isinstance(self.owner, Organisation) and user in self.owner.members:
            admin = self.owner.members[user] is OrganisationRole.ADMIN
            role = Role.ADMIN if admin else max(role, self.owner.base_role)
        for team, granted in self.team_roles.items():
            if user in team.all_members():
                role = max(role, granted)
        installation = self.github.installation_of(user, self)
        if installation is not None:
            role = max(role, self.github.role_of_installation(installation))
        return max(role, Role.READ) if self.visibility is Visibility.PUBLIC else role

    def grant(self, to: User | Team, role: Role) -> None:
        """Give a person or a team a role; NONE takes it away."""
        if isinstance(to, Team):
            self.team_roles[to] = role
        else:
            self.collaborators[to] = role
        self.github.events.touch()

    def people(self) -> list[User]:
        """Everybody with access that is not just the world's: owner, members, teams and collaborators, each once."""
        found: dict[User, None] = {}
        if isinstance(self.owner, Organisation):
            found.update(dict.fromkeys(self.owner.members))
        elif isinstance(self.owner, User):
            found[self.owner] = None
        for team in self.team_roles:
            found.update(dict.fromkeys(team.all_members()))
        found.update(dict.fromkeys(self.collaborators))
        return [user for user in found if self.role_of(user) > Role.NONE]

    # -- branches --------------------------------------------------------------------------------------------------

    def find_branch(self, name: str) -> str | None:
        """The id of a branch's newest commit, or None."""
        return self.store.ref(f"refs/heads/{name}")

    def head(self, branch: str | None = None) -> str:
        """The id of a branch's newest commit, by default the default branch's; refused when there is none."""
        found = self.find_branch(branch or self.default_branch)
        if found is None:
            raise not_found(f"Branch {branch or self.default_branch} not found in {self.full_name}")
        return found

    def branch_at(self, sha: str) -> str | None:
        """A branch whose newest commit is `sha`."""
        return next(
            (name.removeprefix("refs/heads/") for name, oid in self.store.refs("refs/heads/") if oid == sha), None
        )

    def create_branch(self, name: str, *, by: User, at: str | None = None) -> str:
        """Make a branch at a commit (by default the default branch's newest); returns the id."""
        oid = at or self.head()
        self.move_ref(f"refs/heads/{name}", before=None, after=oid, by=by)
        return oid

    def rename_branch(self, old: str, new: str, *, by: User) -> None:
        """Give a branch another name, with all that follows (see renaming)."""
        renaming.rename_branch(self, old, new, by=by)

    def delete_branch(self, name: str, *, by: User) -> None:
        """Remove a branch; open pull requests from it are closed."""
        self.move_ref(f"refs/heads/{name}", before=self.head(name), after=None, by=by)

    def commit_files(
        self,
        files: Mapping[str, bytes | str | File | None],
        *,
        by: User,
        branch: str | None = None,
        message: str = "Change files",
        at: datetime | None = None,
    ) -> str:
        """Push a commit that writes files (text, bytes, or File for a mode) and removes those that are None.

        The branch is made from the default branch if it is not there. Protection is not asked: it is how a test or the
        demo says what a person pushed. Returns the commit id.
        """
        ref = f"refs/heads/{branch or self.default_branch}"
        before = self.store.ref(ref)
        start = before or self.find_branch(self.default_branch)
        tree = self.store.write_tree(
            self.store.commit(start).tree if start else None, {path: _file(content) for path, content in files.items()}
        )
        person = Person(by.name or by.login, by.email, at or self.github.now())
        oid = self.store.write_commit(
            tree=tree, parents=[start] if start else [], message=message, author=person, committer=person
        )
        self.move_ref(ref, before=before, after=oid, by=by)
        return oid

    def move_ref(self, name: str, *, before: str | None, after: str | None, by: User) -> None:
        """Create, move or delete a ref that is still at `before`, with all that follows; else Refused."""
        try:
            self.store.move_ref(name, before=before, after=after)
        except RefMoved as moved:
            raise _moved(moved) from moved
        self.after_move(name, before=before or ZERO, after=after or ZERO, by=by)

    def refs_seen(self) -> dict[str, str]:
        """Every branch and tag now; give it to `receive` after git has taken a push."""
        return {**dict(self.store.refs("refs/heads/")), **dict(self.store.refs("refs/tags/"))}

    def receive(self, seen: Mapping[str, str], *, by: User) -> None:
        """Let everything follow from a `git push` that has happened: `seen` is what the refs were before it."""
        present = self.refs_seen()
        for name in sorted(seen.keys() | present.keys()):
            if seen.get(name) != present.get(name):
                self.after_move(name, before=seen.get(name, ZERO), after=present.get(name, ZERO), by=by)

    def after_move(self, name: str, *, before: str, after: str, by: User) -> None:
        """A ref has moved (the zero id: was not there, is gone): tell of it, then let pull requests follow."""
        pushes.follow(self, pushes.Move(name=name, before=before, after=after, by=by))

    # -- issues and pull requests ----------------------------------------------------------------------------------

    def open_issue(self, title: str, *, by: User, body: str = "", labels: Iterable[Label] = ()) -> Issue:
        """Open an issue."""
        if not self.settings.has_issues:
            raise Refused(Reason.UNPROCESSABLE, "Issues has been disabled in this repository.")
        now = self.github.now()
        issue = Issue(
            repository=self, id=self.github.ids.next(Kind.ISSUE), number=len(self.conversations) + 1, title=title,
            body=body, author=by, created_at=now, updated_at=now,
        )  # fmt: skip
        self.conversations[issue.number] = issue
        self.github.remember(issue)
        self.github.events.emit(IssueEvent(repository=self, action="opened", issue=issue, actor=by, at=now))
        issue.add_labels(*labels, by=by)
        return issue

    def import_head(self, source: "Repository | None", branch: str) -> None:
        """Bring a fork's commits here, as GitHub's shared storage has them."""
        if source is not None and source is not self:
            self.store.fetch(source.store, f"refs/heads/{branch}")
            self.signed |= source.signed

    def keep_pull_ref(self, pull: PullRequest, oid: str) -> None:
        """Let `git fetch origin pull/N/head` work."""
        if pull.state is State.OPEN:
            name = f"refs/pull/{pull.number}/head"
            self.store.move_ref(name, before=self.store.ref(name), after=oid)

    def conversation(self, number: int) -> Conversation:
        """The issue or pull request of a number; refused when there is none."""
        found = self.conversations.get(number)
        if found is None:
            raise not_found(f"Could not resolve to an issue or pull request with the number of {number}.")
        return found

    def pull(self, number: int) -> PullRequest:
        """The pull request of a number; refused when there is none."""
        found = self.conversations.get(number)
        if not isinstance(found, PullRequest):
            raise not_found(f"Could not resolve to a PullRequest with the number of {number}.")
        return found

    def issue(self, number: int) -> Issue:
        """The issue of a number; refused when there is none."""
        found = self.conversations.get(number)
        if not isinstance(found, Issue):
            raise not_found(f"Could not resolve to an Issue with the number of {number}.")
        return found

    @property
    def pulls(self) -> list[PullRequest]:
        """All pull requests, oldest first."""
        return [found for found in self.conversations.values() if isinstance(found, PullRequest)]

    @property
    def open_pulls(self) -> list[PullRequest]:
        """The open ones, in the order they were opened."""
        return list(self.pull_requests.opened.values())

    @property
    def issues(self) -> list[Issue]:
        """All issues, oldest first."""
        return [found for found in self.conversations.values() if isinstance(found, Issue)]

    def open_pull(self, draft: PullDraft, *, by: User) -> PullRequest:
        """Open a pull request (see PullRequests.open)."""
        return self.pull_requests.open(draft, by=by)

    def reconsider(self, sha: str) -> None:
        """Something about a commit changed: standing orders and queues look again."""
        for pull in [found for found in self.open_pulls if found.auto_merge and found.head_oid == sha]:
            merging.carry_out_standing_order(pull)
        for queue in self.queues.values():
            if any(entry.group and entry.group.head_oid == sha for entry in queue.entries):
                queue.advance()

    # -- labels, checks, protection --------------------------------------------------------------------------------

    def label(
        self, name: str, *, by: User | None = None, color: str = "ededed", description: str | None = None
    ) -> Label:
        """The label of a name (letter case does not count), made if it is not there."""
        key = name.lower()
        if key not in self.labels:
            now = self.github.now()
            made = Label(
                id=self.github.ids.next(Kind.LABEL), repository=self, name=name, color=color, description=description,
                created_at=now, updated_at=now,
            )  # fmt: skip
            self.labels[key] = made
            self.github.remember(made)
            event = LabelEvent(repository=self, action="created", label=made, actor=by or self.github.ghost, at=now)
            self.github.events.emit(event)
        return self.labels[key]

    def delete_label(self, label: Label, *, by: User) -> None:
        """Remove a label, from everything it is on too."""
        self.labels.pop(label.name.lower(), None)
        self.github.forget(label)
        for conversation in self.conversations.values():
            if label in conversation.labels:
                conversation.labels.remove(label)
        event = LabelEvent(repository=self, action="deleted", label=label, actor=by, at=self.github.now())
        self.github.events.emit(event)

    def create_check_run(self, sha: str, name: str, *, app: App, details: RunDetails | None = None) -> CheckRun:
        """A new check run on a commit (see Checks)."""
        return self.checks.create_run(sha, name, app=app, details=details)

    def set_status(
        self,
        sha: str,
        context: str,
        state: StatusState,
        *,
        by: User,
        description: str | None = None,
        target_url: str | None = None,
    ) -> CommitStatus:
        """A new commit status (see Checks)."""
        return self.checks.set_status(sha, context, state, by=by, description=description, target_url=target_url)

    def protect(self, pattern: str, protection: Protection, *, by: User | None = None) -> BranchProtection:
        """Protect the branches a pattern matches; a protection of the same kind and pattern is replaced."""
        self.unprotect(pattern, protection.source)
        made = BranchProtection(
            id=self.github.ids.next(Kind.PROTECTION), repository=self, pattern=pattern, protection=protection
        )
        self.protections.append(made)
        self.github.remember(made)
        event = BranchProtectionEvent(
            repository=self, action="created", protection=made, actor=by or self.github.ghost, at=self.github.now()
        )
        self.github.events.emit(event)
        for pull in self.open_pulls:
            self.reconsider(pull.head_oid)
        return made

    def unprotect(self, pattern: str, source: ProtectionSource | None = None) -> None:
        """Remove the protections of a pattern (of one kind, or both)."""
        for found in tuple(self.protections):
            if found.pattern == pattern and source in {None, found.protection.source}:
                self.protections.remove(found)
                self.github.forget(found)
        self.github.events.touch()

    def protections_of(self, branch: str) -> list[BranchProtection]:
        """What protects a branch."""
        return [found for found in self.protections if covers(found.pattern, branch)]

    def queue(self, branch: str) -> MergeQueue | None:
        """The branch's merge queue, if its protection asks for one."""
        if not any(found.protection.merge_queue for found in self.protections_of(branch)):
            return None
        if branch not in self.queues:
            self.queues[branch] = MergeQueue(id=self.github.ids.next(Kind.QUEUE), repository=self, branch=branch)
            self.github.remember(self.queues[branch])
        return self.queues[branch]

    def code_owners(self, branch: str) -> str | None:
        """The text of CODEOWNERS on a branch."""
        tip = self.find_branch(branch)
        for path in codeowners.PLACES:
            found = self.store.file(tip, path) if tip else None
            if found is not None:
                return found.decode("utf-8", "replace")
        return None

    def archive(self, *, by: User) -> None:
        """Make it read-only."""
        self.is_archived = True
        self.github.events.emit(RepositoryEvent(repository=self, action="archived", actor=by, at=self.github.now()))

    def unarchive(self, *, by: User) -> None:
        """Undo archiving."""
        self.is_archived = False
        self.github.events.emit(RepositoryEvent(repository=self, action="unarchived", actor=by, at=self.github.now()))


def _file(content: bytes | str | File | None) -> File | None:
    if isinstance(content, str):
        return File(content.encode())
    return File(content) if isinstance(content, bytes) else content


def _moved(moved: RefMoved) -> Refused:
    if moved.expected is None:
        return Refused(
            Reason.UNPROCESSABLE, f'A ref named "{moved.name}" already exists in the repository.',
            rest_message="Reference already exists",
        )  # fmt: skip
    if moved.actual is None:
        return Refused(
            Reason.UNPROCESSABLE, f"Reference does not exist: {moved.name}", rest_message="Reference does not exist"
        )
    return Refused(
        Reason.STALE_DATA, f'Expected "{moved.name}" to point to "{moved.expected}" but it was "{moved.actual}"',
        rest_message="Reference cannot be updated",
    )  # fmt: skip
