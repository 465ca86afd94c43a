"""The pull requests of one repository: open one, and find them by number, head and commit."""

from dataclasses import dataclass

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.pulls.pull_request import PullRequest, PullRequestEvent
from bot.simulator.github.model.pulls.target import TargetRepository
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.model.world.ids import Kind
from bot.simulator.github.model.world.limits import check_body, check_title


@dataclass(frozen=True, slots=True, kw_only=True)
class PullDraft:
    """The fields of a new pull request. `head` is a branch of `head_repository` (by default the same repository)."""

    title: str
    base: str
    head: str
    body: str = ""
    head_repository: CodeRepository | None = None
    is_draft: bool = False
    maintainer_can_modify: bool = False


class PullRequests:
    """All pull requests into one repository. `opened` has the open ones by number."""

    def __init__(self, repository: TargetRepository) -> None:
        self._repository = repository
        self.opened: dict[int, PullRequest] = {}
        self._by_head: dict[str, list[PullRequest]] = {}
        self._introduced: dict[str, list[PullRequest]] = {}

    def open(self, draft: PullDraft, *, by: User) -> PullRequest:
        """Open a pull request; raise Refused without head, base or commits, or if one exists already."""
        repository = self._repository
        source = draft.head_repository or repository
        head, base = self._check(draft, source)
        repository.github.check_content(by.login)
        check_title(draft.title)
        check_body(draft.body)
        now = repository.github.now()
        pull = PullRequest(
            repository=repository, id=repository.github.ids.next(Kind.PULL_REQUEST), title=draft.title, body=draft.body,
            number=len(repository.conversations) + 1, author=by, created_at=now, updated_at=now, head_repository=source,
            head_ref=draft.head, head_oid=head, base_ref=draft.base, base_oid=base, is_draft=draft.is_draft,
            maintainer_can_modify=draft.maintainer_can_modify,
        )  # fmt: skip
        repository.conversations[pull.number] = self.opened[pull.number] = pull
        self._by_head.setdefault(draft.head, []).append(pull)
        self.keep_ref(pull, head)
        repository.github.remember(pull)
        event = PullRequestEvent(repository=repository, action="opened", pull=pull, actor=by, at=now)
        repository.github.events.emit(event)
        pull.ask_code_owners()
        return pull

    def keep_ref(self, pull: PullRequest, oid: str) -> None:
        """Keep `pull/N/head`, so that `git fetch origin pull/N/head` works."""
        if pull.state is State.OPEN:
            name, store = f"refs/pull/{pull.number}/head", self._repository.store
            store.move_ref(name, before=store.ref(name), after=oid)

    def _check(self, draft: PullDraft, source: CodeRepository) -> tuple[str, str]:
        head, base = source.find_branch(draft.head), self._repository.find_branch(draft.base)
        if base is None:
            raise _invalid("base", "Base ref must be a branch")
        if head is None:
            between = f"No commits between {draft.base} and {draft.head}"
            raise _invalid(
                "head", f"Head sha can't be blank, Base sha can't be blank, {between}, Head ref must be a branch"
            )
        if self.find_open(source, draft.head, draft.base):
            label = f"{source.owner.login}:{draft.head}"
            raise Refused(Reason.UNPROCESSABLE, f"A pull request already exists for {label}.", resource="PullRequest")
        self._repository.import_head(source, draft.head)
        if not self._repository.history.between(base, head):
            name = draft.head if source is self._repository else f"{source.owner.login}:{draft.head}"
            message = f"No commits between {draft.base} and {name}"
            raise Refused(Reason.UNPROCESSABLE, message, resource="PullRequest")
        return head, base

    def by_head(self, branch: str) -> list[PullRequest]:
        """Return all whose head branch has this name, including forks', oldest first."""
        return list(self._by_head.get(branch, ()))

    def from_branch(self, source: CodeRepository | None, branch: str) -> list[PullRequest]:
        """Return all from one branch of one repository, oldest first."""
        return [pull for pull in self._by_head.get(branch, ()) if pull.head_repository is source]

    def find_open(self, source: CodeRepository | None, branch: str, base: str) -> PullRequest | None:
        """Return the open one from a branch into a base. There is at most one."""
        found = self.from_branch(source, branch)
        return next((pull for pull in found if pull.state is State.OPEN and pull.base_ref == base), None)

    def by_number(self, number: int) -> PullRequest:
        """Return the pull request of a number; raise Refused if there is none."""
        found = self._repository.conversations.get(number)
        if not isinstance(found, PullRequest):
            raise not_found(f"Could not resolve to a PullRequest with the number of {number}.")
        return found

    def all(self) -> list[PullRequest]:
        """Return all, oldest first."""
        return [found for found in self._repository.conversations.values() if isinstance(found, PullRequest)]

    def reopened(self, number: int) -> None:
        """Record that it was reopened."""
        self.opened[number] = self.by_number(number)

    def closed(self, number: int) -> None:
        """Record that it was closed."""
        self.opened.pop(number, None)

    def merged(self, number: int, tip: str) -> None:
        """Record the commits that it merged. `tip`: the base's head afterwards."""
        pull = self.by_number(number)
        self.closed(number)
        brought = self._repository.history.between(pull.base_oid, tip) if tip != pull.base_oid else ()
        for oid in dict.fromkeys((*brought, *pull.commits())):
            self._introduced.setdefault(oid, []).append(pull)

    def with_commit(self, oid: str) -> list[PullRequest]:
        """Return those that merged this commit; for one not on the default branch also the open ones.

        https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit
        """
        repository = self._repository
        found = list(self._introduced.get(oid, ()))
        head = repository.find_branch(repository.default_branch)
        if self.opened and not found and not (head and repository.history.is_ancestor(oid, of=head)):
            found += [pull for pull in self.opened.values() if oid in pull.commits()]
        return found


def _invalid(field: str, message: str) -> Refused:
    return Refused(Reason.UNPROCESSABLE, message, resource="PullRequest", field=field, code="invalid")
