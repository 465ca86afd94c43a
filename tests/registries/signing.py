"""What Amazon and Google sign, made with keys of our own: a certificate of SNS, messages, a set of keys, and tokens."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm
from yarl import URL

from bot.core.values.errors import Temporary
from bot.runtime import Runtime

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-west-2:123456789012:MyTopic"
CERTIFICATE = "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem"
AUDIENCE = "https://bot.example.com/webhooks/registry/artifact_registry"
ACCOUNT = "pusher@my-project.iam.gserviceaccount.com"


@lru_cache
def key(name: str) -> RSAPrivateKey:
    """Return a key; the same one for the same name."""
    assert name
    return generate_private_key(65537, 2048)


def certificate(name: str = "amazon", *, since: datetime = NOW - timedelta(days=30)) -> bytes:
    """Return a certificate of this key, valid for a year."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(subject, subject, key(name).public_key(), 1, since, since + timedelta(days=365))
    return made.sign(key(name), SHA256()).public_bytes(Encoding.PEM)


def notification(event: object, **fields: str) -> dict[str, str]:
    """The example of https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html, with an event as its message."""
    return signed(
        {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Subject": "My First Message",
            "Message": json.dumps(event),
            "Timestamp": "2026-11-23T08:59:30.716Z",
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE,
            "UnsubscribeURL": f"https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={TOPIC}:c9135db0",
        }
        | fields
    )


def confirmation(**fields: str) -> dict[str, str]:
    """The example of https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html"""
    token = "2336412f37fb687f5d51e6e241dbca52e9c7c7b7f6e3ba6bd8b2f6a7e3ca9d31"
    return signed(
        {
            "Type": "SubscriptionConfirmation",
            "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
            "Token": token,
            "TopicArn": TOPIC,
            "Message": f"You have chosen to subscribe to the topic {TOPIC}.\nTo confirm, visit the SubscribeURL.",
            "SubscribeURL": f"https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={token}",
            "Timestamp": "2026-11-23T08:59:30.716Z",
            "SignatureVersion": "1",
            "SigningCertURL": CERTIFICATE,
        }
        | fields
    )


# https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


def signed(message: dict[str, str], name: str = "amazon") -> dict[str, str]:
    """Return the message with its signature."""
    names = SIGNED.get(message["Type"], SIGNED["SubscriptionConfirmation"])
    text = "".join(f"{each}\n{message[each]}\n" for each in names if each in message).encode()
    algorithm = SHA256() if message["SignatureVersion"] == "2" else SHA1()  # noqa: S303 -- as Amazon does
    return message | {"Signature": base64.b64encode(key(name).sign(text, PKCS1v15(), algorithm)).decode()}


def sns_headers(message: Mapping[str, str]) -> dict[str, str]:
    return {"x-amz-sns-message-type": message["Type"], "x-amz-sns-topic-arn": message["TopicArn"]}


def keys(*names: str) -> bytes:
    """Return Google's document of keys, each with its name as its id."""
    documents = (RSAAlgorithm.to_jwk(key(name).public_key(), as_dict=True) | {"kid": name} for name in names)
    return json.dumps({"keys": [*documents]}).encode()


def token(name: str = "google", *, kid: str | None = None, **claims: Any) -> dict[str, str]:
    """Return the header of a push: the claims of https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions"""
    issued = int((NOW - timedelta(minutes=1)).timestamp())
    told = {
        "aud": AUDIENCE,
        "azp": "113774264463038321964",
        "email": ACCOUNT,
        "sub": "113774264463038321964",
        "email_verified": True,
        "iat": issued,
        "exp": issued + 3600,
        "iss": "https://accounts.google.com",
    } | claims
    text = jwt.encode({k: v for k, v in told.items() if v is not None}, key(name), "RS256", {"kid": kid or name})
    return {"Authorization": f"Bearer {text}"}


@dataclass
class Outside:
    """What is at which address, which addresses were asked, and what time it is."""

    documents: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    now: datetime = NOW

    async def fetch(self, url: URL) -> bytes:
        self.asked.append(str(url))
        if str(url) not in self.documents:
            raise Temporary(f"`{url.host}` answered 404")
        return self.documents[str(url)]

    @property
    def runtime(self) -> Runtime:
        return Runtime(now=lambda: self.now, random=lambda: 0.5, new_id=lambda: "id")
