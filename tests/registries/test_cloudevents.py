"""Which images CloudEvents name, structured, in a batch and binary."""

import json

import pytest

from bot.registries.hooks import VENDORS
from bot.registries.hooks.hook import Hint, Rejected
from tests.registries.hook_calls import greet, route

SECRET = "correct horse"
DIGEST = "sha256:954b378c375d852eb3c63ab88978f640b4348b01c1b3456a024a81536dafbbf4"


def harbor(kind: str = "harbor.artifact.pushed") -> dict[str, object]:
    """https://goharbor.io/docs/main/working-with-projects/project-configuration/configure-webhooks/"""
    return {
        "specversion": "1.0",
        "id": "66e18103-09c1-41f6-982f-37df223f3eeb",
        "requestid": "51c0b694-0168-4f3c-b0db-282565455d7b",
        "source": "/projects/2/webhook/policies/15",
        "type": kind,
        "datacontenttype": "application/json",
        "time": "2023-04-03T06:04:46Z",
        "data": {
            "resources": [
                {"digest": DIGEST, "tag": DIGEST, "resource_url": f"harbor.example.com/harbor/alpine@{DIGEST}"}
            ],
            "repository": {
                "date_created": 1680501893,
                "name": "alpine",
                "namespace": "harbor",
                "repo_full_name": "harbor/alpine",
                "repo_type": "private",
            },
        },
        "operator": "harbor-jobservice",
    }


def azure(kind: str = "ImagePushed", action: str = "push") -> dict[str, object]:
    """https://learn.microsoft.com/azure/event-grid/event-schema-container-registry"""
    return {
        "id": "831e1650-001e-001b-66ab-eeb76e069631",
        "source": "/subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.ContainerRegistry/registries/<name>",
        "subject": "aci-helloworld:v1",
        "type": f"Microsoft.ContainerRegistry.{kind}",
        "time": "2018-04-25T21:39:47.6549614Z",
        "data": {
            "id": "31c51664-e5bd-416a-a5df-e5206bc47ed0",
            "timestamp": "2018-04-25T21:39:47.276585742Z",
            "action": action,
            "target": {
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "size": 3023,
                "digest": "sha256:213bbc182920ab41e18edc2001e06abcca6735d87782d9cef68abd83941cf0e5",
                "length": 3023,
                "repository": "aci-helloworld",
                "tag": "v1",
            },
            "request": {
                "id": "7c66f28b-de19-40a4-821c-6f5f6c0003a4",
                "host": "demo.azurecr.io",
                "method": "PUT",
                "useragent": "docker/18.03.0-ce go/go1.9.4 git-commit/0520e24 os/windows arch/amd64",
            },
        },
        "specversion": "1.0",
    }


def event(data: object = None, kind: str = "com.example.image.pushed") -> dict[str, object]:
    return {"specversion": "1.0", "type": kind, "id": "1", "source": "/pipeline", "data": data}


ALPINE, HELLO, WEB = "harbor.example.com/harbor/alpine", "demo.azurecr.io/aci-helloworld", "ghcr.io/acme/web"


@pytest.mark.parametrize(
    ("payload", "images"),
    [
        (harbor(), (ALPINE,)),
        (harbor("harbor.artifact.deleted"), ()),
        (harbor("harbor.scan.completed"), ()),
        (azure(), (HELLO,)),
        (azure("ImageDeleted", "delete"), ()),
        (azure("ChartPushed", "chart_push"), ()),
        (azure("ChartDeleted", "chart_delete"), ()),
        ([azure(), harbor()], (HELLO, ALPINE)),
        (event({"image": "ghcr.io/acme/web:v1"}), (WEB,)),
        (event({"images": ["ghcr.io/acme/web", "not an image"]}), (WEB,)),
        (event({"package": "left-pad", "ecosystem": "npm"}), ()),
        (event("ghcr.io/acme/web"), ()),
        (event(), ()),
    ],
)
def test_which_images_an_event_names(payload: object, images: tuple[str, ...]) -> None:
    assert VENDORS["cloudevents"].parse(payload) == tuple(map(Hint, images))


@pytest.mark.parametrize("whole", [harbor(), azure(), event({"image": WEB})])
async def test_a_binary_event_has_its_attributes_in_headers(whole: dict[str, object]) -> None:
    """https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#31-binary-content-mode"""
    headers = {
        "CE-SpecVersion": "1.0",
        "ce-type": str(whole["type"]),
        "ce-id": "1",
        "Authorization": f"Bearer {SECRET}",
    }
    binary = await route("cloudevents", headers, json.dumps(whole["data"]).encode(), {"cloudevents": SECRET})

    assert binary == VENDORS["cloudevents"].parse(whole)


@pytest.mark.parametrize(
    ("headers", "payload"),
    [
        ({}, []),
        ({}, {"type": "com.example", "data": {"image": WEB}}),
        ({}, {"specversion": "1.0", "data": {"image": WEB}}),
        ({}, [event({"image": WEB}), "nonsense"]),
        ({}, harbor() | {"data": {}}),
        ({}, azure() | {"data": "push"}),
        ({}, event({"images": 7})),
        ({"ce-specversion": "1.0"}, {"image": WEB}),
    ],
)
async def test_what_is_no_event_is_reported(headers: dict[str, str], payload: object) -> None:
    answer = await route(
        "cloudevents", headers, json.dumps(payload).encode(), {"cloudevents": SECRET}, path_secret=SECRET
    )

    assert isinstance(answer, Rejected)
    assert answer.status == 400
    assert "this is not what cloudevents sends" in answer.reason


@pytest.mark.parametrize("vendor", ["acr", "cloudevents"])
def test_a_sender_that_asks_first_may_send_if_it_knows_the_secret(vendor: str) -> None:
    """https://learn.microsoft.com/azure/event-grid/end-point-validation-cloud-events-schema"""
    asked = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}
    allowed = {"Allow": "POST", "WebHook-Allowed-Origin": "eventgrid.azure.net", "WebHook-Allowed-Rate": "*"}
    secrets = {vendor: SECRET}
    assert greet(vendor, asked, secrets, path_secret=SECRET) == allowed
    assert greet(vendor, {**asked, "Authorization": f"Bearer {SECRET}"}, secrets) == allowed
    for headers, given, status in [(asked, "wrong", 401), (asked, "", 401), ({}, SECRET, 400)]:
        rejected = greet(vendor, headers, secrets, path_secret=given)
        assert isinstance(rejected, Rejected)
        assert rejected.status == status


@pytest.mark.parametrize("vendor", ["quay", "made-up"])
def test_no_other_vendor_asks_first(vendor: str) -> None:
    rejected = greet(vendor, {"WebHook-Request-Origin": "x"}, {vendor: SECRET}, path_secret=SECRET)
    assert isinstance(rejected, Rejected)
    assert rejected.status == 404
