"""Which deployments are the bot's own, and what their newest status says."""

import json
from typing import Any

import pytest

from bot.core.values.deployment import DeploymentPlace, SeenDeployment
from bot.github.parsing.deployments import ours, payload, with_status

PLACE = DeploymentPlace("acme/web", "prod", "deploy:web")
BOT, STRANGER = {"id": 7}, {"id": 8}


def listed(said: object, creator: dict[str, int] | None = BOT) -> list[SeenDeployment]:
    return list(ours([{"id": 70, "payload": said, "creator": creator}], PLACE, manifests="R_1", bot_id=7))


def test_ours_is_known_by_its_creator_the_manifests_repository_and_the_promotion() -> None:
    assert listed(payload("R_1", 5)) == [SeenDeployment(PLACE, 70, 5)]
    assert listed(json.dumps(payload("R_1", 5))) == [SeenDeployment(PLACE, 70, 5)], "some servers store it as text"


@pytest.mark.parametrize("creator", [STRANGER, None])
def test_a_copied_payload_is_nobodys_deployment(creator: dict[str, int] | None) -> None:
    assert listed(payload("R_1", 5), creator) == []


@pytest.mark.parametrize("said", ["", "{", "[]", None, {}, payload("R_2", 5), {"gitops_manifests": "R_1"}, 7])
def test_another_payload_is_left_alone(said: object) -> None:
    assert listed(said) == []


def test_the_newest_status_counts_and_whose_it_is() -> None:
    def status(identity: int, state: str, creator: dict[str, int] | None = BOT) -> dict[str, Any]:
        return {"id": identity, "state": state, "description": None, "creator": creator}

    one = SeenDeployment(PLACE, 70, 5)
    assert with_status(one, [], bot_id=7) == one
    read = with_status(one, [status(1, "queued"), status(3, "success"), status(2, "failure")], bot_id=7)
    assert (read.state, read.description, read.ours) == ("success", "", True)
    assert not with_status(one, [status(1, "inactive", STRANGER)], bot_id=7).ours
