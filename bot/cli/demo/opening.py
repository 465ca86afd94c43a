"""Builds the world, starts everything in it, and takes it down again."""

import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.cli.demo.stage import CHANNEL, CHAT_TOKEN, REGISTRY, REGISTRY_SECRET, WEBHOOK_SECRET, Setting, Stage
from bot.github.client import roots
from bot.runtime import Runtime
from bot.settings import Settings
from bot.settings.notifications import Notifications, SinkSettings
from bot.simulator.chat import Chat
from bot.simulator.clock import Clock
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.server import Pages, serve
from bot.simulator.registry.server import Registry

PERMISSIONS = {
    "administration": Access.READ,
    "checks": Access.WRITE,
    "contents": Access.WRITE,
    "deployments": Access.WRITE,
    "issues": Access.WRITE,
    "members": Access.READ,
    "merge_queues": Access.READ,
    "metadata": Access.READ,
    "pull_requests": Access.WRITE,
    "statuses": Access.READ,
}

EVENTS = (
    "check_run",
    "check_suite",
    "create",
    "delete",
    "issue_comment",
    "issues",
    "merge_group",
    "pull_request",
    "pull_request_review",
    "push",
    "registry_package",
    "repository",
    "status",
)


@asynccontextmanager
async def stage(setting: Setting, *, pages: Callable[[Stage], Pages] | None = None) -> AsyncIterator[Stage]:
    """Build the world, start everything in it, and take it down again. pages: served by the simulated GitHub as well."""
    numbers = count(1)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gitops-bot-")))
        key, public = key_pair()
        world = build(setting, folder / "github", public, clock=Clock())
        play_history(world)
        registry_url = await stack.enter_async_context(world.registry.serve())
        chat_url = await stack.enter_async_context(world.chat.serve())
        world.hub = await stack.enter_async_context(serve(world.github, pages=pages(world) if pages else None))
        world.queue_file = folder / "queue.sqlite3"
        world.settings = Settings(
            app_id=world.app.id,
            private_key=key,
            webhook_secret=WEBHOOK_SECRET,
            github=roots(world.hub.api_url),
            queue=world.queue_file,
            registries=frozenset({REGISTRY}),
            registry_mirrors={REGISTRY: registry_url},
            registry_secrets={"distribution": REGISTRY_SECRET},
            docker_config=None,
            host="127.0.0.1",
            port=0,
            log_level="ERROR",
            notifications=_told(setting, chat_url),
        )
        world.runtime = Runtime(now=world.clock.now, random=lambda: 0.5, new_id=lambda: f"demo-{next(numbers)}")
        stack.push_async_callback(world.stop)
        await world.start()
        yield world


def build(setting: Setting, folder: Path, public_key: str, *, clock: Clock) -> Stage:
    """Return an organisation with its people and teams, two repositories, and two Apps that are installed on them."""
    github = GitHub(folder, clock)
    acme = github.organisation("acme")
    for login in setting.people:
        acme.add_member(github.user(login))
    teams = [acme.team(slug, *(github.user(login) for login in logins)) for slug, logins in setting.teams.items()]
    manifests = github.create_repository("acme/manifests", files=setting.files, by=github.user("alice"))
    source = github.create_repository("acme/web", files={"README.md": "# web\n"}, by=github.user("dana"))
    for login, role in setting.people.items():
        manifests.grant(github.user(login), role)
    for team in teams:
        manifests.grant(team, Role.WRITE)
    machines = github.create_app("acme-ci", owner=acme, permissions={"checks": Access.WRITE, "contents": Access.READ})
    github.install(machines, acme)
    app = github.create_app(
        "gitops-bot",
        owner=acme,
        permissions=PERMISSIONS,
        events=EVENTS,
        public_key=public_key,
        webhook_secret=WEBHOOK_SECRET,
    )
    github.install(app, acme, repositories=[manifests, source])
    if setting.required_checks:
        manifests.protect("main", Protection(checks=setting.required_checks))
    registry = Registry(now=clock.now, public_host=REGISTRY)
    return Stage(setting, clock, github, registry, app, machines, manifests, source, Chat(CHAT_TOKEN, CHANNEL))


def _told(setting: Setting, chat_url: str) -> Notifications:
    """Return how the bot tells the chat. sam and his team are known there, so that it can mention them."""
    sinks = (SinkSettings(setting.sink, "slack", CHANNEL),) if setting.sink else ()
    people = {"sam": "U0SAM", "acme/sre": "S0SRE"}
    return Notifications(sinks, CHAT_TOKEN, chat_url, people) if sinks else Notifications()


def play_history(world: Stage) -> None:
    """What happened before: images with commits and green builds, whose digests stand in the manifests; a day ago."""
    for tag in world.setting.images:
        world.release(tag)
    for image, tags in world.setting.others.items():
        for tag in tags:
            world.push_other(image, tag)
    pinned = {path: _with_digests(text, world.digests) for path, text in world.setting.files.items()}
    changed = {path: text for path, text in pinned.items() if text != world.setting.files[path]}
    if changed:
        world.manifests.commit_files(changed, by=world.person("alice"), message="Pin the digests of what runs")
    world.clock.advance(timedelta(days=1))


def _with_digests(text: str, digests: Mapping[str, str]) -> str:
    for tag, digest in digests.items():
        text = text.replace(f"<digest of {tag}>", digest)
    return text


@cache
def key_pair() -> tuple[str, str]:
    """Return a private key for the App, as GitHub issues it, and GitHub's public half. Created once."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
