"""The buttons: people comment, review, merge and close; machines report, release and let time pass.

A person may do what their role allows on GitHub; refusals use GitHub's words. After each action the simulation settles
before the page is shown again, so that the page shows the answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TypeVar

from aiohttp import web

from bot.simulator.github.model.accounts.accounts import Role, User
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.conversation import Conversation
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, allowed_methods, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused, not_found, unprocessable
from bot.simulator.pages.content import code
from bot.simulator.pages.handlers.reading import Reading, number
from bot.simulator.pages.rendering.templates import ACTING_AS
from bot.simulator.pages.world import World

LONGEST = 65_536
"""GitHub's limit of a comment, in characters."""

STEPS = {"10": timedelta(minutes=10), "60": timedelta(hours=1), "1440": timedelta(days=1)}

CONCLUSIONS = {"success": Conclusion.SUCCESS, "failure": Conclusion.FAILURE}

STATES = {"success": StatusState.SUCCESS, "failure": StatusState.FAILURE}

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a person on an issue or pull request, with text."""

    to: Conversation
    by: User
    words: str

    @property
    def pull(self) -> PullRequest:
        """Return its pull request; raise Refused for an issue."""
        if not isinstance(self.to, PullRequest):
            raise unprocessable(f"#{self.to.number} is an issue; this is done to pull requests.")
        return self.to


@dataclass(frozen=True, slots=True)
class Acting:
    """Handlers of all requests that change something."""

    world: World
    reading: Reading

    async def converse(self, request: web.Request) -> web.StreamResponse:
        """Comment, review, merge, close or reopen, as `do` says; `quick` is the comment of a button."""
        form = await _form(request)
        repository = self.reading.repository(request)
        conversation = repository.conversation(int(request.match_info["number"]))
        person = self._person(form, repository)
        words = form.get("quick") or form.get("body", "")
        if len(words) > LONGEST:
            raise unprocessable(f"Body is too long (maximum is {LONGEST} characters)")
        action = ACTIONS.get("comment" if form.get("quick") else form.get("do", ""))
        if action is None:
            raise unprocessable(f"The form asked for {form.get('do', '')!r}; it can ask for {', '.join(ACTIONS)}.")
        action(Action(conversation, person, words))
        await self.world.settle()
        kind = "pull" if isinstance(conversation, PullRequest) else "issues"
        answer = _see(f"/{repository.full_name}/{kind}/{conversation.number}#end")
        answer.set_cookie(ACTING_AS, person.login, samesite="Strict", httponly=True)
        return answer

    async def propose(self, request: web.Request) -> web.StreamResponse:
        """Change a file on a new branch, and open a pull request, as GitHub's editor does."""
        form = await _form(request)
        repository = self.reading.repository(request)
        person, path = self._person(form, repository), request.match_info["path"]
        present, wanted = self._text(repository, path), form.get("content", "").replace("\r\n", "\n")
        if repository.role_of(person) < Role.WRITE:
            has = repository.role_of(person).name.lower()
            raise Refused(Reason.FORBIDDEN, f"{person.login} has the role {has} here; to change a file takes write.")
        if wanted == present:
            raise unprocessable(f"{path} already says that: there is nothing to propose.")
        branch = next(
            name for number in count(1) if repository.find_branch(name := f"{person.login}-patch-{number}") is None
        )
        repository.commit_files({path: wanted}, by=person, branch=branch, message=f"Update {path}")
        draft = PullDraft(title=f"Update {path}", base=repository.default_branch, head=branch)
        pull = repository.open_pull(draft, by=person)
        await self.world.settle()
        answer = _see(f"/{repository.full_name}/pull/{pull.number}")
        answer.set_cookie(ACTING_AS, person.login, samesite="Strict", httponly=True)
        return answer

    def _text(self, repository: Repository, path: str) -> str:
        """Return the text of a file on the default branch; raise Refused if it is missing or binary."""
        where = code.place(repository, f"{repository.default_branch}/{path}")
        text = code.text_of(repository, where)
        if text is None:
            raise unprocessable(f"{path} is not text, or too large to change here.")
        return text

    async def validate(self, request: web.Request) -> web.StreamResponse:
        """Report the repository's own check on a pull request."""
        form = await _form(request)
        pull = self.world.manifests.pull(number(form.get("pull", "")))
        self.world.validate(pull, _one_of(CONCLUSIONS, form, "conclusion"))
        await self.world.settle()
        return _back(form)

    async def sync(self, request: web.Request) -> web.StreamResponse:
        """Report an environment's deployment."""
        form = await _form(request)
        environment = form.get("environment", "")
        if environment not in self.world.environments:
            raise not_found(f"There is no environment {environment!r}; there are {', '.join(self.world.environments)}.")
        self.world.sync(environment, _one_of(STATES, form, "state"))
        await self.world.settle()
        return _back(form)

    async def release(self, request: web.Request) -> web.StreamResponse:
        """Build and push a new version."""
        form = await _form(request)
        tag = form.get("tag", "")
        if not tag or tag in self.world.tags:
            raise unprocessable(f"The tag {tag!r} was pushed already: somebody was faster; choose again.")
        self.world.release(tag)
        await self.world.settle()
        return _back(form)

    async def advance(self, request: web.Request) -> web.StreamResponse:
        """Let time pass."""
        form = await _form(request)
        await self.world.advance(_one_of(STEPS, form, "minutes"))
        return _back(form)

    def _person(self, form: Mapping[str, str], repository: Repository) -> User:
        login = form.get("person", "")
        if login not in self.world.people:
            raise not_found(f"Nobody here is called {login!r}; there are {', '.join(self.world.people)}.")
        person = self.world.github.user(login)
        if repository.role_of(person) < Role.READ:
            raise not_found(f"{login} does not see {repository.full_name}.")
        return person


