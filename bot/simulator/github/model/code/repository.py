"""A repository as GitHub's tab "Code" shows it: settings, people, branches and files.

This is all that issues, check runs and pull requests know of their repository, so that the complete repository can
import all of them. What this class needs of them is abstract. Each room implements its part in a file of the same name,
and `model/repository.py` is the complete class.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.simulator.github.git.history import History
from bot.simulator.github.git.store import ZERO, File, GitStore, Person, RefMoved
from bot.simulator.github.model.accounts.accounts import Account, Organisation, OrganisationRole, Role, Team, User
from bot.simulator.github.model.accounts.directory import Directory
from bot.simulator.github.model.code import codeowners
from bot.simulator.github.model.code.activity import Activity
from bot.simulator.github.model.code.settings import Settings, Visibility
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.model.world.signatures import SignatureState


@dataclass(eq=False, kw_only=True)
class CodeRepository(ABC):
    """A repository. Methods with `by` act as that user; access/rules.py checks the user's rights before."""

    github: Directory
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
    parent: "CodeRepository | None" = None
    forks: list["CodeRepository"] = field(default_factory=list)
    is_archived: bool = False
    is_locked: bool = False
    settings: Settings = field(default_factory=Settings)
    collaborators: dict[User, Role] = field(default_factory=dict)
    team_roles: dict[Team, Role] = field(default_factory=dict)
    signed: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    activities: list[Activity] = field(default_factory=list)
    history: History = field(init=False)

    def __post_init__(self) -> None:
        self.history = History(self.store)

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.REPOSITORY, self.id)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    def network(self) -> list["CodeRepository"]:
        """Return this repository, its origin and all forks, the root first."""
        root: CodeRepository = self
        while root.parent is not None:
            root = root.parent
        found = [root]
        for member in found:
            found.extend(member.forks)
        return found

    # -- implemented by the other rooms ------------------------------------------------------------------------------------

    @abstractmethod
    def after_move(self, name: str, *, before: str, after: str, by: User) -> None:
        """Emit the events of a moved ref (zero id: created or deleted), then update pull requests."""

    @abstractmethod
    def follow_head(self, source: "CodeRepository", branch: str, after: str, *, by: User) -> None:
        """Update pull requests from a branch of `source` that moved to `after` (zero id: deleted)."""

    @abstractmethod
    def reconsider(self, sha: str) -> None:
        """Check auto-merge and merge queues again, after a change on a commit."""

    @abstractmethod
    def is_protected(self, branch: str) -> bool:
        """Report whether a branch is protected."""

    @abstractmethod
    def count_open(self) -> int:
        """Return how many issues and pull requests are open."""

    @abstractmethod
    def has_merged_from(self, author: User) -> bool:
        """Report whether a pull request of this person was merged here."""

    # -- people ----------------------------------------------------------------------------------------------------------

    def role_of(self, user: User) -> Role:
        """Return this person's role, the highest of all sources. For an App's bot see access/rules.py."""
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
        """Give a person or team a role; NONE removes it."""
        if isinstance(to, Team):
            self.team_roles[to] = role
        else:
            self.collaborators[to] = role
        self.github.events.touch()

    def people(self) -> list[User]:
        """Return everyone with access of their own: owner, members, teams, collaborators; each once."""
        found: dict[User, None] = {}
        if isinstance(self.owner, Organisation):
            found.update(dict.fromkeys(self.owner.members))
        elif isinstance(self.owner, User):
            found[self.owner] = None
        for team in self.team_roles:
            found.update(dict.fromkeys(team.all_members()))
        found.update(dict.fromkeys(self.collaborators))
        return [user for user in found if self.role_of(user) > Role.NONE]

    # -- branches --------------------------------------------------------------------------------------------------------

    def find_branch(self, name: str) -> str | None:
        """Return the id of a branch's head, or None."""
        return self.store.ref(f"refs/heads/{name}")

    def head(self, branch: str | None = None) -> str:
        """Return the id of a branch's head, by default the default branch's; raise Refused if there is none."""
        found = self.find_branch(branch or self.default_branch)
        if found is None:
            raise not_found(f"Branch {branch or self.default_branch} not found in {self.full_name}")
        return found

    def holds(self, oid: str) -> bool:
        """Report whether a branch or tag contains this commit."""
        return any(self.history.is_ancestor(oid, of=tip) for tip in self.refs_seen().values())

    def branch_at(self, sha: str) -> str | None:
        """Return a branch whose head is `sha`, or None."""
        return next(
            (name.removeprefix("refs/heads/") for name, oid in self.store.refs("refs/heads/") if oid == sha), None
        )

    def create_branch(self, name: str, *, by: User, at: str | None = None) -> str:
        """Create a branch at a commit, by default the default branch's head; return the commit id."""
        oid = at or self.head()
        self.move_ref(f"refs/heads/{name}", before=None, after=oid, by=by)
        return oid

    def delete_branch(self, name: str, *, by: User) -> None:
        """Delete a branch; open pull requests from it are closed."""
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

        The branch is created from the default branch if it does not exist. Protection is not checked: tests and the
        demo use this for a person's push. Returns the commit id.
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
        """Create, move or delete a ref that is at `before`, with all consequences; else raise Refused."""
        try:
            self.store.move_ref(name, before=before, after=after)
        except RefMoved as moved:
            raise _moved(moved) from moved
        self.after_move(name, before=before or ZERO, after=after or ZERO, by=by)

    def refs_seen(self) -> dict[str, str]:
        """Return every branch and tag, for `receive` after git has accepted a push."""
        return {**dict(self.store.refs("refs/heads/")), **dict(self.store.refs("refs/tags/"))}

    def receive(self, seen: Mapping[str, str], *, by: User) -> None:
        """Process a finished `git push`. `seen`: the refs before it."""
        present = self.refs_seen()
        for name in sorted(seen.keys() | present.keys()):
            if seen.get(name) != present.get(name):
                self.after_move(name, before=seen.get(name, ZERO), after=present.get(name, ZERO), by=by)

    def import_head(self, source: "CodeRepository | None", branch: str) -> None:
        """Copy a fork's commits here, as GitHub's shared storage does."""
        if source is not None and source is not self:
            self.store.fetch(source.store, f"refs/heads/{branch}")
            self.signed |= source.signed
            self.verified |= source.verified

    def signature_of(self, oid: str) -> SignatureState | None:
        """Return GitHub's verification of a commit's signature; None without one.

        A verified signature stays verified.

        https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification#persistent-commit-signature-verification
        """
        if oid not in self.signed:
            return None
        if oid in self.verified:
            return SignatureState.VALID
        if self.github.signature_verification is SignatureState.VALID:
            self.verified.add(oid)
        return self.github.signature_verification

    def unverified(self, commits: Iterable[str]) -> list[str]:
        """Return the commits whose signature is missing or not verified."""
        return [oid for oid in commits if self.signature_of(oid) is not SignatureState.VALID]

    def code_owners(self, branch: str) -> str | None:
        """Return the text of CODEOWNERS on a branch."""
        tip = self.find_branch(branch)
        for path in codeowners.PLACES:
            found = self.store.file(tip, path) if tip else None
            if found is not None:
                return found.decode("utf-8", "replace")
        return None


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
