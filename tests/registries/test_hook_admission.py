"""Who is refused before the body of a registry's notification is read."""

import pytest

from bot.registries.hooks.hook import Rejected
from tests.registries.hook_calls import admit

SECRETS = {"generic": "correct horse", "quay": "battery staple"}
SHAPED = f"sha256={'0' * 64}"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "nonsense"},
        {"X-Hub-Signature-256": f"{SHAPED}0"},
        {"X-Signature": SHAPED},
        {"X-Hub-Signature": SHAPED, "Authorization": SHAPED},
    ],
)
async def test_without_a_signature_in_its_header_nothing_is_read(headers: dict[str, str]) -> None:
    refused = await admit("generic", headers, SECRETS)
    assert isinstance(refused, Rejected)
    assert refused.status == 401


@pytest.mark.parametrize("name", ["X-Hub-Signature-256", "x-hub-signature-256"])
async def test_whether_a_signature_is_right_only_the_body_can_tell(name: str) -> None:
    assert await admit("generic", {name: SHAPED}, SECRETS) is None


async def test_a_vendor_without_a_secret_is_off() -> None:
    for vendor in ("ghcr", "nobody"):
        refused = await admit(vendor, {"X-Hub-Signature-256": SHAPED}, SECRETS)
        assert isinstance(refused, Rejected)
        assert refused.status == 404


@pytest.mark.parametrize(
    ("vendor", "header", "digits"),
    [
        ("artifactory", "X-JFrog-Event-Auth", 64),
        ("gitea", "X-Gitea-Signature", 64),
        ("nexus", "X-Nexus-Webhook-Signature", 40),
    ],
)
async def test_every_signature_has_its_own_header_and_length(vendor: str, header: str, digits: int) -> None:
    secrets = {vendor: "correct horse"}
    assert await admit(vendor, {header: "0" * digits}, secrets) is None
    for headers in (
        {},
        {header: ""},
        {header: "0" * (digits + 1)},
        {header: "0" * (digits - 1)},
        {header: "g" * digits},
        {header: f"sha256={'0' * 64}"},
        {"X-Hub-Signature-256": SHAPED},
        {"Authorization": "correct horse"},
    ):
        assert isinstance(await admit(vendor, headers, secrets), Rejected), headers


@pytest.mark.parametrize(("vendor", "header"), [("artifactory", "X-JFrog-Event-Auth"), ("gitlab", "X-Gitlab-Token")])
async def test_a_plain_secret_in_its_header_is_checked_before_anything_is_read(vendor: str, header: str) -> None:
    assert await admit(vendor, {header: "correct horse"}, {vendor: "correct horse"}) is None
    for given in ("wrong", "Bearer correct horse", "correct horse ", "\udcff"):
        assert isinstance(await admit(vendor, {header: given}, {vendor: "correct horse"}), Rejected)
