"""The pages to read: pull requests, issues, files, folders and commits."""

from dataclasses import dataclass

from aiohttp import web

from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import not_found
from bot.simulator.pages.content import code, status
from bot.simulator.pages.content.timeline import Timelines
from bot.simulator.pages.rendering.templates import Rendering
from bot.simulator.pages.world import World

STATES = {"all": frozenset(State), "open": {State.OPEN}, "merged": {State.MERGED}, "closed": {State.CLOSED}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Handlers of all requests that change nothing."""

    world: World
    timelines: Timelines
    rendering: Rendering

    async def start(self, _request: web.Request) -> web.StreamResponse:
        """Redirect to the page where a visitor begins."""
        return _elsewhere(f"/{self.world.manifests.full_name}/pulls")

    async def revision(self, _request: web.Request) -> web.StreamResponse:
        """Return the value that the script polls: it changes whenever a page may have changed."""
        return web.json_response({"revision": self.rendering.revision})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Show what the bot told people outside of GitHub."""
        return self.rendering.page(request, "chat.html", self.world.manifests)

    # -- conversations ---------------------------------------------------------------------------------------------

    async def pulls(self, request: web.Request) -> web.StreamResponse:
        """Show the list of pull requests, newest first; `?state=` open, merged, closed or all."""
        return self._list(request, "pulls")

    async def issues(self, request: web.Request) -> web.StreamResponse:
        """Show the list of issues."""
        return self._list(request, "issues")

    def _list(self, request: web.Request, which: str) -> web.Response:
        repository = self.repository(request)
        found = repository.pulls if which == "pulls" else repository.issues
        state = request.query.get("state", "all")
        wanted = STATES.get(state, STATES["all"])
        counts = {name: sum(one.state in states for one in found) for name, states in STATES.items()}
        if which == "issues":
            del counts["merged"]
        return self.rendering.page(
            request,
            "list.html",
            repository,
            which=which,
            chosen=state if state in counts else "all",
            counts=counts,
            found=[one for one in reversed(found) if one.state in wanted],
        )

    async def pull(self, request: web.Request) -> web.StreamResponse:
        """Show a pull request on one page. An issue's number redirects to the issue, as on GitHub."""
        repository = self.repository(request)
        conversation = repository.conversation(int(request.match_info["number"]))
        if not isinstance(conversation, PullRequest):
            return _elsewhere(f"/{repository.full_name}/issues/{conversation.number}")
        return self.rendering.page(
            request,
            "pull.html",
            repository,
            pull=conversation,
            timeline=self.timelines.timeline(conversation),
            commits=[repository.store.commit(oid) for oid in conversation.commits()],
            changes=conversation.changes(),
            checks=status.pull_checks(conversation),
            opinions=status.opinions(conversation),
            sentences=status.merge_box(conversation) if conversation.state is State.OPEN else [],
        )

    async def pull_part(self, request: web.Request) -> web.StreamResponse:
        """Redirect GitHub's separate pages of commits, checks and files to their parts of the one page."""
        part = request.match_info["part"]
        return _elsewhere(f"{request.rel_url.raw_path.removesuffix(f'/{part}')}#{part}")

    async def issue(self, request: web.Request) -> web.StreamResponse:
        """Show an issue; a pull request's number redirects to the pull request, as on GitHub."""
        repository = self.repository(request)
        conversation = repository.conversation(int(request.match_info["number"]))
        if isinstance(conversation, PullRequest):
            return _elsewhere(f"/{repository.full_name}/pull/{conversation.number}")
        timeline = self.timelines.timeline(conversation)
        return self.rendering.page(request, "issue.html", repository, issue=conversation, timeline=timeline)

    # -- files and commits -----------------------------------------------------------------------------------------

    async def folder(self, request: web.Request) -> web.StreamResponse:
        """Show a folder with the last change of each entry, and its README."""
        repository = self.repository(request)
        where = self._place(request, repository)
        entries = code.folder(repository, where)
        readme = next((entry.path for entry in entries if entry.name.lower() == "readme.md"), None)
        return self.rendering.page(
            request,
            "folder.html",
            repository,
            where=where,
            branches=code.branches(repository),
            entries=[(entry, code.newest(repository, where, entry.path)) for entry in entries],
            last=code.newest(repository, where, where.path),
            readme=code.text_of(repository, code.Place(where.ref, where.oid, readme)) if readme else None,
        )

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Show a file with line numbers."""
        repository = self.repository(request)
        where = self._place(request, repository)
        text = code.text_of(repository, where)
        return self.rendering.page(
            request,
            "file.html",
            repository,
            where=where,
            branches=code.branches(repository),
            lines=None if text is None else text.removesuffix("\n").split("\n"),
            last=code.newest(repository, where, where.path),
        )

    async def commits(self, request: web.Request) -> web.StreamResponse:
        """Show the history of a branch, or of a path on it; `?page=` counts from 1."""
        repository = self.repository(request)
        where = self._place(request, repository)
        page = max(1, number(request.query.get("page", "")))
        found = code.log(repository, where, page)
        return self.rendering.page(
            request,
            "commits.html",
            repository,
            where=where,
            branches=code.branches(repository),
            commits=found[: code.PAGE],
            page=page,
            more=len(found) > code.PAGE,
        )

    async def commit(self, request: web.Request) -> web.StreamResponse:
        """Show a commit: message, trailers, checks, and its difference from its first parent."""
        repository = self.repository(request)
        oid = repository.store.full_oid(request.match_info["oid"])
        if oid is None or not repository.store.has_commit(oid):
            raise not_found(f"{repository.full_name} has no commit {request.match_info['oid']}.")
        commit = repository.store.commit(oid)
        return self.rendering.page(
            request,
            "commit.html",
            repository,
            commit=commit,
            changes=repository.history.changes(next(iter(commit.parents), None), oid),
            checks=status.commit_checks(repository, oid),
            deployments=status.deployments_of(repository, oid),
            pulls=repository.pull_requests.with_commit(oid),
        )

    def repository(self, request: web.Request) -> Repository:
        """Return the repository of the address."""
        return self.world.github.repository(f"{self.world.manifests.owner.login}/{request.match_info['name']}")

    def _place(self, request: web.Request, repository: Repository) -> code.Place:
        return code.place(repository, request.match_info.get("address") or repository.default_branch)


def number(digits: str) -> int:
    """Parse up to six digits, enough for any page number; 0 for anything else."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 6 else 0


def _elsewhere(address: str) -> web.Response:
    return web.Response(status=302, headers={"Location": address})
