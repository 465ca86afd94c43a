"""CNCF Distribution's notifications, which the registries of GitLab and many others send as well.

https://distribution.github.io/distribution/about/notifications/ — one push of an image sends an event per blob, per
manifest of a platform and per tag, and pulls send some as well. Only events about a tag count. There is no signature; the
registry's configuration sets a header.
"""

from bot.registries.hooks.hook import Hint, Payload, Proof, Vendor, hints, host_of, read

_CHANGES = frozenset({"push", "delete"})


class _Target(Payload):
    repository: str = ""
    tag: str = ""
    url: str = ""


class _Request(Payload):
    host: str = ""


class Event(Payload):
    """One event. Azure sends it without an envelope."""

    action: str = ""
    target: _Target = _Target()
    request: _Request = _Request()

    def references(self) -> tuple[str, ...]:
        """Return the image that this event is about, or nothing.

        The target's URL has the registry's public name, if one is configured; the request's host is what the pusher called it.
        """
        if self.action not in _CHANGES or not self.target.tag or not self.target.repository:
            return ()
        host = host_of(self.target.url) or self.request.host
        return (f"{host}/{self.target.repository}",) if host else ()


class Envelope(Payload):
    """What a registry sends at once."""

    events: tuple[Event, ...]


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the images whose tags were pushed or deleted."""
    events = read(Envelope, payload).events
    return hints(reference for event in events for reference in event.references())


VENDOR = Vendor("distribution", frozenset({Proof.AUTHORIZATION, Proof.PATH}), parse)
