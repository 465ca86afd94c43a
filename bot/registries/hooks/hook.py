"""What the hooks of all vendors have in common: what they give, how senders prove themselves, and how payloads are read.

A hook is only a hint. It names images that may have changed, and the bot asks the registry for tags and digests before it
decides anything. So a replayed or forged hook costs a look, and nothing of a payload is believed except the name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from yarl import URL

from bot.core.values.images import ImageError, Reference

UNNAMED_REGISTRY = "registry.invalid"
"""Stands in a hint for the host of a registry that does not name itself. RFC 2606 keeps this name free for ever."""


@dataclass(frozen=True, slots=True, order=True)
class Hint:
    """Something about this image may have changed. image: the normalised name."""

    image: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A hook that is not accepted. status: for the HTTP answer, 400, 401 or 404, or 503 if the sender should try again.

    reason: what was seen and expected.
    """

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An authentic request that wants something back, as JSON, and says nothing about images."""

    json: str


class Signer(Enum):
    """Who may vouch for the sender, instead of a secret."""

    AMAZON = "Amazon SNS signed it, for a topic of SNS_TOPICS"
    GOOGLE = "Google signed its token, for PUBSUB_AUDIENCE and PUBSUB_SERVICE_ACCOUNT"


class Proof(Enum):
    """How a request may show that its sender knows the secret."""

    API_KEY = "the secret is the header X-Api-Key"
    PATH = "the secret is the last part of the URL's path"
    AUTHORIZATION = "the secret is the Authorization header, as it is or after `Bearer `"
    SIGNATURE = "X-Hub-Signature-256 is `sha256=` and the HMAC-SHA256 of the body in hexadecimal"
    GITEA_SIGNATURE = "X-Gitea-Signature is the HMAC-SHA256 of the body in hexadecimal"
    GITLAB_HEADER = "the secret is the header X-Gitlab-Token"
    JFROG_HEADER = "the secret is the header X-JFrog-Event-Auth"
    JFROG_SIGNATURE = "X-JFrog-Event-Auth is the HMAC-SHA256 of the body in hexadecimal"
    NEXUS_SIGNATURE = (
        "X-Nexus-Webhook-Signature is the HMAC-SHA1 of the body, with or without its whitespace, in hexadecimal"
    )


class NotThisVendor(ValueError):  # noqa: N818 -- reads as what it says
    """The payload is not of the form that this vendor sends."""


def _the_body(_headers: Mapping[str, str], body: object) -> object:
    return body


def _no_reply(_payload: object) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Vendor:
    """One kind of hook. name: as in the URL; parse: a decoded JSON payload → hints, raises `NotThisVendor`.

    unwrap: headers, named in lower case, and the decoded body → the payload, where the headers hold a part of it. signer: who
    vouches for senders without the secret. reply: the payload → what its sender wants back, None where it wants nothing.
    greeted: the sender first asks with OPTIONS whether it may send.
    """

    name: str
    proofs: frozenset[Proof]
    parse: Callable[[object], tuple[Hint, ...]]
    unwrap: Callable[[Mapping[str, str], object], object] = _the_body
    signer: Signer | None = None
    reply: Callable[[object], str | None] = _no_reply
    greeted: bool = False


class Payload(BaseModel):
    """The part of a payload that is read; everything else in it is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Model = TypeVar("Model", bound=Payload)


def read(model: type[Model], payload: object) -> Model:
    """Return the payload as this model. Raises `NotThisVendor`, which names the first field that is not as expected."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole payload"
        raise NotThisVendor(f"at {place[:80]}: {first['msg']}") from None


def host_of(url: str) -> str:
    """Return the host and port of this URL, or '' if it has none."""
    try:
        return URL(url).raw_authority
    except ValueError:
        return ""


def hints(references: Iterable[str]) -> tuple[Hint, ...]:
    """Return each image once, in normal form, without names that no policy could have."""
    names: dict[str, None] = {}
    for reference in references:
        # Owners keep their capitals in payloads, but never in names of images; an untagged manifest leaves a bare colon.
        try:
            name = Reference.parse(reference.lower().removesuffix(":")).name
        except ImageError:
            continue
        names[str(name)] = None
    return tuple(map(Hint, names))
