"""Templates with their filters and pictures. The template engine escapes everything except rendered Markdown."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from bot.simulator.chat import read
from bot.simulator.github.git.store import Person
from bot.simulator.github.model.accounts.accounts import Role, User
from bot.simulator.github.model.accounts.apps import Bot
from bot.simulator.github.model.conversations.conversation import Conversation, State
from bot.simulator.github.model.conversations.reactions import Reactable, ReactionContent
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository
from bot.simulator.pages.content import code, difference, status
from bot.simulator.pages.content.timeline import Timelines
from bot.simulator.pages.content.versions import next_versions
from bot.simulator.pages.rendering.markdown import Markdown
from bot.simulator.pages.rendering.mrkdwn import spoken
from bot.simulator.pages.rendering.symbols import drawn
from bot.simulator.pages.world import World

FOLDER = Path(__file__).parents[1]

FACES: Mapping[ReactionContent, str] = {
    ReactionContent.THUMBS_UP: "+1",
    ReactionContent.THUMBS_DOWN: "-1",
    ReactionContent.LAUGH: "laugh",
    ReactionContent.HOORAY: "hooray",
    ReactionContent.CONFUSED: drawn("😕"),
    ReactionContent.HEART: "heart",
    ReactionContent.ROCKET: drawn("🚀"),
    ReactionContent.EYES: drawn("👀"),
}
"""The bot's reactions are drawn; others use GitHub's words."""

ACTING_AS = "acting-as"

_TONES = 8

_UNITS = (("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3600), ("minute", 60))


class _Compiled(BytecodeCache):
    """A cache of compiled templates for the whole process."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a template; the template engine calls this."""
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store a template; the template engine calls this."""
        self._known[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class Rendering:
    """Renders templates for one simulated world."""

    def __init__(self, world: World, timelines: Timelines) -> None:
        self._world = world
        self._timelines = timelines
        self._markdown: dict[Repository, Markdown] = {}
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=_COMPILED,
        )
        self._templates.filters.update(
            ago=self._ago,
            moment=moment,
            short=lambda oid: oid[:7],
            tone=lambda login: sum(login.encode()) % _TONES,
            name=lambda user: user.login.removesuffix("[bot]"),
            spoken=spoken,
        )
        self._templates.globals.update(
            is_bot=lambda user: isinstance(user, Bot),
            is_pull=lambda conversation: isinstance(conversation, PullRequest),
            kind=lambda item: type(item).__name__,
            role=_role,
            reactions=_reactions,
            markdown=self._rendered,
            lines=difference.lines,
            message=code.message,
            committer=self._account,
            commit_mark=status.commit_mark,
            commit_checks=status.commit_checks,
            state_of=state_of,
            marks=status.Mark,
            read=read,
        )

    @property
    def revision(self) -> str:
        """Return a value that changes whenever a page may have changed."""
        chat = self._world.chat
        return f"{self._timelines.revision}-{len(chat.messages)}-{sum(map(len, chat.threads.values()))}"

    def page(
        self, request: web.Request, template: str, repository: Repository, *, status: int = 200, **facts: Any
    ) -> web.Response:
        """Return the answer with a whole page. facts: the template's own variables."""
        world, github = self._world, self._world.github
        owner = world.manifests.owner
        text = self._templates.get_template(template).render(
            world=world,
            repository=repository,
            root=f"/{repository.full_name}",
            repositories=[found for found in github.repositories.values() if found.owner is owner],
            now=github.now(),
            revision=self.revision,
            back=request.rel_url.raw_path_qs,
            acting_as=request.cookies.get(ACTING_AS, next(iter(world.people), "")),
            people=[github.user(login) for login in world.people],
            versions=next_versions(world.tags),
            **facts,
        )
        return web.Response(text=text, status=status, content_type="text/html")

    def _rendered(self, repository: Repository, text: str, *, file: bool = False) -> Markup:
        if repository not in self._markdown:
            self._markdown[repository] = Markdown(repository)
        render: Callable[[str], Markup] = self._markdown[repository].file if file else self._markdown[repository].page
        return render(text)

    def _account(self, person: Person) -> str:
        found = self._world.github.account_by_email(person.email)
        return found.login if found else person.name

    def _ago(self, at: datetime) -> str:
        """Format a time as `3 hours ago`, by the simulated clock."""
        seconds = int((self._world.github.now() - at).total_seconds())
        for unit, length in _UNITS:
            count = seconds // length
            if count >= 1:
                return f"{count} {unit}{'' if count == 1 else 's'} ago"
        return "just now"


def moment(at: datetime) -> str:
    """Format a time as `Mon 23 Nov 2026, 09:31 UTC`."""
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} {at.tzname()}"


def state_of(conversation: Conversation) -> str:
    """Return the word on the badge."""
    if isinstance(conversation, PullRequest) and conversation.is_draft and conversation.state is State.OPEN:
        return "Draft"
    return conversation.state.value.capitalize()


def _role(repository: Repository, user: User) -> str:
    """Return `write · web, sre`: the role, and the teams with a role here."""
    role: Role = repository.role_of(user)
    teams = ", ".join(team.slug for team in repository.team_roles if user in team.all_members())
    return f"{role.name.lower()}{f' · {teams}' if teams else ''}"


def _reactions(thing: Reactable) -> list[tuple[str, int, str]]:
    """Return (face, number, logins) per kind, in order of arrival."""
    people: dict[ReactionContent, list[str]] = {}
    for reaction in thing.reactions:
        people.setdefault(reaction.content, []).append(reaction.user.login)
    return [(FACES[content], len(logins), ", ".join(logins)) for content, logins in people.items()]
