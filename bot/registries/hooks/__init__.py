"""Hooks of registries: a request in, hints out. One file and one row of the table below per vendor.

`reception.py` lets requests in.
"""

from collections.abc import Mapping

from bot.registries.hooks import (
    acr,
    artifact_registry,
    artifactory,
    cloudevents,
    distribution,
    docker_hub,
    ecr,
    generic,
    ghcr,
    gitea,
    gitlab,
    harbor,
    nexus,
    quay,
)
from bot.registries.hooks.hook import Vendor

__all__ = ["VENDORS", "WITH_SECRET"]

VENDORS: Mapping[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        acr.VENDOR,
        artifact_registry.VENDOR,
        artifactory.VENDOR,
        cloudevents.VENDOR,
        distribution.VENDOR,
        docker_hub.VENDOR,
        ecr.VENDOR,
        generic.VENDOR,
        ghcr.VENDOR,
        gitea.VENDOR,
        gitlab.VENDOR,
        harbor.VENDOR,
        nexus.VENDOR,
        quay.VENDOR,
    )
}

WITH_SECRET = tuple(sorted(name for name, vendor in VENDORS.items() if vendor.proofs))
"""The vendors whose senders can know a secret."""
