"""Gitea and Forgejo: the webhook event `package`, of an organisation, a user, a repository or the whole server.

https://docs.gitea.com/usage/repository/webhooks — the name is made of the host of the package's page, its owner and its
name, since the registry is at the same host: https://docs.gitea.com/usage/packages/container
"""

from bot.registries.hooks.hook import Hint, Payload, Proof, Vendor, hints, host_of, read


class _Owner(Payload):
    login: str


class _Package(Payload):
    type: str
    name: str
    html_url: str
    owner: _Owner

    def references(self) -> tuple[str, ...]:
        """Return the image, or nothing for a page without a host."""
        host = host_of(self.html_url)
        return (f"{host}/{self.owner.login}/{self.name}",) if host else ()


class _Delivery(Payload):
    action: str
    package: _Package


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the image that was published; nothing for a deletion, and for packages of other kinds."""
    delivery = read(_Delivery, payload)
    wanted = delivery.action == "created" and delivery.package.type == "container"
    return hints(delivery.package.references() if wanted else ())


VENDOR = Vendor("gitea", frozenset({Proof.GITEA_SIGNATURE}), parse)
