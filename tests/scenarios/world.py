"""The world of the scenarios: the demo's stage, and a reader who misses nothing that the bot writes.

Everything the bot writes where people read it becomes one line of news. A scenario reads its news; what is left unread at
its end fails it, so that no write goes unnoticed.
"""

import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.cli.demo.opening import stage
from bot.cli.demo.setting import FILES, TEAM
from bot.cli.demo.stage import Setting, Stage, is_status, visible
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import Bot
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.conversation import Comment
from bot.simulator.github.model.conversations.issues import Issue
from bot.simulator.github.model.events import Event, IssueCommentEvent, IssueEvent, PullRequestEvent, PushEvent
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.registry.faults import Fault

STATE = "refs/heads/gitops-state"


@dataclass(slots=True)
class World:
    """Verbs of the domain over a stage. Each waits until everything has been processed."""

    stage: Stage
    _news: list[str] = field(default_factory=list)
    _dashboards: list[str] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _failures: list[str] = field(default_factory=list)

    # -- reading ---------------------------------------------------------------------------------------------------

    def news(self) -> list[str]:
        """What the bot wrote since this was last asked, oldest first."""
        read, self._news = self._news, []
        return read

    def actions(self) -> list[str]:
        """Return the news without replies, with environments instead of pull request numbers, as people read them."""
        names = {
            f"#{pull.number}": pull.head_ref.split("/")[1]
            for pull in self.stage.manifests.pulls
            if _is_ours(pull.author)
        }
        lines = (seen(line) for line in self.news() if not line.startswith(("answered", "noted")))
        return [re.sub(r"^(opened )#\d+ |#\d+$", lambda found: found[1] or names[found[0]], line) for line in lines]

    def dashboards(self) -> list[str]:
        """How often the bot opened or edited its dashboard since this was last asked. It may go unread: it has its own page."""
        read, self._dashboards = self._dashboards, []
        return read

    def notes(self) -> list[str]:
        """Return the new texts of status comments since the last call.

        They may stay unread: each replaces the last one.
        """
        read, self._notes = self._notes, []
        return read

    def status(self, environment: str, *, application: str = "web") -> str:
        """The status comment on the environment's newest promotion, as its readers see it; '' where there is none."""
        comments = [each for each in self.pull(environment, application=application).comments if is_status(each)]
        assert len(comments) < 2, "there is one status comment, edited in place"
        return seen(comments[0].body.rpartition("\n\n<!--")[0]) if comments else ""

    def dashboard(self) -> Issue | None:
        """The dashboard."""
        issues = self.stage.manifests.issues
        return next((each for each in issues if each.title == "GitOps dashboard" and _is_ours(each.author)), None)

    def row(self, environment: str, *, application: str = "web") -> str:
        """What the dashboard says of an environment: the last cell."""
        page = self.dashboard()
        assert page is not None, "there is no dashboard"
        start = f"| `{application}` | `{environment}` | "
        return (
            next(line for line in page.body.splitlines() if line.startswith(start)).split(" | ")[3].removesuffix(" |")
        )

    def verdict(self, environment: str, *, application: str = "web") -> str:
        """What the check run on the environment's newest promotion says."""
        return self.stage.verdict(self.pull(environment, application=application))

    def page(self, environment: str, *, application: str = "web") -> str:
        """The page of the environment's newest promotion, as its readers see it: its description and its status comment."""
        description = seen(self.pull(environment, application=application).body)
        return f"{description}\n\n{self.status(environment, application=application)}"

    def said(self, number: int) -> list[str]:
        """What the bot said on an issue or a pull request, as its readers see it, beside how a promotion stands."""
        comments = self.stage.manifests.conversation(number).comments
        return [seen(visible(each.body)) for each in comments if _is_ours(each.author) and not is_status(each)]

    def pull(self, environment: str, *, application: str = "web") -> PullRequest:
        """The environment's newest promotion."""
        pull = self.stage.promotion(environment, application=application)
        assert pull is not None, f"no promotion was ever opened for {environment}"
        return pull

    def text(self, path: str) -> str:
        """A file on the default branch."""
        return self.stage.text(path)

    def failures(self) -> list[str]:
        """Return the passes that crashed since the last call, by key and error. Their retries would hide them."""
        read, self._failures = self._failures, []
        return read

    def requests(self) -> list[str]:
        """What the bot asked of GitHub's API since this was last asked: REST's path, or the GraphQL document's name."""
        log = self.stage.hub.log
        asked = [next((name for name in each.operations if name[0].isupper()), each.path) for each in log]
        log.clear()
        return asked

    def operations(self) -> list[frozenset[str]]:
        """The same, with all that each GraphQL document asked for at its root."""
        asked = [each.operations for each in self.stage.hub.log]
        self.stage.hub.log.clear()
        return asked

    # -- people and machines ---------------------------------------------------------------------------------------

    async def push_image(self, tag: str, *, platforms: tuple[str, ...] = ("linux/amd64", "linux/arm64")) -> None:
        """Push an image; its commit is the one built for the tag, if there is one."""
        self.stage.push_image(tag, platforms=platforms)
        await self.stage.settle()

    async def release(self, tag: str, *, after: str | None = None) -> None:
        """Build and push an image with green checks. after: the version that it fixes, on a branch of its own."""
        self.stage.release(tag, after=after)
        await self.stage.settle()

    async def push_other(self, image: str, tag: str) -> str:
        """Push an image that is not web's, such as `acme/api`. Returns its digest."""
        digest = self.stage.push_other(image, tag)
        await self.stage.settle()
        return digest

    async def comment(self, text: str, *, by: str, on: int = 1) -> Comment:
        """Comment on an issue or a pull request."""
        comment = self.stage.comment(on, text, by=by)
        await self.stage.settle()
        return comment

    async def ask(self, text: str, *, by: str, on: int = 1) -> str:
        """Comment, and read the one answer."""
        comment = await self.comment(text, by=by, on=on)
        answers = self.stage.replies(comment)
        assert len(answers) == 1, f"expected one answer to {text}: {answers}"
        self._news = [line for line in self._news if not line.startswith("answered")]
        return answers[0]

    async def say(self, text: str, *, by: str, on: int | None = None) -> str:
        """Comment on a pull request, or on a new issue; the one answer, as people read it."""
        if on is None:
            on = self.stage.manifests.open_issue(f"A word from {by}", by=self.stage.person(by)).number
        comment = await self.comment(text, by=by, on=on)
        answers = [each for each in self.stage.replies(comment) if each.startswith("> ")]
        assert len(answers) == 1, f"expected one answer to {text}: {answers}"
        self._news.remove(f"answered: {answers[0]}")
        return seen(answers[0])

    async def validate(
        self, environment: str, conclusion: Conclusion = Conclusion.SUCCESS, *, application: str = "web"
    ) -> None:
        """The repository's own check reports on the environment's promotion."""
        self.stage.validate(self.pull(environment, application=application), conclusion)
        await self.stage.settle()

    async def approve(self, environment: str, *, by: str, application: str = "web") -> None:
        """Approve the environment's promotion."""
        self.stage.approve(self.pull(environment, application=application), by=by)
        await self.stage.settle()

    async def sync(self, environment: str, state: StatusState = StatusState.SUCCESS) -> None:
        """Argo CD reports on the newest commit."""
        self.stage.sync(environment, state)
        await self.stage.settle()

    async def push(
        self, files: Mapping[str, str | None], *, by: str, branch: str = "main", message: str = "Edit"
    ) -> str:
        """Push a commit to the manifests repository as a person."""
        commit = self.stage.manifests.commit_files(files, by=self.stage.person(by), branch=branch, message=message)
        await self.stage.settle()
        return commit

    async def revert(self, environment: str, *, by: str) -> str:
        """Run `git revert -m 1` on the merge of the environment's newest promotion, and push it as a person."""
        return await self.push(self._before(environment), by=by, message=f'Revert "{self.pull(environment).title}"')

    async def press_revert(self, environment: str, *, by: str) -> PullRequest:
        """Press "Revert" on the environment's newest promotion: GitHub opens a pull request that undoes it."""
        pull, manifests, person = self.pull(environment), self.stage.manifests, self.stage.person(by)
        branch, title = f"revert-{pull.number}-{pull.head_ref}", f'Revert "{pull.title}"'
        manifests.create_branch(branch, by=person)
        manifests.commit_files(self._before(environment), by=person, branch=branch, message=title)
        body = f"Reverts acme/manifests#{pull.number}"
        opened = manifests.open_pull(PullDraft(title=title, body=body, base="main", head=branch), by=person)
        await self.stage.settle()
        return opened

    async def merge(self, pull: PullRequest, *, by: str, method: MergeMethod = MergeMethod.MERGE) -> None:
        """Press "Merge pull request", or another merge button."""
        merge(pull, MergeOrder(method=method), by=self.stage.person(by))
        await self.stage.settle()

    def _before(self, environment: str) -> Mapping[str, str | None]:
        """The files of the environment's newest promotion as they were before it was merged."""
        repository, merged = self.stage.manifests, self.pull(environment).merge_commit_oid
        assert merged is not None, "the promotion was not merged"
        before = repository.store.commit(merged).parents[0]
        contents = {
            each.path: repository.store.file(before, each.path) for each in repository.history.changes(before, merged)
        }
        return {path: None if content is None else content.decode() for path, content in contents.items()}

    async def update_branch(self, environment: str, *, by: str) -> None:
        """Press "Update branch": the base is merged into the promotion."""
        pull, repository = self.pull(environment), self.stage.manifests
        tree = repository.history.merged_tree(pull.head_oid, pull.base_tip())
        assert tree is not None, "the base does not merge without conflicts"
        person = self.stage.github.person(self.stage.person(by))
        oid = repository.store.write_commit(
            tree=tree,
            parents=[pull.head_oid, pull.base_tip()],
            message=f"Merge branch 'main' into {pull.head_ref}",
            author=person,
            committer=person,
        )
        repository.move_ref(f"refs/heads/{pull.head_ref}", before=pull.head_oid, after=oid, by=self.stage.person(by))
        await self.stage.settle()

    def break_registry(self) -> None:
        """Let the registry answer nothing from now on."""
        self.stage.registry.faults.add(Fault.UNAVAILABLE)

    def mend_registry(self) -> None:
        """Let the registry answer again; the bot is not notified."""
        self.stage.registry.faults.clear()

    async def advance(self, step: timedelta) -> None:
        """Let time pass."""
        await self.stage.advance(step)

    async def settle(self) -> None:
        """Wait until everything has been processed."""
        await self.stage.settle()

    async def live(self, length: timedelta) -> None:
        """Let time pass, with everything done at its moment."""
        await self.stage.live(length)

    async def restart(self) -> None:
        """The bot moves to another machine, and all that it ever kept stays behind."""
        await self.stage.restart()

    def fail(self, failure: str) -> None:
        """Note a pass that crashed."""
        self._failures.append(failure)

    # -- listening -------------------------------------------------------------------------------------------------

    def hear(self, event: Event) -> None:
        """Turn what the bot did into a line of news."""
        if not _is_ours(event.actor):
            return
        if isinstance(event, IssueEvent) and event.action in ("opened", "edited", "reopened", "closed"):
            if event.issue.title == "GitOps dashboard":
                self._dashboards.append(event.action)
            else:
                self._news.append(f"{event.action} issue #{event.issue.number} {event.issue.title}")
        if isinstance(event, IssueCommentEvent) and is_status(event.comment):
            assert event.changes != (("body", event.comment.body),), "nothing is written that stands there already"
            self._notes.append(f"#{event.comment.conversation.number} {seen(event.comment.body).splitlines()[0]}")
            return
        line = _line(event)
        if line:
            self._news.append(line)


