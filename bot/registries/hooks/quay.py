"""Quay: https://docs.quay.io/guides/notifications.html — no proof but the URL; other notifications have the same fields."""

from bot.registries.hooks.hook import Hint, Payload, Proof, Vendor, hints, read


class _Delivery(Payload):
    docker_url: str


def parse(payload: object) -> tuple[Hint, ...]:
    """The repository that was pushed to, with the host that this Quay goes by."""
    return hints([read(_Delivery, payload).docker_url])


VENDOR = Vendor("quay", frozenset({Proof.PATH}), parse)
