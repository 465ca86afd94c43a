"""Azure Container Registry: its own webhook, and Event Grid in both of its forms.

https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference — Distribution's events, one per
request, and a `ping`; custom headers only. https://learn.microsoft.com/azure/event-grid/event-schema-container-registry — the
same event as `data`, in a list or as CloudEvents. Event Grid first sends a code that we send back, or asks with OPTIONS:
https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
"""

from pydantic import Field
from pydantic_core import to_json

from bot.registries.hooks import cloudevents
from bot.registries.hooks.distribution import Event
from bot.registries.hooks.hook import Hint, NotThisVendor, Payload, Proof, Vendor, hints, read

_VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
_CHANGES = frozenset({"Microsoft.ContainerRegistry.ImagePushed", "Microsoft.ContainerRegistry.ImageDeleted"})


class _GridEvent(Payload):
    kind: str = Field(alias="eventType")
    data: object = None


class _Validation(Payload):
    code: str = Field(alias="validationCode")


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the images whose tags were pushed or deleted; nothing for a ping and for charts."""
    if isinstance(payload, dict) and "specversion" in payload:
        return cloudevents.parse(payload)
    if not isinstance(payload, list):
        return hints(read(Event, payload).references())
    if not payload:
        raise NotThisVendor("the list is empty")
    events = [read(_GridEvent, each) for each in payload]
    changes = [read(Event, each.data) for each in events if each.kind in _CHANGES]
    return hints(reference for change in changes for reference in change.references())


def reply(payload: object) -> str | None:
    """Return the answer to the first event of Event Grid, with the code in it; None for every other payload."""
    if not isinstance(payload, list) or len(payload) != 1:
        return None
    event = read(_GridEvent, payload[0])
    if event.kind != _VALIDATION:
        return None
    return to_json({"validationResponse": read(_Validation, event.data).code}).decode()


VENDOR = Vendor(
    "acr", frozenset({Proof.AUTHORIZATION, Proof.PATH}), parse, cloudevents.unwrap, reply=reply, greeted=True
)
