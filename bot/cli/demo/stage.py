"""A world to play in: the bot, a simulated GitHub and a small registry, joined by real HTTP, sharing one clock.

The demo plays its story here, and so do the scenario tests. Its methods are what people and machines do in such a world:
push an image, report a check, comment, approve, let time pass.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.runtime import Runtime
from bot.service import Service, running
from bot.settings import Settings
from bot.simulator.chat import Chat
from bot.simulator.clock import Clock
from bot.simulator.github.model.accounts.accounts import Role, User
from bot.simulator.github.model.accounts.apps import App, Bot
from bot.simulator.github.model.checks.runs import CheckStatus, Conclusion, Output, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.conversation import Comment, State
from bot.simulator.github.model.deployments.deployments import Deployment
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.server import Running
from bot.simulator.registry.notifications import Endpoint
from bot.simulator.registry.server import Registry

WEBHOOK_SECRET = "a secret that only this demonstration knows"  # noqa: S105 -- it guards a simulation on loopback

REGISTRY_SECRET = "another one, for the registry's notifications"  # noqa: S105 -- as above

CHAT_TOKEN = "xoxb-a-third-one-for-the-chat"  # noqa: S105 -- as above

CHANNEL = "C0RELEASES"

REGISTRY = "ghcr.io"

IMAGE = "acme/web"

SOON = timedelta(minutes=2)
"""What is due within this time is waited for by letting it pass; what is due later, a story moves the clock for."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the world is like before the story begins. files: of the manifests repository; people: login → role.

    images: the tags of web's image; others: further images, such as `acme/api`, with their tags. sink: how policies call the
    chat, '' for none.
    """

    files: Mapping[str, str]
    people: Mapping[str, Role]
    teams: Mapping[str, tuple[str, ...]]
    required_checks: tuple[str, ...] = ("validate",)
    images: tuple[str, ...] = ()
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sink: str = ""


@dataclass(slots=True)
class Stage:
    """The world. manifests and source: the two repositories; commits and digests: by tag, as they were pushed.

    hub and service: the simulated GitHub and the bot, once they run; settings and runtime: what the bot runs with.
    """

    setting: Setting
    clock: Clock
    github: GitHub
    registry: Registry
    app: App
    machines: App
    manifests: Repository
    source: Repository
    chat: Chat
    commits: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    hub: Running = field(init=False)
    service: Service = field(init=False)
    settings: Settings = field(init=False)
    queue_file: Path = field(init=False)
    runtime: Runtime = field(init=False)
    _bot: AsyncExitStack = field(default_factory=AsyncExitStack)

    # -- what the pages ask ----------------------------------------------------------------------------------------

    image = f"{REGISTRY}/{IMAGE}"
    environments = ("dev", "staging", "prod")
    suggestions = ("/promote prod", "/rollback prod", "/why", "/hold prod", "/unhold prod", "/help")
    required_check = "validate"

    @property
    def people(self) -> tuple[str, ...]:
        """Whom a visitor may act as."""
        return tuple(self.setting.people)

    @property
    def tags(self) -> tuple[str, ...]:
        """Return what was pushed so far."""
        return tuple(self.digests)

    # -- what machines do ------------------------------------------------------------------------------------------

    def build(self, tag: str, *, checks: Mapping[str, Conclusion] | None = None, after: str | None = None) -> str:
        """Commit to the source repository, as a release; its CI reports these checks (by default: `build` succeeded).

        after: the version that it mends, on a branch of its own.
        """
        author, branch = self.github.user("dana"), f"mend-{after}" if after else None
        if after and branch and self.source.find_branch(branch) is None:
            self.source.create_branch(branch, by=author, at=self.commits[after])
        commit = self.source.commit_files({"VERSION": f"{tag}\n"}, by=author, branch=branch, message=f"Release {tag}")
        self.commits[tag] = commit
        for name, conclusion in ({"build": Conclusion.SUCCESS} if checks is None else checks).items():
            self.report(self.source, commit, name, conclusion)
        return commit

    def push_image(self, tag: str, *, platforms: tuple[str, ...] = ("linux/amd64", "linux/arm64")) -> str:
        """Push an image of the commit that was built for this tag; the registry notifies the bot. Returns its digest."""
        self.digests[tag] = self.registry.push_image(IMAGE, tag, platforms=platforms, revision=self.commits.get(tag))
        return self.digests[tag]

    def push_other(self, image: str, tag: str) -> str:
        """Push another image, such as `acme/api`, that nobody built a commit for. Returns its digest."""
        self.digests[f"{image}:{tag}"] = self.registry.push_image(image, tag)
        return self.digests[f"{image}:{tag}"]

    def release(self, tag: str, *, after: str | None = None) -> str:
        """Build and push."""
        self.build(tag, after=after)
        return self.push_image(tag)

    def report(self, repository: Repository, commit: str, name: str, conclusion: Conclusion | None) -> None:
        """CI reports a check run on a commit; None: it has begun."""
        status = CheckStatus.IN_PROGRESS if conclusion is None else CheckStatus.COMPLETED
        title = "running" if conclusion is None else conclusion.value.lower().replace("_", " ")
        details = RunDetails(status=status, conclusion=conclusion, output=Output(title=title, summary=title))
        repository.create_check_run(commit, name, app=self.machines, details=details)

    def validate(self, pull: PullRequest, conclusion: Conclusion = Conclusion.SUCCESS) -> None:
        """The manifests repository's own check reports on a pull request."""
        self.report(self.manifests, pull.head_oid, "validate", conclusion)

    def is_validated(self, pull: PullRequest) -> bool:
        """That check has reported on what stands there now."""
        return any(run.name == "validate" for run in self.manifests.checks.latest_runs(pull.head_oid))

    def sync(
        self, environment: str, state: StatusState = StatusState.SUCCESS, *, note: str = "Synced, Healthy"
    ) -> None:
        """Argo CD reports on the newest commit of the default branch, which it has just synced."""
        self.manifests.set_status(
            self.manifests.head(), f"argocd/web-{environment}", state, by=self.github.user("argocd"), description=note
        )

    # -- what people do --------------------------------------------------------------------------------------------

    def person(self, login: str) -> User:
        """Somebody by login."""
        return self.github.user(login)

    def comment(self, number: int, body: str, *, by: str) -> Comment:
        """Comment on an issue or a pull request."""
        return self.manifests.conversation(number).comment(body, by=self.person(by))

    def approve(self, pull: PullRequest, *, by: str) -> None:
        """Review: approved."""
        pull.review(by=self.person(by), state=ReviewState.APPROVED, body="Looks good.")

    # -- what is there to see --------------------------------------------------------------------------------------

    def promotion(self, environment: str, *, application: str = "web") -> PullRequest | None:
        """Return the newest pull request of a promotion."""
        found = [p for p in self.manifests.pulls if p.head_ref == f"gitops/{environment}/{application}"]
        return found[-1] if found else None

    def open_promotions(self) -> list[PullRequest]:
        """Return all that are open."""
        return [pull for pull in self.manifests.open_pulls if pull.head_ref.startswith("gitops/")]

    def verdict(self, pull: PullRequest) -> str:
        """Return the title of the bot's check run on the pull request's head; '' while there is none."""
        runs = [run for run in self.manifests.checks.latest_runs(pull.head_oid) if run.name == "gitops/promotion"]
        return (runs[0].output.title or "") if runs and runs[0].output else ""

    def text(self, path: str) -> str:
        """Return a file on the default branch."""
        content = self.manifests.store.file(self.manifests.head(), path)
        return content.decode() if content else ""

    def replies(self, comment: Comment) -> list[str]:
        """Return what the bot answered after a comment, on the same page."""
        page = self.manifests.conversation(comment.conversation.number)
        bots = (each for each in page.comments if each.author.login.endswith("[bot]") and not is_status(each))
        return [visible(each.body) for each in bots if each.created_at >= comment.created_at and each.id > comment.id]

    def deployed(self, tag: str) -> list[Deployment]:
        """Return the deployments of the commit from which a version was built, oldest first."""
        return [each for each in self.source.deployments.all if each.request.sha == self.commits[tag]]

    # -- the bot ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """The bot starts, finds its repositories, and looks at all that is there."""
        self.service = await self._bot.enter_async_context(running(self.settings, self.runtime))
        self.app.webhook_url = f"{self.service.url}/webhooks/github"
        hook = f"{self.service.url}/webhooks/registry/distribution"
        self.registry.mute()
        self.registry.notify(Endpoint(hook, headers={"Authorization": f"Bearer {REGISTRY_SECRET}"}))
        await self.service.discovered.wait()
        await self.settle()

    async def stop(self) -> None:
        """The bot stops. What happens from now on it hears of when it starts again, or never."""
        await self._bot.aclose()

    async def restart(self) -> None:
        """The bot moves to another machine, and all that it ever kept stays behind."""
        await self.stop()
        self.queue_file.unlink()
        await self.start()

    # -- time ------------------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Wait until nobody has anything to do; what is due within two minutes is waited for by letting them pass."""
        end = self.clock.now() + SOON
        while True:
            await self._quiet()
            rows = await self.service.queue.snapshot()
            soon = [row.due for row in rows if row.due is not None and row.due <= end]
            if not soon:
                return
            self.clock.set(max(min(soon), self.clock.now()))
            self.service.queue.wake()

    async def advance(self, step: timedelta) -> None:
        """Let time pass."""
        self.clock.advance(step)
        self.service.queue.wake()
        await self.settle()

    async def live(self, length: timedelta) -> None:
        """Let time pass as it does in life: whatever becomes due meanwhile is done when it is due."""
        end = self.clock.now() + length
        while True:
            await self._quiet()
            rows = await self.service.queue.snapshot()
            coming = [row.due for row in rows if row.due is not None and row.due <= end]
            if not coming:
                break
            self.clock.set(max(min(coming), self.clock.now()))
            self.service.queue.wake()
        self.clock.set(end)

    async def _quiet(self) -> None:
        """Nothing is under way: no notification, no webhook, no pass."""
        while True:
            seen = self.github.events.revision
            await self.registry.notified()
            await self.hub.webhooks_settled()
            await self.service.runner.settled()
            if seen == self.github.events.revision:
                return


def is_status(comment: Comment) -> bool:
    """The bot's comment that tells how a promotion stands."""
    return isinstance(comment.author, Bot) and "\n<!-- gitops-bot status " in comment.body


def visible(body: str) -> str:
    """What readers see of a comment of the bot: its last line is for the bot."""
    return body.partition("\n\n<!-- gitops-bot ")[0]


def is_open(pull: PullRequest | None) -> bool:
    """There is one, and it is open."""
    return pull is not None and pull.state is State.OPEN
