"""Amazon SNS: who published a message, and whether to confirm a subscription.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html — Amazon signs the messages of every customer,
so a signature proves nothing without the topic. The settings name the topics. The certificate comes from the host of SNS in the
topic's own region, and a subscription is confirmed there: no URL of a message decides where the bot connects.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from yarl import URL

from bot.core.values.errors import Temporary
from bot.registries.hooks.hook import Rejected
from bot.registries.hooks.proofs.issued import Fetch, Issued
from bot.runtime import Runtime

TYPE_HEADER = "x-amz-sns-message-type"
TOPIC = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):sns:(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9]):[0-9]{12}"
    r":[A-Za-z0-9_-]{1,256}(?:\.fifo)?"
)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
WINDOW = timedelta(hours=1)
"""How old a message may be: SNS stops sending one again after an hour at most.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy"""
SKEW = timedelta(minutes=5)
"""How far the clocks of Amazon and of this server may differ."""
CERTIFICATE_LASTS = timedelta(days=1)

_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{32}\.pem")
_TOKEN = re.compile(r"[0-9a-f]{32,1024}")
_HASHES: Mapping[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}


class Message(BaseModel):
    """A message of SNS, as https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html has it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    kind: Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"] = Field(alias="Type")
    id: str = Field(alias="MessageId")
    topic: str = Field(alias="TopicArn")
    text: str = Field(alias="Message")
    subject: str | None = Field(None, alias="Subject")
    at: str = Field(alias="Timestamp")
    token: str = Field("", alias="Token")
    subscribe_url: str = Field("", alias="SubscribeURL")
    version: Literal["1", "2"] = Field(alias="SignatureVersion")
    signature: str = Field(alias="Signature")
    certificate: str = Field(alias="SigningCertURL")

    def signed(self) -> bytes:
        """Return the bytes that Amazon signed."""
        return "".join(f"{name}\n{value}\n" for name, value in self._fields()).encode()

    def _fields(self) -> Iterator[tuple[str, str]]:
        yield from (("Message", self.text), ("MessageId", self.id))
        if self.kind != "Notification":
            yield "SubscribeURL", self.subscribe_url
        elif self.subject is not None:
            yield "Subject", self.subject
        yield "Timestamp", self.at
        if self.kind != "Notification":
            yield "Token", self.token
        yield from (("TopicArn", self.topic), ("Type", self.kind))


class _Moment(BaseModel):
    at: AwareDatetime


class Amazon:
    """Checks messages of SNS. topics: the ARNs of the only topics that count."""

    def __init__(self, topics: frozenset[str], *, fetch: Fetch, runtime: Runtime) -> None:
        self._topics = topics
        self._fetch = fetch
        self._now = runtime.now
        self._certificates = Issued(fetch, runtime, lasts=CERTIFICATE_LASTS)

    def admit(self, headers: Mapping[str, str]) -> Rejected | None:
        """Return why a message is rejected whatever its body says. headers: named in lower case."""
        topic = headers.get("x-amz-sns-topic-arn", "")
        return None if topic in self._topics else Rejected(401, "its topic is not in this server's SNS_TOPICS")

    async def open(self, body: bytes) -> str | Rejected:
        """Return the text of an authentic notification; '' for a confirmation, which is carried out first."""
        try:
            message = Message.model_validate_json(body)
        except ValidationError:
            return Rejected(400, "this is not a message of Amazon SNS; turn raw message delivery off")
        try:
            wrong = await self._wrong(message)
            if wrong:
                return Rejected(401, wrong)
            if message.kind == "SubscriptionConfirmation":
                await self._confirm(message)
        except Temporary as trouble:
            return Rejected(503, trouble.reason)
        return message.text if message.kind == "Notification" else ""

    async def _wrong(self, message: Message) -> str:
        """Return what is wrong with a message; '' for one that the topic's owner published just now."""
        if message.topic not in self._topics:
            return "its topic is not in this server's SNS_TOPICS"
        late = self._late(message.at)
        if late:
            return late
        url, host = _url(message.certificate), host_of(message.topic)
        if url != URL.build(scheme="https", host=host, path=url.path) or not _CERTIFICATE.fullmatch(url.path):
            return f"its SigningCertURL is not a certificate of {host}"
        return _wrong_signature(message, await self._certificates.get(url), self._now())

    def _late(self, at: str) -> str:
        try:
            sent = _Moment.model_validate({"at": at}).at
        except ValidationError:
            return "its Timestamp cannot be read"
        if sent > self._now() + SKEW:
            return "its Timestamp is in the future; compare this server's clock"
        return "its Timestamp is more than an hour ago" if sent < self._now() - WINDOW - SKEW else ""

    async def _confirm(self, message: Message) -> None:
        """Confirm the subscription, at the address that the topic has. Confirming it again changes nothing."""
        if not _TOKEN.fullmatch(message.token):
            raise Temporary("its Token cannot be read")
        query = {"Action": "ConfirmSubscription", "TopicArn": message.topic, "Token": message.token}
        await self._fetch(URL.build(scheme="https", host=host_of(message.topic), path="/", query=query))


def host_of(topic: str) -> str:
    """Return the host of SNS in the topic's region."""
    parts = TOPIC.fullmatch(topic)
    assert parts is not None, "the settings accept nothing else"  # noqa: S101
    return f"sns.{parts['region']}.amazonaws.com{'.cn' if parts['partition'] == 'aws-cn' else ''}"


def _url(text: str) -> URL:
    try:
        return URL(text, encoded=True)
    except ValueError:
        return URL()


def _wrong_signature(message: Message, pem: bytes, now: datetime) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
        given = base64.b64decode(message.signature, validate=True)
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        return "its certificate or its signature cannot be read"
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return "its certificate is not valid now"
    if not isinstance(key, RSAPublicKey):
        return "its certificate has no RSA key"
    try:
        key.verify(given, message.signed(), PKCS1v15(), _HASHES[message.version]())
    except InvalidSignature:
        return "Amazon did not sign it"
    return ""
