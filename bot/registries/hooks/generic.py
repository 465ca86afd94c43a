"""For everything else, such as a pipeline's last step, or a script at a registry. Signed as GitHub signs its webhooks.

body='{"image": "registry.example.com/acme/web"}'        # or {"images": […]}; a tag or digest may follow the name
signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)
curl --data "$body" --header "X-Hub-Signature-256: sha256=$signature" https://bot.example.com/hooks/generic
"""

from pydantic import model_validator

from bot.registries.hooks.hook import Hint, Payload, Proof, Vendor, hints, read


class _Delivery(Payload):
    image: str | None = None
    images: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_something(self) -> "_Delivery":
        if self.image is None and not self.images:
            raise ValueError('expected {"image": "registry/name"} or {"images": [...]}')
        return self


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the images that are named."""
    delivery = read(_Delivery, payload)
    return hints(filter(None, (delivery.image, *delivery.images)))


VENDOR = Vendor("generic", frozenset({Proof.SIGNATURE}), parse)
