"""Azure Container Registry: Distribution's events, one per request, and a `ping`.

https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference — custom headers only.
"""

from bot.registries.hooks.distribution import Event
from bot.registries.hooks.hook import Hint, Proof, Vendor, hints, read


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the image whose tag was pushed or deleted; nothing for a ping."""
    return hints(read(Event, payload).references())


VENDOR = Vendor("acr", frozenset({Proof.AUTHORIZATION, Proof.PATH}), parse)
