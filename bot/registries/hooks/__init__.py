"""Hooks of registries: a request in, hints out. One file and one row of the table below per vendor."""

from collections.abc import Mapping

from pydantic_core import from_json

from bot.core.values.images import ImageName
from bot.registries.hooks import (
    acr,
    artifactory,
    cloudevents,
    distribution,
    docker_hub,
    generic,
    ghcr,
    gitea,
    gitlab,
    harbor,
    nexus,
    quay,
)
from bot.registries.hooks.hook import UNNAMED_REGISTRY, Hint, NotThisVendor, Proof, Rejected, Vendor
from bot.registries.hooks.proofs import may_prove, proves

__all__ = ["VENDORS", "Hint", "Proof", "Rejected", "Vendor", "admit", "route"]

VENDORS: Mapping[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        acr.VENDOR,
        artifactory.VENDOR,
        cloudevents.VENDOR,
        distribution.VENDOR,
        docker_hub.VENDOR,
        generic.VENDOR,
        ghcr.VENDOR,
        gitea.VENDOR,
        gitlab.VENDOR,
        harbor.VENDOR,
        nexus.VENDOR,
        quay.VENDOR,
    )
}


def admit(
    vendor: str, headers: Mapping[str, str], secrets: Mapping[str, str], *, path_secret: str = ""
) -> Rejected | None:
    """Return why this request is rejected whatever its body says; None where the body has to be read.

    So a stranger's body is not read, unless its sender shows a signature that only the body can prove wrong.
    """
    known = VENDORS.get(vendor)
    secret = secrets.get(vendor, "")
    if known is None or not secret:
        return Rejected(404, "no hook of this name is set up on this server")
    given = _lower(headers)
    if any(may_prove(proof, given, secret, path_secret) for proof in known.proofs):
        return None
    return Rejected(401, f"the secret is missing or wrong; expected: {_ways(known)}")


def route(
    vendor: str,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Mapping[str, str],
    *,
    path_secret: str = "",
    registry: str | None = None,
) -> tuple[Hint, ...] | Rejected:
    """Return the images that an authentic hook names. None is a fine answer, to be answered with 202: a pull, a ping.

    headers: of the request, in any case. secrets: vendor → secret; a vendor without one is off. path_secret: what follows
    the vendor in the URL's path, '' for nothing. registry: what policies call this registry, if it calls itself otherwise. It
    comes from the URL that the operator configured, and replaces the host in every hint.
    """
    known = VENDORS.get(vendor)
    secret = secrets.get(vendor, "")
    if known is None or not secret:
        return Rejected(404, "this server has no secret for hooks of this name, so they are off")
    given = _lower(headers)
    if not any(proves(proof, given, body, secret, path_secret) for proof in known.proofs):
        return Rejected(401, f"the secret is missing or wrong; accepted: {_ways(known)}")
    try:
        found = known.parse(known.unwrap(given, from_json(body)))
    except NotThisVendor as error:
        return Rejected(400, f"this is not what {vendor} sends: {error}")
    except ValueError:
        return Rejected(400, "the body is not JSON")
    return _named(found, registry, vendor)


def _lower(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _named(found: tuple[Hint, ...], registry: str | None, vendor: str) -> tuple[Hint, ...] | Rejected:
    if registry is not None:
        renamed = (ImageName(registry.lower(), ImageName.parse(hint.image).repository) for hint in found)
        return tuple(Hint(str(name)) for name in renamed)
    if any(hint.image.startswith(f"{UNNAMED_REGISTRY}/") for hint in found):
        return Rejected(
            400, f"{vendor} does not say which registry it is; add ?registry= and its name to the hook's URL"
        )
    return found


def _ways(vendor: Vendor) -> str:
    return ", or ".join(sorted(proof.value for proof in vendor.proofs))
