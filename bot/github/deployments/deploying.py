"""Reads and writes deployments by REST: https://docs.github.com/en/rest/deployments/deployments

GitHub has no deployment that can only be created once. The bot lists those of the place before it creates one, and the queue
gives each application to one runner at a time.

Races accepted: a runner that lost its lease between its last confirmation and the request creates a second one, which the
next look makes inactive. Of an application's deployments in one environment the newest hundred are read, which are those of
the last day, unless more than a hundred promotions merged there.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from bot.core.deployments.reasons import NO_PERMISSION, NOT_ALLOWED, NOT_INSTALLED
from bot.core.observation.repository import Repository
from bot.core.values.deployment import (
    CreateDeployment,
    Deployment,
    DeploymentAction,
    DeploymentPlace,
    DeploymentsSeen,
    RefusedDeployment,
    SeenDeployment,
)
from bot.core.values.errors import Temporary
from bot.core.values.permit import Permit
from bot.github.auth.tokens import InstallationCredential, Tokens
from bot.github.client import Client, below
from bot.github.deployments import parsing
from bot.github.errors import Refused

_READ, _WRITE = "deployments", "deploy"
"""Names under which the requests are counted."""
FINAL = frozenset({403, 404, 409, 410, 422})
"""The statuses by which GitHub refuses a deployment. Other statuses are trouble of its own, or a limit."""


class Deploying:
    """Shows deployments. web: the address of GitHub's pages."""

    def __init__(self, client: Client, tokens: Tokens, *, web: str) -> None:
        self._client = client
        self._tokens = tokens
        self._web = web

    async def seen(self, repository: Repository, wanted: tuple[Deployment, ...]) -> DeploymentsSeen:
        """Return what GitHub has of these: one request for each place, and one for each deployment found. Raises Temporary."""
        found: list[SeenDeployment] = []
        refused: list[RefusedDeployment] = []
        by_place: dict[DeploymentPlace, list[Deployment]] = {}
        for each in wanted:
            by_place.setdefault(each.place, []).append(each)
        for place, here in by_place.items():
            try:
                found += await self._at(repository, place, frozenset(each.number for each in here))
            except Refused as refusal:
                if not _is_final(refusal):
                    raise
                refused += [RefusedDeployment(each, _said(refusal)) for each in here]
        return DeploymentsSeen(tuple(found), tuple(refused))

    async def carry_out(
        self, repository: Repository, actions: tuple[DeploymentAction, ...], permit: Permit
    ) -> tuple[RefusedDeployment, ...]:
        """Carry out these actions in order; return what GitHub refused. Raises Temporary, LeaseLost."""
        refused: list[RefusedDeployment] = []
        for action in actions:
            wanted = action.deployment
            try:
                credential = await self._credential(repository, wanted.place)
                if isinstance(action, CreateDeployment):
                    identity = await self._create(repository, wanted, credential, permit)
                else:
                    identity = action.id
                await self._set_state(repository, wanted, identity, credential, permit)
            except Refused as refusal:
                if not _is_final(refusal):
                    raise
                refused.append(RefusedDeployment(wanted, _said(refusal)))
        return tuple(refused)

    async def _at(
        self, repository: Repository, place: DeploymentPlace, numbers: frozenset[int]
    ) -> list[SeenDeployment]:
        """https://docs.github.com/en/rest/deployments/deployments#list-deployments"""
        credential = await self._credential(repository, place)
        query = {"environment": place.environment, "task": place.task, "per_page": "100"}
        path = f"{below(place.repository, 'deployments')}?{urlencode(query)}"
        listed = await self._client.get(path, credential=credential, operation=_READ)
        own = parsing.ours(listed, place, manifests=repository.node_id, bot_id=self._tokens.bot_id)
        return [await self._with_status(each, credential) for each in own if each.number in numbers]

    async def _with_status(self, seen: SeenDeployment, credential: InstallationCredential) -> SeenDeployment:
        """https://docs.github.com/en/rest/deployments/statuses#list-deployment-statuses"""
        path = below(seen.place.repository, "deployments", str(seen.id), "statuses")
        statuses = await self._client.get(f"{path}?per_page=100", credential=credential, operation=_READ)
        return parsing.with_status(seen, statuses, bot_id=self._tokens.bot_id)

    async def _create(
        self, repository: Repository, wanted: Deployment, credential: InstallationCredential, permit: Permit
    ) -> int:
        """Create one, whatever the commit's checks say: its version runs already. Nothing is merged into the commit for that.

        https://docs.github.com/en/rest/deployments/deployments#create-a-deployment
        """
        body: Mapping[str, object] = {
            "ref": wanted.commit,
            "task": wanted.place.task,
            "environment": wanted.place.environment,
            "description": wanted.description,
            "payload": parsing.payload(repository.node_id, wanted.number),
            "auto_merge": False,
            "required_contexts": [],
            "transient_environment": False,
            "production_environment": wanted.production,
        }
        await permit.confirm()
        path = below(wanted.place.repository, "deployments")
        answer = await self._client.send(path, body, credential=credential, operation=_WRITE)
        if "id" not in answer:  # 202: GitHub merged something first, which was not asked for
            raise Temporary(f"{wanted.place.repository}: GitHub did not create the deployment of #{wanted.number}")
        return int(answer["id"])

    async def _set_state(
        self,
        repository: Repository,
        wanted: Deployment,
        identity: int,
        credential: InstallationCredential,
        permit: Permit,
    ) -> None:
        """Add a status. What becomes inactive by it the bot says itself: GitHub would take other applications for replaced.

        https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status
        """
        body: dict[str, object] = {
            "state": wanted.state.value,
            "description": wanted.description,
            "log_url": f"{self._web}/{repository.name}/pull/{wanted.number}",
            "auto_inactive": False,
            **({"environment_url": wanted.url} if wanted.url else {}),
        }
        await permit.confirm()
        path = below(wanted.place.repository, "deployments", str(identity), "statuses")
        await self._client.send(path, body, credential=credential, operation=_WRITE)

    async def _credential(self, repository: Repository, place: DeploymentPlace) -> InstallationCredential:
        """Return the credential for a place. Raises Refused where there is none, without asking GitHub."""
        if not self._tokens.may_read(repository.name, place.repository):
            raise Refused(NOT_ALLOWED, status=403)
        credential = await self._tokens.deploying_to(place.repository)
        if credential is None:
            raise Refused(NOT_INSTALLED, status=404)
        if dict(credential.permissions).get("deployments") != "write":
            raise Refused(NO_PERMISSION, status=403)
        return credential


def _is_final(refusal: Refused) -> bool:
    return refusal.status in FINAL and refusal.again_at is None


def _said(refusal: Refused) -> str:
    return refusal.reason.removeprefix(f"{_WRITE}: ").removeprefix(f"{_READ}: ")
