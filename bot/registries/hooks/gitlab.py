"""GitLab's container registry: Distribution's events, which an administrator turns on in `gitlab.rb`.

https://docs.gitlab.com/administration/packages/container_registry/#configure-container-registry-notifications — the header
is free; GitLab's other webhooks use `X-Gitlab-Token`. Webhooks of a project tell nothing about its registry.
"""

from bot.registries.hooks.distribution import Envelope
from bot.registries.hooks.hook import Hint, Proof, Vendor, hints, read


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the images whose tags were pushed."""
    pushed = (event for event in read(Envelope, payload).events if event.action == "push")
    return hints(reference for event in pushed for reference in event.references())


VENDOR = Vendor("gitlab", frozenset({Proof.AUTHORIZATION, Proof.GITLAB_HEADER}), parse)
