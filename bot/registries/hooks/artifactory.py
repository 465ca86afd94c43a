"""JFrog Artifactory: a predefined webhook with the events of Docker.

https://docs.jfrog.com/administration/docs/event-types — the secret is a plain header, or the key of a signature if "Use
secret for payload signing" is on. `jpd_origin` is the platform's address, which some versions leave out. Clients name an
image with the repository's key in the path or in the host, so both names are hints; no policy has the wrong one.
"""

from bot.registries.hooks.hook import UNNAMED_REGISTRY, Hint, Payload, Proof, Vendor, hints, host_of, read

_CHANGES = frozenset({"pushed", "promoted"})


class _Image(Payload):
    repo_key: str = ""
    image_name: str = ""


class _Delivery(Payload):
    domain: str
    event_type: str
    jpd_origin: str = ""
    data: _Image = _Image()


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the image that was pushed or promoted; nothing for a deletion, and for events of other domains."""
    delivery = read(_Delivery, payload)
    if delivery.domain != "docker" or delivery.event_type not in _CHANGES:
        return ()
    host = host_of(delivery.jpd_origin) or UNNAMED_REGISTRY
    image = delivery.data
    return hints((f"{host}/{image.repo_key}/{image.image_name}", f"{host}/{image.image_name}"))


VENDOR = Vendor("artifactory", frozenset({Proof.JFROG_HEADER, Proof.JFROG_SIGNATURE}), parse)
