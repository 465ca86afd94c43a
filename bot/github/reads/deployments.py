"""The deployments that the bot created, by REST: https://docs.github.com/en/rest/deployments/deployments

Race accepted: of an application's deployments in one environment the newest hundred are read, which are those of the last day,
unless more than a hundred promotions merged there.
"""

from urllib.parse import urlencode

from bot.core.deployments.reasons import NO_PERMISSION, NOT_ALLOWED, NOT_INSTALLED
from bot.core.observation.repository import Repository
from bot.core.values.deployment import (
    Deployment,
    DeploymentPlace,
    DeploymentsSeen,
    RefusedDeployment,
    SeenDeployment,
)
from bot.github.auth.tokens import InstallationCredential, Tokens
from bot.github.client import Client, below
from bot.github.errors import Refused, understood
from bot.github.parsing import deployments as parsing

OPERATION = "deployments"
"""The name under which the requests are counted."""
FINAL = frozenset({403, 404, 409, 410, 422})
"""The statuses by which GitHub refuses a deployment. Other statuses are trouble of its own, or a limit."""


async def seen(
    client: Client, tokens: Tokens, repository: Repository, wanted: tuple[Deployment, ...]
) -> DeploymentsSeen:
    """Return what GitHub has of these: one request for each place, and one for each deployment found. Raises Temporary."""
    found: list[SeenDeployment] = []
    refused: list[RefusedDeployment] = []
    by_place: dict[DeploymentPlace, list[Deployment]] = {}
    for each in wanted:
        by_place.setdefault(each.place, []).append(each)
    for place, here in by_place.items():
        try:
            credential = await credential_for(tokens, repository, place)
            numbers = frozenset(each.number for each in here)
            found += await _at(client, place, numbers, repository, tokens.bot_id, credential)
        except Refused as refusal:
            if not is_final(refusal):
                raise
            refused += [RefusedDeployment(each, said(refusal)) for each in here]
    return DeploymentsSeen(tuple(found), tuple(refused))


async def _at(
    client: Client,
    place: DeploymentPlace,
    numbers: frozenset[int],
    repository: Repository,
    bot_id: int | None,
    credential: InstallationCredential,
) -> list[SeenDeployment]:
    """https://docs.github.com/en/rest/deployments/deployments#list-deployments"""
    query = {"environment": place.environment, "task": place.task, "per_page": "100"}
    path = f"{below(place.repository, 'deployments')}?{urlencode(query)}"
    listed = await client.get(path, credential=credential, operation=OPERATION)
    with understood(OPERATION):
        own = tuple(parsing.ours(listed, place, manifests=repository.node_id, bot_id=bot_id))
    return [await _with_status(client, each, bot_id, credential) for each in own if each.number in numbers]


async def _with_status(
    client: Client, deployment: SeenDeployment, bot_id: int | None, credential: InstallationCredential
) -> SeenDeployment:
    """https://docs.github.com/en/rest/deployments/statuses#list-deployment-statuses"""
    path = below(deployment.place.repository, "deployments", str(deployment.id), "statuses")
    statuses = await client.get(f"{path}?per_page=100", credential=credential, operation=OPERATION)
    with understood(OPERATION):
        return parsing.with_status(deployment, statuses, bot_id=bot_id)


async def credential_for(tokens: Tokens, repository: Repository, place: DeploymentPlace) -> InstallationCredential:
    """Return the credential for a place. Raises Refused where there is none, without asking for the deployments.

    A repository of another account takes its deployments only where the server's settings let this policy name it.
    """
    if not tokens.may_read(repository.name, place.repository):
        raise Refused(NOT_ALLOWED, status=403)
    credential = await tokens.deploying_to(place.repository)
    if credential is None:
        raise Refused(NOT_INSTALLED, status=404)
    if dict(credential.permissions).get("deployments") != "write":
        raise Refused(NO_PERMISSION, status=403)
    return credential


def is_final(refusal: Refused) -> bool:
    """Return whether GitHub refused the deployment itself, so that repeating it soon would not help."""
    return refusal.status in FINAL and refusal.again_at is None


def said(refusal: Refused, operation: str = OPERATION) -> str:
    """Return the reason without the request's name."""
    return refusal.reason.removeprefix(f"{operation}: ")
