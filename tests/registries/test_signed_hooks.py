"""Hooks that Amazon and Google vouch for: SNS messages and Pub/Sub pushes, genuine, forged, late and from the future."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import jwt
import pytest
from yarl import URL

from bot.core.values.errors import Temporary
from bot.registries.hooks.hook import Hint, Rejected
from bot.registries.hooks.proofs.amazon import Amazon
from bot.registries.hooks.proofs.google import KEYS, Google, Subscriber
from bot.registries.hooks.proofs.issued import AT_MOST, Issued
from bot.registries.hooks.reception import Answer, Call, Reception
from tests.registries import signing
from tests.registries.signing import ACCOUNT, AUDIENCE, CERTIFICATE, NOW, TOPIC, Outside, confirmation, notification
from tests.registries.test_registry_hooks import HELLO, UPLOADED, ecr, pubsub

SECRET = "correct horse"
ECR = (Hint("123456789012.dkr.ecr.us-west-2.amazonaws.com/my-repository-name"),)


def outside() -> Outside:
    return Outside({CERTIFICATE: signing.certificate(), str(KEYS): signing.keys("google")})


def reception(
    outside: Outside,
    *,
    topics: frozenset[str] = frozenset({TOPIC}),
    secrets: Mapping[str, str] = MappingProxyType({"ecr": SECRET}),
) -> Reception:
    subscriber = Subscriber(AUDIENCE, ACCOUNT)
    return Reception(
        secrets,
        amazon=Amazon(topics, fetch=outside.fetch, runtime=outside.runtime),
        google=Google(subscriber, fetch=outside.fetch, runtime=outside.runtime),
    )


async def send(doors: Reception, message: dict[str, str], headers: dict[str, str] | None = None) -> Answer:
    """Send a message of SNS as Amazon would."""
    call = Call("ecr", headers or signing.sns_headers(message))
    return await doors.admit(call) or await doors.route(call, json.dumps(message).encode())


async def push(doors: Reception, headers: dict[str, str], change: object = UPLOADED) -> Answer:
    call = Call("artifact_registry", headers)
    return await doors.admit(call) or await doors.route(call, json.dumps(pubsub(change)).encode())


class TestAmazon:
    @pytest.mark.parametrize("version", ["1", "2"])
    async def test_a_signed_notification_names_its_image(self, version: str) -> None:
        there = outside()

        assert await send(reception(there), notification(ecr(), SignatureVersion=version)) == ECR

        assert there.asked == [CERTIFICATE]

    async def test_a_subject_is_optional(self) -> None:
        message = notification(ecr())
        del message["Subject"]

        assert await send(reception(outside()), signing.signed(message)) == ECR

    async def test_a_certificate_is_fetched_once_a_day(self) -> None:
        there = outside()
        doors = reception(there)

        for minutes in (0, 1, 30):
            there.now = NOW + timedelta(minutes=minutes)
            assert await send(doors, notification(ecr())) == ECR

        assert there.asked == [CERTIFICATE]

    async def test_a_subscription_is_confirmed_at_the_host_of_its_topic(self) -> None:
        there = outside()
        message = confirmation(
            SubscribeURL="https://sns.us-west-2.amazonaws.com.evil.example/?Action=ConfirmSubscription"
        )
        confirm = URL("https://sns.us-west-2.amazonaws.com/").with_query(
            Action="ConfirmSubscription", TopicArn=TOPIC, Token=message["Token"]
        )
        there.documents[str(confirm)] = b"<ConfirmSubscriptionResponse/>"

        assert await send(reception(there), message) == ()

        assert there.asked == [CERTIFICATE, str(confirm)]

    async def test_the_end_of_a_subscription_is_not_confirmed(self) -> None:
        there = outside()

        assert await send(reception(there), confirmation(Type="UnsubscribeConfirmation")) == ()

        assert there.asked == [CERTIFICATE]

    async def test_a_confirmation_that_amazon_does_not_take_is_to_be_sent_again(self) -> None:
        answer = await send(reception(outside()), confirmation())

        assert isinstance(answer, Rejected)
        assert answer.status == 503

    @pytest.mark.parametrize(
        ("region", "topic"),
        [
            ("eu-central-1.amazonaws.com", "arn:aws:sns:eu-central-1:123456789012:t.fifo"),
            ("cn-north-1.amazonaws.com.cn", "arn:aws-cn:sns:cn-north-1:123456789012:t"),
            ("us-gov-west-1.amazonaws.com", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:t"),
        ],
    )
    async def test_every_region_has_its_own_host(self, region: str, topic: str) -> None:
        url = CERTIFICATE.replace("us-west-2.amazonaws.com", region)
        there = Outside({url: signing.certificate()})
        doors = reception(there, topics=frozenset({topic}))

        assert await send(doors, notification(ecr(), TopicArn=topic, SigningCertURL=url)) == ECR
        refused = await send(doors, notification(ecr(), TopicArn=topic))

        assert isinstance(refused, Rejected)
        assert refused.status == 401

    @pytest.mark.parametrize(
        "url",
        [
            CERTIFICATE.replace("https", "http"),
            CERTIFICATE.replace("amazonaws.com", "amazonaws.com.evil.example"),
            CERTIFICATE.replace("sns.us-west-2", "evil.s3.us-west-2"),
            CERTIFICATE.replace("us-west-2", "us-east-1"),
            CERTIFICATE.replace("https://", "https://sns.us-west-2.amazonaws.com@"),
            CERTIFICATE.replace("amazonaws.com/", "amazonaws.com:8443/"),
            CERTIFICATE + "?x=1",
            CERTIFICATE + "#x",
            CERTIFICATE.replace("/Simple", "/x/../Simple"),
            CERTIFICATE.replace(".pem", ".txt"),
            "https://sns.us-west-2.amazonaws.com/",
            "https://[",
            "",
        ],
    )
    async def test_a_certificate_from_anywhere_else_is_not_even_fetched(self, url: str) -> None:
        there = outside()
        there.documents[url] = signing.certificate("mallory")

        answer = await send(reception(there), signing.signed(notification(ecr()) | {"SigningCertURL": url}, "mallory"))

        assert isinstance(answer, Rejected)
        assert (answer.status, there.asked) == (401, [])

    async def test_another_customer_of_amazon_is_a_stranger(self) -> None:
        there = outside()
        doors = reception(there)
        theirs = notification(ecr(), TopicArn=TOPIC.replace("123456789012", "666666666666"))

        for headers in (None, signing.sns_headers(notification(ecr()))):  # their topic in the body alone
            answer = await send(doors, theirs, headers)
            assert isinstance(answer, Rejected)
            assert answer.status == 401
        assert isinstance(await send(doors, confirmation(TopicArn=theirs["TopicArn"])), Rejected)

        assert there.asked == []

    @pytest.mark.parametrize("field", ["Message", "MessageId", "Subject", "Timestamp"])
    async def test_what_was_changed_on_the_way_is_refused(self, field: str) -> None:
        message = notification(ecr())
        changed = {"Timestamp": "2026-11-23T08:59:31Z", "Message": json.dumps(ecr(tag="evil"))}

        answer = await send(reception(outside()), message | {field: changed.get(field, "x")})

        assert answer == Rejected(401, "Amazon did not sign it")

    async def test_a_signature_by_another_key_is_refused(self) -> None:
        answer = await send(reception(outside()), signing.signed(notification(ecr()), "mallory"))

        assert answer == Rejected(401, "Amazon did not sign it")

    @pytest.mark.parametrize(
        ("at", "reason"),
        [
            ("2026-11-23T07:54:00Z", "more than an hour ago"),
            ("2020-01-01T00:00:00Z", "more than an hour ago"),
            ("2026-11-23T09:06:00Z", "in the future"),
            ("2099-01-01T00:00:00Z", "in the future"),
            ("2026-11-23T08:59:00", "cannot be read"),
            ("yesterday", "cannot be read"),
        ],
    )
    async def test_a_replay_and_a_message_from_the_future_are_refused(self, at: str, reason: str) -> None:
        answer = await send(reception(outside()), notification(ecr(), Timestamp=at))

        assert isinstance(answer, Rejected)
        assert answer.status == 401
        assert reason in answer.reason

    @pytest.mark.parametrize(
        "message",
        [
            {"Type": "Notification"},
            {**notification(ecr()), "SignatureVersion": "3"},
            {**notification(ecr()), "Type": "Surprise"},
            {"detail-type": "ECR Image Action"},
        ],
    )
    async def test_anything_else_is_not_a_message(self, message: dict[str, str]) -> None:
        headers = {"x-amz-sns-message-type": "Notification", "x-amz-sns-topic-arn": TOPIC}

        answer = await send(reception(outside()), message, headers)

        assert isinstance(answer, Rejected)
        assert answer.status == 400

    @pytest.mark.parametrize(
        ("message", "pem"),
        [
            ({**notification(ecr()), "Signature": "%%%"}, signing.certificate()),
            (notification(ecr()), b"no certificate"),
            (notification(ecr()), signing.certificate(since=NOW - timedelta(days=366))),
            (notification(ecr()), signing.certificate(since=NOW + timedelta(days=1))),
        ],
    )
    async def test_a_certificate_that_proves_nothing_is_refused(self, message: dict[str, str], pem: bytes) -> None:
        answer = await send(reception(Outside({CERTIFICATE: pem})), message)

        assert isinstance(answer, Rejected)
        assert answer.status == 401

    async def test_a_token_that_is_none_is_not_sent_to_amazon(self) -> None:
        there = outside()

        answer = await send(reception(there), confirmation(Token="x&TopicArn=y"))

        assert isinstance(answer, Rejected)
        assert there.asked == [CERTIFICATE]

    async def test_without_topics_a_message_of_sns_needs_what_every_other_needs(self) -> None:
        answer = await send(Reception({"ecr": SECRET}), notification(ecr()))

        assert isinstance(answer, Rejected)
        assert answer.status == 401
        assert "SNS_TOPICS" in answer.reason

    async def test_an_event_without_sns_proves_itself_by_the_secret(self) -> None:
        doors, body = reception(outside()), json.dumps(ecr()).encode()

        assert await doors.route(Call("ecr", {"X-Api-Key": SECRET}), body) == ECR
        refused = await doors.admit(Call("ecr", {"X-Api-Key": "wrong"}))

        assert isinstance(refused, Rejected)
        assert refused.status == 401


class TestGoogle:
    async def test_a_push_with_googles_token_names_its_image(self) -> None:
        there = outside()
        doors = reception(there)

        assert await push(doors, signing.token()) == (Hint(HELLO),)
        assert await push(doors, signing.token(iss="accounts.google.com")) == (Hint(HELLO),)

        assert there.asked == [str(KEYS)]

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "https://other.example.com"},
            {"aud": None},
            {"email": "mallory@evil.iam.gserviceaccount.com"},
            {"email": None},
            {"email_verified": False},
            {"email_verified": "true"},
            {"email_verified": None},
            {"iss": "https://accounts.google.com.evil.example"},
            {"iss": None},
            {"exp": int((NOW - timedelta(minutes=6)).timestamp())},
            {"exp": None},
            {"exp": 10**30},
            {"exp": "soon"},
            {"iat": int((NOW + timedelta(minutes=6)).timestamp())},
            {"iat": None},
        ],
    )
    async def test_any_other_token_is_refused_before_the_body_is_read(self, claims: dict[str, Any]) -> None:
        refused = await reception(outside()).admit(Call("artifact_registry", signing.token(**claims)))

        assert isinstance(refused, Rejected)
        assert refused.status == 401

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer nonsense"},
            {"Authorization": f"Bearer {SECRET}"},
            {"Authorization": signing.token()["Authorization"].replace("Bearer", "Basic")},
            {"Authorization": f"Bearer {'x' * 10_000}"},
            {"Authorization": f"Bearer {jwt.encode({'aud': AUDIENCE}, '', 'none', {'kid': 'google'})}"},
            {"Authorization": f"Bearer {jwt.encode({'aud': AUDIENCE}, 'k' * 64, 'HS256', {'kid': 'google'})}"},
            signing.token("mallory", kid="google"),
        ],
    )
    async def test_without_googles_signature_nothing_counts(self, headers: dict[str, str]) -> None:
        refused = await reception(outside()).admit(Call("artifact_registry", headers))

        assert isinstance(refused, Rejected)
        assert refused.status == 401

    async def test_a_new_key_of_google_is_found_and_strangers_cannot_have_it_looked_for_all_the_time(self) -> None:
        there = outside()
        doors = reception(there)
        assert await push(doors, signing.token()) == (Hint(HELLO),)
        for _ in range(100):
            assert isinstance(await push(doors, signing.token("mallory")), Rejected)
        assert len(there.asked) == 1

        there.now += timedelta(minutes=6)
        there.documents[str(KEYS)] = signing.keys("google", "newer")

        assert await push(doors, signing.token("newer")) == (Hint(HELLO),)
        assert len(there.asked) == 2

    @pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"keys": []}', b'{"keys": "all"}', b"\xff"])
    async def test_while_googles_keys_cannot_be_read_a_push_is_to_be_sent_again(self, document: bytes) -> None:
        for there in (Outside({str(KEYS): document}), Outside()):
            answer = await push(reception(there), signing.token())
            assert isinstance(answer, Rejected)
            assert answer.status == 503

    async def test_without_a_subscriber_it_is_off(self) -> None:
        answer = await push(Reception({}), signing.token())

        assert isinstance(answer, Rejected)
        assert answer.status == 404
        assert "PUBSUB_AUDIENCE" in answer.reason

    async def test_a_push_of_something_else_is_reported(self) -> None:
        call, body = (
            Call("artifact_registry", signing.token()),
            json.dumps({"message": {"data": b64encode(b"7").decode()}}),
        )

        answer = await reception(outside()).route(call, body.encode())

        assert isinstance(answer, Rejected)
        assert answer.status == 400


class TestIssued:
    async def test_strangers_have_few_documents_fetched(self) -> None:
        there = Outside({f"https://example.com/{n}": b"x" for n in range(100)})
        issued = Issued(there.fetch, there.runtime, lasts=timedelta(days=1))
        for n in range(100):
            if n < AT_MOST:
                assert await issued.get(URL(f"https://example.com/{n}")) == b"x"
            else:
                with pytest.raises(Temporary, match="in the last minute"):
                    await issued.get(URL(f"https://example.com/{n}"))
        assert len(there.asked) == AT_MOST
        there.now += timedelta(minutes=1)
        assert await issued.get(URL("https://example.com/99")) == b"x"

    async def test_many_that_want_the_same_fetch_it_once(self) -> None:
        there = Outside({"https://example.com/": b"x"})
        issued = Issued(there.fetch, there.runtime, lasts=timedelta(days=1))

        assert await asyncio.gather(*(issued.get(URL("https://example.com/")) for _ in range(50))) == [b"x"] * 50

        assert len(there.asked) == 1
