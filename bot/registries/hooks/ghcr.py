"""GitHub's container registry: the webhooks `registry_package` (Apps) and `package` (repositories, organisations).

https://docs.github.com/en/webhooks/webhook-events-and-payloads#package — both carry the same under different keys, once
per manifest; those of single platforms have no tag. The name comes from `package_url` (`ghcr.io/owner/name:tag`, with its
own host on an Enterprise Server), or else from the package's owner and name.
"""

from pydantic import Field

from bot.registries.hooks.hook import Hint, NotThisVendor, Payload, Proof, Vendor, hints, read

_CONTAINERS = frozenset({"container", "docker"})


class _Owner(Payload):
    login: str = ""


class _Version(Payload):
    package_url: str | None = None


class _Package(Payload):
    name: str = ""
    namespace: str | None = None
    package_type: str | None = None
    ecosystem: str | None = None
    owner: _Owner | None = None
    version: _Version | None = Field(None, alias="package_version")

    def reference(self) -> str:
        """Return the image, perhaps with a tag."""
        url = (self.version.package_url if self.version else None) or ""
        if "://" not in url and "/" in url:
            return url
        owner = self.owner.login if self.owner else self.namespace
        return f"ghcr.io/{owner}/{self.name}"


class _Delivery(Payload):
    package: _Package | None = None
    registry_package: _Package | None = None


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the image that was published or updated; nothing for packages of other kinds."""
    delivery = read(_Delivery, payload)
    package = delivery.registry_package or delivery.package
    if package is None:
        raise NotThisVendor("it has neither `package` nor `registry_package`")
    kind = (package.package_type or package.ecosystem or "").lower()
    return hints([package.reference()] if kind in _CONTAINERS else [])


VENDOR = Vendor("ghcr", frozenset({Proof.SIGNATURE}), parse)
