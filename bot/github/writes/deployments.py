"""Creates deployments and their statuses, by REST: https://docs.github.com/en/rest/deployments/deployments

GitHub has no deployment that can only be created once. The core has looked for it before, and the queue gives each application
to one runner at a time.

Race accepted: a runner that lost its lease between its last confirmation and the request creates a second one, which the next
look makes inactive.
"""

from bot.core.observation.repository import Repository
from bot.core.values.deployment import CreateDeployment, Deployment, DeploymentAction, RefusedDeployment
from bot.core.values.errors import Temporary
from bot.core.values.permit import Permit
from bot.github.auth.tokens import Tokens
from bot.github.client import Client, below
from bot.github.errors import Refused, understood
from bot.github.parsing import deployments as parsing
from bot.github.reads.deployments import credential_for, is_final, said
from bot.github.writes.preparation import Site

OPERATION = "deploy"
"""The name under which the requests are counted."""


class Deployer:
    """Shows deployments. web: the address of GitHub's pages."""

    def __init__(self, client: Client, tokens: Tokens, *, web: str) -> None:
        self._client = client
        self._tokens = tokens
        self._web = web

    async def carry_out(
        self, repository: Repository, actions: tuple[DeploymentAction, ...], permit: Permit
    ) -> tuple[RefusedDeployment, ...]:
        """Carry out these actions in order; return what GitHub refused. Raises Temporary, LeaseLost."""
        refused: list[RefusedDeployment] = []
        for action in actions:
            wanted = action.deployment
            try:
                credential = await credential_for(self._tokens, repository, wanted.place)
                site = Site(self._client, wanted.place.repository, credential, permit)
                if isinstance(action, CreateDeployment):
                    identity = await _create(repository, wanted, site)
                else:
                    identity = action.id
                await self._set_state(repository, wanted, identity, site)
            except Refused as refusal:
                if not is_final(refusal):
                    raise
                refused.append(RefusedDeployment(wanted, said(refusal, OPERATION)))
        return tuple(refused)

    async def _set_state(self, repository: Repository, wanted: Deployment, identity: int, site: Site) -> None:
        """Add a status. What becomes inactive by it the bot says itself: GitHub would take other applications for replaced.

        https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status
        """
        body = {
            "state": wanted.state.value,
            "description": wanted.description,
            "log_url": f"{self._web}/{repository.name}/pull/{wanted.number}",
            "auto_inactive": False,
            **({"environment_url": wanted.url} if wanted.url else {}),
        }
        path = below(wanted.place.repository, "deployments", str(identity), "statuses")
        await site.post(path, body, operation=OPERATION)


async def _create(repository: Repository, wanted: Deployment, site: Site) -> int:
    """Create one, whatever the commit's checks say: its version was merged already. Nothing is merged into the commit.

    https://docs.github.com/en/rest/deployments/deployments#create-a-deployment
    """
    body = {
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
    answer = await site.post(below(wanted.place.repository, "deployments"), body, operation=OPERATION)
    if isinstance(answer, dict) and "id" not in answer:  # 202: GitHub merged something first, which was not asked for
        raise Temporary(f"{wanted.place.repository}: GitHub did not create the deployment of #{wanted.number}")
    with understood(OPERATION):
        return int(answer["id"])
