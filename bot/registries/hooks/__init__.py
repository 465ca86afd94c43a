"""Hooks of registries: a request in, hints out. One file and one row of the table below per vendor."""

import hashlib
import hmac
import re
from collections.abc import Mapping

from pydantic_core import from_json

from bot.core.values.images import ImageName
from bot.registries.hooks import acr, distribution, docker_hub, generic, ghcr, harbor, quay
from bot.registries.hooks.hook import Hint, NotThisVendor, Proof, Rejected, Vendor

__all__ = ["VENDORS", "Hint", "Proof", "Rejected", "Vendor", "admit", "route"]

_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")

VENDORS: Mapping[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        acr.VENDOR,
        distribution.VENDOR,
        docker_hub.VENDOR,
        generic.VENDOR,
        ghcr.VENDOR,
        harbor.VENDOR,
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
    if any(_may_prove(proof, headers, secret, path_secret) for proof in known.proofs):
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
    if not any(_proves(proof, headers, body, secret, path_secret) for proof in known.proofs):
        return Rejected(401, f"the secret is missing or wrong; accepted: {_ways(known)}")
    try:
        found = known.parse(from_json(body))
    except NotThisVendor as error:
        return Rejected(400, f"this is not what {vendor} sends: {error}")
    except ValueError:
        return Rejected(400, "the body is not JSON")
    return found if registry is None else tuple(_renamed(hint, registry) for hint in found)


def _may_prove(proof: Proof, headers: Mapping[str, str], secret: str, path_secret: str) -> bool:
    if proof is Proof.SIGNATURE:
        return any(name.lower() == "x-hub-signature-256" and _SIGNATURE.fullmatch(headers[name]) for name in headers)
    return _proves(proof, headers, b"", secret, path_secret)


def _proves(proof: Proof, headers: Mapping[str, str], body: bytes, secret: str, path_secret: str) -> bool:
    """Report whether the sender knows the secret. A comparison takes the same time however much of it is right."""
    if proof is Proof.PATH:
        return _same(path_secret, secret)
    lower = {name.lower(): value for name, value in headers.items()}
    if proof is Proof.AUTHORIZATION:
        return _same(lower.get("authorization", "").removeprefix("Bearer "), secret)
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return _same(lower.get("x-hub-signature-256", ""), f"sha256={signature}")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogateescape"), expected.encode())


def _renamed(hint: Hint, registry: str) -> Hint:
    return Hint(str(ImageName(registry.lower(), ImageName.parse(hint.image).repository)))


def _ways(vendor: Vendor) -> str:
    return ", or ".join(sorted(proof.value for proof in vendor.proofs))
