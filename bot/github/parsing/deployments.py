"""Deployments and their statuses: JSON in, frozen values of the core out.

The payload of a deployment is its creator's own. Ours names the manifests repository and the promotion by their numbers; only
what the App's own bot created counts, because anybody with write permission can copy a payload.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.core.values.deployment import DeploymentPlace, SeenDeployment
from bot.github.errors import Json

MANIFESTS, PROMOTION = "gitops_manifests", "gitops_promotion"


def payload(manifests: str, number: int) -> Mapping[str, object]:
    """Return what identifies a promotion's deployment. manifests: the node id of the manifests repository."""
    return {MANIFESTS: manifests, PROMOTION: number}


def ours(
    listed: Iterable[Json], place: DeploymentPlace, *, manifests: str, bot_id: int | None
) -> Iterator[SeenDeployment]:
    """Yield the deployments that the bot created for promotions of this manifests repository, still without their states."""
    for each in listed:
        said = _object(each.get("payload"))
        number, by = said.get(PROMOTION), (each.get("creator") or {}).get("id")
        if said.get(MANIFESTS) == manifests and isinstance(number, int) and by == bot_id:
            yield SeenDeployment(place, int(each["id"]), number)


def with_status(seen: SeenDeployment, statuses: Iterable[Json], *, bot_id: int | None) -> SeenDeployment:
    """Add the newest of a deployment's statuses."""
    newest = max(statuses, key=lambda each: int(each["id"]), default=None)
    if newest is None:
        return seen
    by = (newest.get("creator") or {}).get("id")
    return replace(seen, state=newest["state"], description=newest["description"] or "", ours=by == bot_id)


def _object(given: object) -> Mapping[str, object]:
    """Return a payload as an object. GitHub documents an object or a string; some servers store the object as text."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return {}
    return given if isinstance(given, Mapping) else {}
