"""Lets registries' hooks in: who sent it is checked first, without the body where that is enough; then its images are read.

A sender knows the secret of its vendor, or Amazon or Google vouch for it. A vendor without either is off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic_core import from_json

from bot.core.values.images import ImageName
from bot.registries.hooks import VENDORS
from bot.registries.hooks.hook import (
    UNNAMED_REGISTRY,
    Hint,
    NotThisVendor,
    Rejected,
    Reply,
    Signer,
    Vendor,
)
from bot.registries.hooks.proofs.amazon import TYPE_HEADER, Amazon
from bot.registries.hooks.proofs.google import Google
from bot.registries.hooks.proofs.secrets import may_prove, proves

Answer = tuple[Hint, ...] | Rejected | Reply
"""None of the hints is a fine answer, to be answered with 202: a pull, a ping."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request without its body.

    headers: in any case. path_secret: what follows the vendor in the URL's path, '' for nothing. registry: what policies call
    this registry, if it calls itself otherwise. It comes from the URL that the operator configured, and replaces the host in
    every hint.
    """

    vendor: str
    headers: Mapping[str, str] = field(repr=False)
    path_secret: str = field(default="", repr=False)
    registry: str | None = None

    def named(self) -> Mapping[str, str]:
        """Return the headers, named in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}


class Reception:
    """Authenticates hooks. secrets: vendor → secret. amazon, google: None if the settings name no topic, no subscriber."""

    def __init__(
        self, secrets: Mapping[str, str], *, amazon: Amazon | None = None, google: Google | None = None
    ) -> None:
        self._secrets = secrets
        self._amazon = amazon
        self._google = google

    async def admit(self, call: Call) -> Rejected | None:
        """Return why this request is rejected whatever its body says; None where the body has to be read.

        So a stranger's body is not read, unless its sender shows a signature that only the body can prove wrong.
        """
        vendor, headers = VENDORS.get(call.vendor), call.named()
        if vendor is None:
            return Rejected(404, "no hook of this name exists; the documentation lists them")
        if vendor.signer is Signer.GOOGLE and self._google is not None:
            return await self._google.admit(headers)
        amazon = self._amazon_for(vendor, headers)
        return amazon.admit(headers) if amazon is not None else self._admit(vendor, call, headers)

    async def route(self, call: Call, body: bytes) -> Answer:
        """Return what an authentic request says; `Rejected` for any other. Only after `admit` let it in."""
        vendor, headers = VENDORS.get(call.vendor), call.named()
        if vendor is None:
            return Rejected(404, "no hook of this name exists; the documentation lists them")
        if vendor.signer is Signer.GOOGLE and self._google is not None:
            rejected = await self._google.admit(headers)
            return rejected or _read(vendor, call, headers, body)
        amazon = self._amazon_for(vendor, headers)
        if amazon is None:
            return self._admit(vendor, call, headers, body) or _read(vendor, call, headers, body)
        opened = await amazon.open(body)
        if isinstance(opened, Rejected):
            return opened
        return _read(vendor, call, headers, opened.encode()) if opened else ()

    def greet(self, call: Call) -> Mapping[str, str] | Rejected:
        """Return the headers of the answer to a sender that asks with OPTIONS whether it may send.

        https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#42-validation-response
        """
        vendor, headers = VENDORS.get(call.vendor), call.named()
        if vendor is None or not vendor.greeted:
            return Rejected(404, "no hook of this name is asked with OPTIONS")
        rejected = self._admit(vendor, call, headers)
        if rejected:
            return rejected
        origin = headers.get("webhook-request-origin", "")
        if not origin:
            return Rejected(400, "WebHook-Request-Origin is missing")
        return {"Allow": "POST", "WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"}

    def _amazon_for(self, vendor: Vendor, headers: Mapping[str, str]) -> Amazon | None:
        return self._amazon if vendor.signer is Signer.AMAZON and TYPE_HEADER in headers else None

    def _admit(
        self, vendor: Vendor, call: Call, headers: Mapping[str, str], body: bytes | None = None
    ) -> Rejected | None:
        """Reject a sender that does not know the secret. body: None before it is read."""
        secret = self._secrets.get(vendor.name, "")
        if not secret:
            return Rejected(404, f"this server is not set up for hooks of this name; accepted: {_ways(vendor)}")
        for proof in vendor.proofs:
            if body is None and may_prove(proof, headers, secret, call.path_secret):
                return None
            if body is not None and proves(proof, headers, body, secret, call.path_secret):
                return None
        return Rejected(401, f"the secret is missing or wrong; accepted: {_ways(vendor)}")


def _read(vendor: Vendor, call: Call, headers: Mapping[str, str], body: bytes) -> Answer:
    try:
        payload = vendor.unwrap(headers, from_json(body))
        reply = vendor.reply(payload)
        found = vendor.parse(payload) if reply is None else ()
    except NotThisVendor as error:
        return Rejected(400, f"this is not what {vendor.name} sends: {error}")
    except ValueError:
        return Rejected(400, "the body is not JSON")
    return _named(found, call.registry, vendor.name) if reply is None else Reply(reply)


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
    ways = sorted(proof.value for proof in vendor.proofs)
    return ", or ".join([*ways, *([vendor.signer.value] if vendor.signer else [])])
