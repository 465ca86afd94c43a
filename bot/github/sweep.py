"""`sweep`: one look at a whole manifests repository in one document, whatever the number of its applications.

Further hundreds of open pull requests and of promotion branches cost one request per hundred of both.
"""

from collections.abc import Mapping, Sequence

from bot.core.needs.repository import SweepNeeds
from bot.core.observation.sweep import Sweep, SweptPull
from bot.core.repository.other_pull_requests import Proposal
from bot.github import composition, nouns
from bot.github.auth import App, Tokens
from bot.github.client import Client, Credential
from bot.github.comments import Comments
from bot.github.errors import Json
from bot.github.look import POLICIES, POLICY, Illegible, Look, Policies, base_of, no_policies, people_in, repository_in
from bot.github.objects import Objects
from bot.github.state_branch import StateBranches

PAGES = 10
"""Of a hundred each: with more open pull requests than that, a sweep says that it is not complete."""


class Sweeper:
    """Looks at whole repositories."""

    def __init__(
        self, client: Client, tokens: Tokens, policies: Policies, comments: Comments, states: StateBranches
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._policies = policies
        self._states = states
        self._comments = comments
        self._objects = Objects(client)

    async def sweep(self, needs: SweepNeeds) -> Sweep:
        """Look once. Raises Temporary."""
        credential = await self._tokens.working_on(needs.repository)
        app = await self._tokens.app()
        waiting = self._comments.waiting(needs.repository)
        document, variables = composition.sweep(needs, policies=needs.repository not in self._policies, waiting=waiting)
        answer = await self._client.ask(document, variables, credential=credential)
        seen = repository_in(answer)
        head = base_of(seen)
        look = Look(self._client, self._objects, repository=needs.repository, credential=credential)
        policy_files, policy_id = await look.policy(head, self._policies)
        pulls = _pulls(seen, app)
        branches = _branches(seen)
        complete = await self._more(needs.repository, seen, pulls, branches, app=app, credential=credential)
        said = await self._comments.join(needs.repository, answer, waiting, credential=credential)
        return Sweep(
            repository=nouns.repository(seen, app_id=app.id),
            policy_files=policy_files,
            policy_id=policy_id,
            state=await self._states.read(look, seen["state"], app=app.slug),
            entries=_entries(head, needs.folders),
            pulls=tuple(pulls.values()),
            branches={name: head["oid"] for name, head in branches.items()},
            own_branches=frozenset(name for name, head in branches.items() if nouns.made_by_app(head, app.slug)),
            recent=tuple(map(nouns.commit, nouns.nodes(head["recent"]))),
            comments=said.comments,
            people=people_in(seen, needs.people),
            teams=await look.teams(answer, needs.teams),
            merges=nouns.merges(seen),
            complete=complete,
            more_said=said.more,
        )

    async def proposals(self, repository: str, pulls: Sequence[SweptPull]) -> tuple[Proposal, ...]:
        """What these pull requests would make of the policy. Raises Temporary."""
        credential = await self._tokens.working_on(repository)
        document, variables = composition.proposals(repository, [(pull.number, pull.head_oid) for pull in pulls])
        answer = await self._client.ask(document, variables, credential=credential)
        seen = repository_in(answer)
        look = Look(self._client, self._objects, repository=repository, credential=credential)
        return tuple([await _proposal(look, seen, f"n{position}", pull) for position, pull in enumerate(pulls)])

    async def _more(
        self,
        repository: str,
        seen: Json,
        pulls: dict[int, SweptPull],
        branches: dict[str, Json],
        *,
        app: App,
        credential: Credential,
    ) -> bool:
        """Read the further pages into `pulls` and `branches`; False where there were too many."""
        for _ in range(PAGES):
            cursors = {name: _cursor(seen.get(name)) for name in ("open", "branches")}
            if not any(cursors.values()):
                return True
            document, variables = composition.more(
                repository, pulls_after=cursors["open"], branches_after=cursors["branches"]
            )
            answer = await self._client.ask(document, variables, credential=credential)
            seen = repository_in(answer)
            # Somebody may have touched one meanwhile, which moves it to the front: then it was read already.
            pulls |= _pulls(seen, app)
            branches |= _branches(seen)
        return False


async def _proposal(look: Look, seen: Json, alias: str, pull: SweptPull) -> Proposal:
    found, head = seen[alias], seen[f"{alias}_head"]
    if not found or found["headRefOid"] != pull.head_oid or not head:
        return Proposal(pull.head_oid, changes_it=False, files={})  # it has moved on, which makes the next look due
    paths = [file["path"] for file in nouns.nodes(found["files"])]
    known = found["files"] is not None and not found["files"]["pageInfo"]["hasNextPage"]
    if known and not any(path == POLICY or path.startswith(f"{POLICIES}/") for path in paths):
        return Proposal(pull.head_oid, changes_it=False, files={})
    try:
        files, _ = await look.policy(head, no_policies())
    except Illegible as problem:
        return Proposal(pull.head_oid, changes_it=True, files={}, unread=problem.reason)
    return Proposal(pull.head_oid, changes_it=True, files=files)


def _pulls(seen: Json, app: App) -> dict[int, SweptPull]:
    return {pull["number"]: nouns.glance(pull, app_id=app.id, app=app.slug) for pull in nouns.nodes(seen.get("open"))}


def _branches(seen: Json) -> dict[str, Json]:
    """Branch name, whole, → the commit it points at."""
    return {
        (ref["prefix"] + ref["name"]).removeprefix("refs/heads/"): ref["target"]
        for ref in nouns.nodes(seen.get("branches"))
        if ref["target"]
    }


def _entries(head: Json, folders: tuple[str, ...]) -> Mapping[str, Mapping[str, str]]:
    """Folder → name → object id; a folder that does not exist is empty."""
    found = {}
    for number, folder in enumerate(folders):
        tree = (head[f"d{number}_folder"] or {}).get("object") if folder else head[f"d{number}_root"]
        found[folder] = {entry["name"]: entry["oid"] for entry in (tree or {}).get("entries") or ()}
    return found


def _cursor(connection: Json | None) -> str | None:
    page = (connection or {}).get("pageInfo") or {}
    return page["endCursor"] if page.get("hasNextPage") else None
