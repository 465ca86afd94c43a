"""CloudEvents over HTTP, structured, in batches and binary, from whatever names an image in them.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md — Harbor and Azure Container
Registry (through Event Grid) are known by the event's type. Any other event names its image as `generic` does, in its data.
CloudEvents define no proof of origin. A sender may first ask with OPTIONS whether it may send:
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
"""

from collections.abc import Mapping

from bot.registries.hooks.distribution import Event
from bot.registries.hooks.hook import Hint, NotThisVendor, Payload, Proof, Vendor, hints, read

_HARBOR_PUSHED = "harbor.artifact.pushed"
"""https://goharbor.io/docs/main/working-with-projects/project-configuration/configure-webhooks/"""
_AZURE_PUSHED = "Microsoft.ContainerRegistry.ImagePushed"
"""https://learn.microsoft.com/azure/event-grid/event-schema-container-registry"""
_OTHER_EVENTS = ("harbor.", "Microsoft.ContainerRegistry.")


class _Envelope(Payload):
    specversion: str
    type: str
    data: object = None


class _Resource(Payload):
    resource_url: str


class _Harbor(Payload):
    resources: tuple[_Resource, ...]


class _Images(Payload):
    image: str | None = None
    images: tuple[str, ...] = ()


def unwrap(headers: Mapping[str, str], payload: object) -> object:
    """Return the event as the structured form has it. headers: named in lower case; `ce-` in them makes it binary."""
    if "ce-specversion" not in headers:
        return payload
    return {"specversion": headers["ce-specversion"], "type": headers.get("ce-type"), "data": payload}


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the images of an event, or of a batch of events; nothing for deletions, charts, pulls and scans."""
    events = payload if isinstance(payload, list) else [payload]
    if not events:
        raise NotThisVendor("the batch is empty")
    return hints(reference for event in events for reference in _references(read(_Envelope, event)))


def _references(event: _Envelope) -> tuple[str, ...]:
    if event.type == _HARBOR_PUSHED:
        return tuple(resource.resource_url for resource in read(_Harbor, event.data).resources)
    if event.type == _AZURE_PUSHED:
        return read(Event, event.data).references()
    if event.type.startswith(_OTHER_EVENTS) or not isinstance(event.data, dict):
        return ()
    named = read(_Images, event.data)
    return tuple(filter(None, (named.image, *named.images)))


VENDOR = Vendor("cloudevents", frozenset({Proof.AUTHORIZATION, Proof.PATH}), parse, unwrap, greeted=True)
