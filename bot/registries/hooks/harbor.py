"""Harbor: https://goharbor.io/docs/main/working-with-projects/project-configuration/configure-webhooks/

It proves itself by a fixed Authorization header. `resource_url` is a whole reference with Harbor's own host. The CloudEvents
form has the `event_data` as `data`.
"""

from bot.registries.hooks.hook import Hint, Payload, Proof, Vendor, hints, read

_CHANGES = frozenset({"PUSH_ARTIFACT", "DELETE_ARTIFACT", "harbor.artifact.pushed", "harbor.artifact.deleted"})


class _Resource(Payload):
    resource_url: str = ""


class _Data(Payload):
    resources: tuple[_Resource, ...] = ()


class _Delivery(Payload):
    type: str
    event_data: _Data = _Data()
    data: _Data = _Data()


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the images that were pushed or deleted; nothing for scans, pulls and other events."""
    delivery = read(_Delivery, payload)
    if delivery.type not in _CHANGES:
        return ()
    return hints(resource.resource_url for resource in (*delivery.event_data.resources, *delivery.data.resources))


VENDOR = Vendor("harbor", frozenset({Proof.AUTHORIZATION, Proof.PATH}), parse)