def _comment(action: Action) -> None:
    action.to.comment(_text(action.words), by=action.by)


def _approve(action: Action) -> None:
    action.pull.review(by=action.by, state=ReviewState.APPROVED, body=_text(action.words))


def _request_changes(action: Action) -> None:
    if not action.words.strip():  # https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request
        raise unprocessable("To request changes, write what should change.")
    action.pull.review(by=action.by, state=ReviewState.CHANGES_REQUESTED, body=_text(action.words))


def _merge(action: Action) -> None:
    _require(action, Role.WRITE, "merge")
    methods = allowed_methods(action.pull)
    if not methods:
        raise Refused(Reason.NOT_MERGEABLE, "The settings of this repository allow no way to merge this.")
    merge(action.pull, MergeOrder(method=methods[0], expected_head=action.pull.head_oid), by=action.by)


def _close(action: Action) -> None:
    _require(action, Role.TRIAGE, "close")
    action.pull.close(by=action.by)


def _reopen(action: Action) -> None:
    _require(action, Role.TRIAGE, "reopen")
    action.pull.reopen(by=action.by)


ACTIONS: dict[str, Callable[[Action], None]] = {
    "comment": _comment,
    "approve": _approve,
    "request-changes": _request_changes,
    "merge": _merge,
    "close": _close,
    "reopen": _reopen,
}


def _require(action: Action, role: Role, verb: str) -> None:
    has = action.to.repository.role_of(action.by)
    if has < role and not (action.by is action.to.author and role is Role.TRIAGE):
        who = f"{action.by.login} has the role {has.name.lower()} here"
        raise Refused(Reason.FORBIDDEN, f"{who}; to {verb} a pull request takes {role.name.lower()}.")


def _text(words: str) -> str:
    """Convert CRLF, which browsers send (https://url.spec.whatwg.org/#application/x-www-form-urlencoded), to LF."""
    return words.replace("\r\n", "\n").strip()


async def _form(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _one_of(choices: Mapping[str, Value], form: Mapping[str, str], name: str) -> Value:
    value = form.get(name, "")
    if value not in choices:
        raise unprocessable(f"The form's {name} was {value!r}; it can be {', '.join(choices)}.")
    return choices[value]


def _back(form: Mapping[str, str]) -> web.Response:
    """Redirect to the page of the button, if it is one of ours."""
    back = form.get("back", "/")
    ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    return _see(back if ours else "/")


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
