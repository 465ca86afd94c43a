"""Docker Hub: https://docs.docker.com/docker-hub/repos/manage/webhooks/ — no proof but the URL, no digest."""

from bot.registries.hooks.hook import Hint, Payload, Proof, Vendor, hints, read


class _Repository(Payload):
    repo_name: str


class _Delivery(Payload):
    repository: _Repository


def parse(payload: object) -> tuple[Hint, ...]:
    """The repository that was pushed to. Its `callback_url` is never called: it would be an address of the sender's choice."""
    return hints([f"docker.io/{read(_Delivery, payload).repository.repo_name}"])


VENDOR = Vendor("docker_hub", frozenset({Proof.PATH}), parse)