class _Failures(logging.Handler):
    """Hears of passes that crash, in whichever of its lives the bot was."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """Note the pass and its error."""
        error = record.exc_info[1] if record.exc_info else None
        self._heard(f"{record.getMessage().partition(';')[0]}: {error!r}")


def seen(text: str) -> str:
    """What a reader sees of Markdown that was escaped."""
    return text.replace("\\", "").replace("\u2060", "")


def _is_ours(actor: User) -> bool:
    """Of the two Apps, the bot alone hears webhooks; its name can change."""
    return isinstance(actor, Bot) and actor.app.webhook_secret is not None


def _line(event: Event) -> str:
    match event:
        case PullRequestEvent(action="opened", pull=pull):
            return f"opened #{pull.number} {pull.title}"
        case PullRequestEvent(action="synchronize", pull=pull):
            return f"moved #{pull.number}"
        case PullRequestEvent(action="closed", pull=pull):
            return f"merged #{pull.number}" if pull.merged_at else f"closed #{pull.number}"
        case IssueCommentEvent(action="created", comment=comment):
            return f"answered: {visible(comment.body)}"
        case PushEvent(ref=ref, after=after, repository=repository) if ref == STATE and after.strip("0"):
            return f"recorded: {repository.store.commit(after).message.splitlines()[0]}"
        case _:
            return ""


@asynccontextmanager
async def a_world(setting: Setting = TEAM) -> AsyncIterator[World]:
    """Build a world, and look at the end whether everything was read."""
    async with stage(setting) as made:
        world = World(made)
        stop = made.github.listen(world.hear)
        failures = _Failures(world.fail)
        logging.getLogger("bot.queue.runner").addHandler(failures)
        made.hub.log.clear()
        try:
            yield world
        finally:
            stop()
            logging.getLogger("bot.queue.runner").removeHandler(failures)
        for pull in made.manifests.pulls:
            assert sum(map(is_status, pull.comments)) < 2, "there is one status comment, edited in place"
        crashed = world.failures()
        assert not crashed, f"passes crashed, and were tried again: {crashed}"
        unread = world.news()
        assert not unread, f"the bot wrote what the scenario did not read: {unread}"


def with_policy(policy: str, setting: Setting = TEAM) -> Setting:
    """The same team with another policy."""
    return replace(setting, files={**setting.files, ".gitops.yml": policy})


def with_files(files: Mapping[str, str], setting: Setting = TEAM) -> Setting:
    """Return the same team with further or other files."""
    return replace(setting, files={**setting.files, **files})


__all__ = ["FILES", "TEAM", "Setting", "World", "a_world", "seen", "with_files", "with_policy"]
