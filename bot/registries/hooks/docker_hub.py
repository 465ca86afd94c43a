"""Docker Hub: https://docs.docker.com/docker-hub/repos/manage/webhooks/ — its only proof is the URL; it names no digest."""

from bot.registries.hooks.hook import Hint, Payload, Proof, Vendor, hints, read


class _Repository(Payload):
    repo_name: str


class _Delivery(Payload):
    repository: _Repository


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the repository that was pushed to. Its `callback_url` is never called: the sender chooses that address."""
    return hints([f"docker.io/{read(_Delivery, payload).repository.repo_name}"])


VENDOR = Vendor("docker_hub", frozenset({Proof.PATH}), parse)
