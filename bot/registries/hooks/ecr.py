"""Amazon ECR: the EventBridge event `ECR Image Action`, sent to an API destination or through an SNS topic.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html — "on a best effort basis". The event has no host:
it follows from the account and the region, https://docs.aws.amazon.com/general/latest/gr/ecr.html. A connection of
EventBridge sends the secret in a header of any name. A message of SNS has the event as text within.
"""

from pydantic import Field

from bot.registries.hooks.hook import Hint, Payload, Proof, Signer, Vendor, hints, read

_CHANGES = frozenset({"PUSH", "DELETE"})


class _Detail(Payload):
    action: str = Field("", alias="action-type")
    result: str = ""
    repository: str = Field("", alias="repository-name")
    tag: str = Field("", alias="image-tag")


class _Event(Payload):
    kind: str = Field(alias="detail-type")
    account: str
    region: str
    detail: _Detail


def parse(payload: object) -> tuple[Hint, ...]:
    """Return the image whose tag was pushed or deleted; nothing for scans, replications and failed pushes."""
    event = read(_Event, payload)
    detail = event.detail
    wanted = event.kind == "ECR Image Action" and detail.action in _CHANGES and detail.result == "SUCCESS"
    if not (wanted and detail.tag):
        return ()
    host = f"{event.account}.dkr.ecr.{event.region}.amazonaws.com{'.cn' if event.region.startswith('cn-') else ''}"
    return hints([f"{host}/{detail.repository}"])


VENDOR = Vendor("ecr", frozenset({Proof.API_KEY, Proof.AUTHORIZATION}), parse, signer=Signer.AMAZON)
