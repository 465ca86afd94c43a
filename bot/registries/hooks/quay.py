"""Quay: https://docs.quay.io/guides/notifications.html — its only proof is the URL; other notifications look alike."""

from bot.registries.hooks.hook import Hint, Payload, Proof, Vendor, hints, read


class _Delivery(Payload):
    docker_url: str


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the repository that was pushed to, with the host of this Quay."""
    return hints([read(_Delivery, payload).docker_url])


VENDOR = Vendor("quay", frozenset({Proof.PATH}), parse)
