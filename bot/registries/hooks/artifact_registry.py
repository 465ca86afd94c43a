"""Google Artifact Registry, and `gcr.io`, which it serves: a push subscription to the Pub/Sub topic `gcr`.

https://cloud.google.com/artifact-registry/docs/configure-notifications, wrapped as
https://cloud.google.com/pubsub/docs/push#receive_push says. An upload sends one message without a tag, and one for each tag.
"""

import binascii
from base64 import b64decode

from pydantic_core import from_json

from bot.registries.hooks.hook import Hint, NotThisVendor, Payload, Signer, Vendor, hints, read


class _Message(Payload):
    data: str = ""


class _Delivery(Payload):
    message: _Message


class _Change(Payload):
    action: str
    tag: str = ""


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the image whose tag was pushed or deleted; nothing for a message about a digest alone."""
    data = read(_Delivery, payload).message.data
    try:
        told = from_json(b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        raise NotThisVendor("at message.data: not JSON in base64") from None
    change = read(_Change, told)
    return hints([change.tag] if change.tag else [])


VENDOR = Vendor("artifact_registry", frozenset(), parse, signer=Signer.GOOGLE)
