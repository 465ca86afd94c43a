"""Sonatype Nexus Repository: the capability "Webhook: Repository" with the event type `component`.

https://help.sonatype.com/en/example-headers-and-payloads.html — it signs "the JSON body without whitespace", which may not
be the body that it sends. It names neither its host nor how clients reach the repository: by a port of its own, or by the
repository's name in the path. So both names are hints; no policy has the wrong one.
"""

from pydantic import Field

from bot.registries.hooks.hook import UNNAMED_REGISTRY, Hint, NotThisVendor, Payload, Proof, Vendor, hints, read

_CHANGES = frozenset({"CREATED", "UPDATED"})


class _Component(Payload):
    format: str
    name: str


class _Delivery(Payload):
    action: str
    repository: str = Field(alias="repositoryName")
    component: _Component | None = None
    asset: Payload | None = None


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the image that was pushed; nothing for a deletion, an asset, and components of other formats."""
    delivery = read(_Delivery, payload)
    if delivery.component is None and delivery.asset is None:
        raise NotThisVendor("it has neither `component` nor `asset`")
    component = delivery.component
    if component is None or component.format != "docker" or delivery.action not in _CHANGES:
        return ()
    names = (component.name, f"{delivery.repository}/{component.name}")
    return hints(f"{UNNAMED_REGISTRY}/{name}" for name in names)


VENDOR = Vendor("nexus", frozenset({Proof.NEXUS_SIGNATURE}), parse)
