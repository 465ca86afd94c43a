"""Webhooks about an installation itself, which every App receives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.simulator.github.model.accounts.accounts import Organisation
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.model.events import InstallationEvent, InstallationRepositoriesEvent, TargetRenamedEvent
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.views import accounts
from bot.simulator.github.views.links import Links

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Payload:
    """A webhook before it is signed; `event` is GitHub's name."""

    event: str
    body: Mapping[str, Any]


def of_installation(links: Links, github: GitHub, event: InstallationEvent | InstallationRepositoriesEvent) -> Payload:
    installation = event.installation
    body: Json = {
        "action": event.action,
        "installation": accounts.installation(links, installation),
        "sender": accounts.account(links, event.actor),
    }
    if isinstance(event, InstallationEvent):
        body["repositories"] = [_short(found) for found in github.covered_by(installation)]
        if event.action == "created":
            body["requester"] = None
        return Payload("installation", body)
    body["repository_selection"] = installation.selection.value
    body["repositories_added"] = [_short(found) for found in event.added]
    body["repositories_removed"] = [_short(found) for found in event.removed]
    body["requester"] = None
    return Payload("installation_repositories", body)


def of_target(links: Links, event: TargetRenamedEvent) -> Payload:
    installation, account = event.installation, event.installation.account
    shown = accounts.organisation(links, account) | {"description": None} if isinstance(account, Organisation) else {}
    short = {"id": installation.id, "node_id": node_id(Kind.INSTALLATION, installation.id)}
    body: Json = {
        "action": "renamed",
        "account": accounts.account(links, account) | shown,
        "changes": {"login": {"from": event.former_login}},
        "installation": short,
        "target_type": account.kind.value,
    }
    if isinstance(account, Organisation):
        body["organization"] = accounts.simple_organisation(links, account)
    body["sender"] = accounts.account(links, event.actor)
    return Payload("installation_target", body)


def _short(one: CodeRepository) -> Json:
    return {
        "id": one.id,
        "node_id": one.node_id,
        "name": one.name,
        "full_name": one.full_name,
        "private": one.visibility is not Visibility.PUBLIC,
    }
