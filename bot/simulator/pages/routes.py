"""The routes: GitHub's addresses below `/owner/name`, and `/-/` for pages that GitHub does not have."""

from collections.abc import Callable
from urllib.parse import quote

from aiohttp import web

from bot.simulator.github.model.world.errors import Reason, Refused
from bot.simulator.pages.content.timeline import Timelines
from bot.simulator.pages.handlers.actions import Acting
from bot.simulator.pages.handlers.apps import app_pages
from bot.simulator.pages.handlers.guard import Handler, guarded
from bot.simulator.pages.handlers.reading import Reading
from bot.simulator.pages.rendering.templates import FOLDER, Rendering
from bot.simulator.pages.world import World

STATUS = {Reason.NOT_FOUND: 404, Reason.FORBIDDEN: 403}
ASSETS = {"style.css": "text/css", "refresh.js": "text/javascript"}


def pages(world: World) -> Callable[[web.Application], None]:
    """Return a function for `serve(github, pages=pages(world))` that adds the routes and listens to the world."""

    def add(application: web.Application) -> None:
        timelines = Timelines(world.github)
        rendering = Rendering(world, timelines)
        reading = Reading(world=world, timelines=timelines, rendering=rendering)
        shown = _Shown(world, rendering)
        for path, handler in _reading(reading, f"/{quote(world.manifests.owner.login)}").items():
            application.router.add_get(path, guarded(shown(handler)))
        for path, handler in _acting(Acting(world, reading), f"/{quote(world.manifests.owner.login)}").items():
            application.router.add_post(path, guarded(shown(handler)))
        for name, media_type in ASSETS.items():
            application.router.add_get(f"/-/{name}", guarded(_asset(name, media_type)))
        app_pages(world.github, next(iter(world.people)))(application)

    return add


def _reading(reading: Reading, owner: str) -> dict[str, Handler]:
    repository = f"{owner}/{{name}}"
    return {
        "/": reading.start,
        "/-/revision": reading.revision,
        "/-/chat": reading.chat,
        repository: reading.folder,
        f"{repository}/pulls": reading.pulls,
        f"{repository}/pull/{{number:[0-9]{{1,9}}}}": reading.pull,
        f"{repository}/pull/{{number:[0-9]{{1,9}}}}/{{part:commits|checks|files}}": reading.pull_part,
        f"{repository}/issues": reading.issues,
        f"{repository}/issues/{{number:[0-9]{{1,9}}}}": reading.issue,
        f"{repository}/tree/{{address:.+}}": reading.folder,
        f"{repository}/blob/{{address:.+}}": reading.file,
        f"{repository}/commits": reading.commits,
        f"{repository}/commits/{{address:.+}}": reading.commits,
        f"{repository}/commit/{{oid:[0-9a-f]{{7,40}}}}": reading.commit,
    }


def _acting(acting: Acting, owner: str) -> dict[str, Handler]:
    return {
        f"{owner}/{{name}}/{{kind:pull|issues}}/{{number:[0-9]{{1,9}}}}": acting.converse,
        f"{owner}/{{name}}/edit/{{path:.+}}": acting.propose,
        "/-/validate": acting.validate,
        "/-/sync": acting.sync,
        "/-/release": acting.release,
        "/-/advance": acting.advance,
    }


class _Shown:
    """Shows refusals of GitHub as a page."""

    def __init__(self, world: World, rendering: Rendering) -> None:
        self._world = world
        self._rendering = rendering

    def __call__(self, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except Refused as refused:
                status = STATUS.get(refused.reason, 422)
                manifests = self._world.manifests
                return self._rendering.page(request, "refused.html", manifests, status=status, words=refused.message)

        return handle


def _asset(name: str, media_type: str) -> Handler:
    text = (FOLDER / "static" / name).read_text()

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type=media_type)

    return answer
