"""Hooks of registries: who may send them, and which images a payload names."""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping

import pytest

from bot.registries.hooks import VENDORS, WITH_SECRET
from bot.registries.hooks.hook import Hint, NotThisVendor, Proof, Rejected, Reply, Signer
from tests.registries.hook_calls import route

SECRET = "correct horse"
DIGEST = "sha256:" + "8f" * 32


def distribution(action: str = "push", tag: str | None = "v1", **target: object) -> dict[str, object]:
    """One event as Distribution 2.8.2 sends it."""
    about: dict[str, object] = {
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "size": 418,
        "digest": DIGEST,
        "length": 418,
        "repository": "acme/web",
        "url": f"https://registry.example.com:5000/v2/acme/web/manifests/{DIGEST}",
    }
    return {
        "id": "2f8b0000-0000-4000-8000-000000000000",
        "timestamp": "2026-11-23T01:54:46.455117295Z",
        "action": action,
        "target": about | ({} if tag is None else {"tag": tag}) | target,
        "request": {"id": "1", "addr": "127.0.0.1:40076", "host": "internal:5000", "method": "PUT", "useragent": "x"},
        "actor": {},
        "source": {"addr": "vm:5055", "instanceID": "1"},
    }


def package(url: str | None = "ghcr.io/Acme/Web:v1", **fields: object) -> dict[str, object]:
    """The common part of GitHub's `package` and `registry_package` for a container."""
    return {
        "id": 1,
        "name": "web",
        "namespace": "Acme",
        "ecosystem": "CONTAINER",
        "package_type": "CONTAINER",
        "owner": {"login": "Acme", "id": 2},
        "package_version": {
            "version": DIGEST,
            "name": DIGEST,
            "package_url": url,
            "container_metadata": {"tag": {"name": "v1", "digest": DIGEST}, "labels": {}, "manifest": {}},
        },
    } | fields


def harbor(kind: str, *urls: str) -> dict[str, object]:
    resources = [{"digest": DIGEST, "tag": "v1", "resource_url": url} for url in urls]
    return {"type": kind, "occur_at": 1, "operator": "x", "event_data": {"resources": resources, "repository": {}}}


def gitea(
    action: str = "created", kind: str = "container", url: str = "http://localhost:3000/user1"
) -> dict[str, object]:
    """Gitea's `packageTestPayload`, services/webhook/general_test.go, in the JSON of modules/structs/hook.go."""
    return {
        "action": action,
        "repository": None,
        "organization": {"id": 0, "username": "org1"},
        "package": {
            "id": 0,
            "owner": {"id": 0, "login": "user1", "username": "user1"},
            "repository": None,
            "creator": {"id": 0, "login": "user1", "username": "user1"},
            "type": kind,
            "name": "GiteaContainer",
            "version": "latest",
            "html_url": f"{url}/-/packages/container/GiteaContainer/latest",
        },
        "sender": {"id": 0, "login": "user1", "username": "user1"},
    }


def nexus(action: str = "CREATED", kind: str = "docker") -> dict[str, object]:
    """The component payload of https://help.sonatype.com/en/example-headers-and-payloads.html, for an image."""
    return {
        "timestamp": "2016-11-14T19:32:13.515+0000",
        "nodeId": "7FFA7361-6ED33978-36997BD4-47095CC4-331356BE",
        "initiator": "anonymous/127.0.0.1",
        "repositoryName": "docker-hosted",
        "action": action,
        "component": {
            "id": "08909bf0c86cf6c9600aade89e1c5e25",
            "componentId": "bnBtLXByb3h5OjA4OTA5YmYwYzg2Y2Y2Yzk2MDBhYWRlODllMWM1ZTI1",
            "format": kind,
            "name": "acme/web",
            "group": None,
            "version": "v1",
        },
    }


# The same page's example of an asset, whole.
NEXUS_ASSET = {
    "timestamp": "2016-11-10T23:57:49.664+0000",
    "nodeId": "52905B51-085CCABB-CEBBEAAD-16795588-FC927D93",
    "initiator": "admin/127.0.0.1",
    "repositoryName": "npm-proxy",
    "action": "CREATED",
    "asset": {
        "id": "31c950c8eeeab78336308177ae9c441c",
        "assetId": "bnBtLXByb3h5OjMxYzk1MGM4ZWVlYWI3ODMzNjMwODE3N2FlOWM0NDFj",
        "format": "npm",
        "name": "concrete",
    },
}


def artifactory(kind: str = "pushed", domain: str = "docker", **fields: object) -> dict[str, object]:
    """ "Docker Tag was Pushed" of https://jfrog.com/help/r/jfrog-platform-administration-documentation/domain-docker"""
    return {
        "domain": domain,
        "event_type": kind,
        "data": {
            "repo_key": "docker-remote-cache",
            "event_type": "pushed",
            "path": "library/ubuntu/latest/list.manifest.json",
            "name": "list.manifest.json",
            "sha256": "35c4a2c15539c6c1e4e5fa4e554dac323ad0107d8eb5c582d6ff386b383b7dce",
            "size": 1206,
            "image_name": "library/ubuntu",
            "tag": "latest",
            "platforms": [{"architecture": "amd64", "os": "linux"}, {"architecture": "arm64", "os": "linux"}],
        },
        "subscription_key": "test",
        "jpd_origin": "https://example.jfrog.io",
        "source": "jfrog/user@example.com",
    } | fields


# "Artifact was Deployed" of https://docs.jfrog.com/administration/docs/event-types, with the path of a chart.
CHART = {
    "repo_key": "helm-local",
    "path": "web-1.0.0.tgz",
    "name": "web-1.0.0.tgz",
    "sha256": "sample_checksum",
    "size": 0,
}


def ecr(
    action: str = "PUSH", result: str = "SUCCESS", region: str = "us-west-2", tag: str = "latest"
) -> dict[str, object]:
    """ "Event for a completed image push" of https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html"""
    return {
        "version": "0",
        "id": "13cde686-328b-6117-af20-0e5566167482",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "account": "123456789012",
        "time": "2019-11-16T01:54:34Z",
        "region": region,
        "resources": [],
        "detail": {
            "result": result,
            "repository-name": "my-repository-name",
            "image-digest": "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234",
            "action-type": action,
            "image-tag": tag,
        },
    }


# "Event for a completed image scan" of the same page.
ECR_SCAN = {
    "version": "0",
    "id": "85fc3613-e913-7fc4-a80c-a3753e4aa9ae",
    "detail-type": "ECR Image Scan",
    "source": "aws.ecr",
    "account": "123456789012",
    "time": "2019-10-29T02:36:48Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ecr:us-east-1:123456789012:repository/my-repository-name"],
    "detail": {
        "scan-status": "COMPLETE",
        "repository-name": "my-repository-name",
        "finding-severity-counts": {"CRITICAL": 10, "MEDIUM": 9},
        "image-digest": "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234",
        "image-tags": [],
    },
}


def pubsub(change: object) -> dict[str, object]:
    """The envelope of https://cloud.google.com/pubsub/docs/push#receive_push"""
    return {
        "message": {
            "attributes": {},
            "data": b64encode(json.dumps(change).encode()).decode(),
            "messageId": "2070443601311540",
            "message_id": "2070443601311540",
            "publishTime": "2021-02-26T19:13:55.749Z",
            "publish_time": "2021-02-26T19:13:55.749Z",
        },
        "subscription": "projects/myproject/subscriptions/mysubscription",
    }


# Both examples of https://cloud.google.com/artifact-registry/docs/configure-notifications, and of a deleted tag.
HELLO = "us-east1-docker.pkg.dev/my-project/my-repo/hello-world"
UPLOADED = {"action": "INSERT", "digest": f"{HELLO}@sha256:6ec128e26cd5", "tag": f"{HELLO}:1.1"}
UNTAGGED = {"action": "INSERT", "digest": f"{HELLO}@sha256:6ec128e26cd5"}
DELETED = {"action": "DELETE", "tag": f"{HELLO}:1.1"}


def grid(kind: str, data: object) -> list[object]:
    """https://learn.microsoft.com/azure/event-grid/event-schema-container-registry, "Event Grid event schema" """
    return [
        {
            "id": "831e1650-001e-001b-66ab-eeb76e069631",
            "topic": "/subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.ContainerRegistry/registries/<name>",
            "subject": "aci-helloworld:v1",
            "eventType": f"Microsoft.{kind}",
            "eventTime": "2018-04-25T21:39:47.6549614Z",
            "data": data,
            "dataVersion": "1.0",
            "metadataVersion": "1",
        }
    ]


UBUNTU = ("example.jfrog.io/docker-remote-cache/library/ubuntu", "example.jfrog.io/library/ubuntu")

WEB = ("ghcr.io/acme/web",)
EXAMPLE = ("registry.example.com:5000/acme/web",)

PAYLOADS = [
    ("distribution", {"events": [distribution()]}, EXAMPLE),
    ("distribution", {"events": [distribution(), distribution(tag="v2"), distribution(repository="acme/api")]},
     (*EXAMPLE, "registry.example.com:5000/acme/api")),
    ("distribution", {"events": [distribution(action="delete", digest="", url="")]}, ("internal:5000/acme/web",)),
    ("distribution", {"events": [distribution(action="pull")]}, ()),
    ("distribution", {"events": [distribution(action="mount")]}, ()),
    ("distribution", {"events": [distribution(tag=None)]}, ()),
    ("distribution", {"events": [distribution(tag="")]}, ()),
    ("distribution", {"events": [distribution(repository="")]}, ()),
    ("distribution", {"events": [distribution(repository="../x")]}, ()),
    ("distribution", {"events": [distribution(url="https://[", request={})]}, ("internal:5000/acme/web",)),
    ("distribution", {"events": []}, ()),
    ("acr", distribution(url=""), ("internal:5000/acme/web",)),
    ("acr", {"id": "1", "timestamp": "2026-11-23T01:54:46Z", "action": "ping"}, ()),
    ("acr", grid("ContainerRegistry.ImagePushed", distribution()), EXAMPLE),
    ("acr", grid("ContainerRegistry.ImageDeleted", distribution(action="delete")), EXAMPLE),
    ("acr", grid("ContainerRegistry.ChartPushed", distribution()), ()),
    ("acr", {"specversion": "1.0", "type": "Microsoft.ContainerRegistry.ImagePushed", "data": distribution()}, EXAMPLE),
    ("ecr", ecr(), ("123456789012.dkr.ecr.us-west-2.amazonaws.com/my-repository-name",)),
    ("ecr", ecr("DELETE", region="cn-north-1"), ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/my-repository-name",)),
    ("ecr", ecr(result="FAILURE"), ()),
    ("ecr", ecr("REPLICATE"), ()),
    ("ecr", ecr(tag=""), ()),
    ("ecr", ECR_SCAN, ()),
    ("artifact_registry", pubsub(UPLOADED), (HELLO,)),
    ("artifact_registry", pubsub(UNTAGGED), ()),
    ("artifact_registry", pubsub(DELETED), (HELLO,)),
    ("artifact_registry", pubsub({"action": "INSERT", "tag": "gcr.io/my-project/hello-world:1.1"}),
     ("gcr.io/my-project/hello-world",)),
    ("ghcr", {"action": "published", "registry_package": package()}, WEB),
    ("ghcr", {"action": "updated", "package": package()}, WEB),
    ("ghcr", {"action": "published", "package": package(url="ghcr.io/Acme/Web:")}, WEB),
    ("ghcr", {"action": "published", "package": package(url=None)}, WEB),
    ("ghcr", {"action": "published", "package": package(url=None, owner=None)}, WEB),
    ("ghcr", {"action": "published", "package": package(package_version=None, name="web/api")}, ("ghcr.io/acme/web/api",)),
    ("ghcr", {"action": "published", "package": package(url="containers.ghes.example/acme/web:v1")},
     ("containers.ghes.example/acme/web",)),
    ("ghcr", {"action": "published", "package": package(url="https://npm.pkg.github.com/x")}, WEB),
    ("ghcr", {"action": "published", "package": package(package_type="npm", ecosystem="npm")}, ()),
    ("ghcr", {"action": "published", "package": package(package_type=None, ecosystem="docker")}, WEB),
    ("docker_hub", {"push_data": {"tag": "v1"}, "repository": {"repo_name": "acme/web"}, "callback_url": "http://x/"},
     ("docker.io/acme/web",)),
    ("docker_hub", {"repository": {"repo_name": "nginx"}}, ("docker.io/library/nginx",)),
    ("quay", {"name": "web", "docker_url": "quay.io/acme/web", "updated_tags": ["v1"]}, ("quay.io/acme/web",)),
    ("harbor", harbor("PUSH_ARTIFACT", "harbor.example.com/acme/web:v1", f"harbor.example.com/acme/web@{DIGEST}"),
     ("harbor.example.com/acme/web",)),
    ("harbor", harbor("PULL_ARTIFACT", "harbor.example.com/acme/web:v1"), ()),
    ("harbor", {"specversion": "1.0", "type": "harbor.artifact.pushed",
                "data": {"resources": [{"resource_url": "harbor.example.com/acme/web:v1"}]}},
     ("harbor.example.com/acme/web",)),
    ("artifactory", artifactory(), UBUNTU),
    ("artifactory", artifactory("promoted"), UBUNTU),
    ("artifactory", artifactory("deleted"), ()),
    ("artifactory", artifactory("deployed", "artifact", data=CHART), ()),
    ("artifactory", artifactory(data={}), ()),
    ("artifactory", artifactory(jpd_origin=""),
     ("registry.invalid/docker-remote-cache/library/ubuntu", "registry.invalid/library/ubuntu")),
    ("cloudevents", {"specversion": "1.0", "type": "com.example.pushed", "data": {"image": "ghcr.io/acme/web:v1"}}, WEB),
    # https://docs.gitea.com/usage/repository/webhooks
    ("gitea", gitea(), ("localhost:3000/user1/giteacontainer",)),
    ("gitea", gitea(action="deleted"), ()),
    ("gitea", gitea(kind="npm"), ()),
    ("gitea", gitea(kind="helm"), ()),
    ("gitea", gitea(url=""), ()),
    ("gitea", gitea(url="https://["), ()),
    # https://docs.gitlab.com/administration/packages/container_registry/#configure-container-registry-notifications
    ("gitlab", {"events": [distribution(), distribution(tag=None)]}, EXAMPLE),
    ("gitlab", {"events": [distribution(action="delete"), distribution(action="pull")]}, ()),
    ("nexus", nexus(), ("registry.invalid/acme/web", "registry.invalid/docker-hosted/acme/web")),
    ("nexus", nexus(action="UPDATED"), ("registry.invalid/acme/web", "registry.invalid/docker-hosted/acme/web")),
    ("nexus", nexus(action="DELETED"), ()),
    ("nexus", nexus(kind="npm"), ()),
    ("nexus", nexus(kind="helm"), ()),
    ("nexus", NEXUS_ASSET, ()),
    ("generic", {"image": "ghcr.io/acme/web:v1"}, WEB),
    ("generic", {"images": ["ghcr.io/acme/web", "GHCR.io/acme/web", "not an image", "nginx"]},
     (*WEB, "docker.io/library/nginx")),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "payload", "images"), PAYLOADS)
def test_which_images_a_payload_names(vendor: str, payload: object, images: tuple[str, ...]) -> None:
    assert VENDORS[vendor].parse(payload) == tuple(map(Hint, images))


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + digest_of(body, secret)}


def digest_of(body: bytes, secret: str = SECRET, algorithm: str = "sha256") -> str:
    return hmac.new(secret.encode(), body, algorithm).hexdigest()


def shown(body: bytes, secret: str = SECRET) -> Mapping[Proof, tuple[Mapping[str, str], str]]:
    """The headers and the path's secret of a sender who uses each proof alone."""
    return {
        Proof.API_KEY: ({"X-Api-Key": secret}, ""),
        Proof.PATH: ({}, secret),
        Proof.AUTHORIZATION: ({"authorization": f"Bearer {secret}"}, ""),
        Proof.SIGNATURE: (signed(body, secret), ""),
        Proof.GITEA_SIGNATURE: ({"X-Gitea-Signature": digest_of(body, secret)}, ""),
        Proof.GITLAB_HEADER: ({"X-Gitlab-Token": secret}, ""),
        Proof.JFROG_HEADER: ({"X-JFrog-Event-Auth": secret}, ""),
        Proof.JFROG_SIGNATURE: ({"X-JFrog-Event-Auth": digest_of(body, secret)}, ""),
        Proof.NEXUS_SIGNATURE: ({"X-Nexus-Webhook-Signature": digest_of(body, secret, "sha1")}, ""),
    }


def headers_of(body: bytes) -> dict[str, str]:
    """Every header that proves the secret."""
    return {name: value for headers, _ in shown(body).values() for name, value in headers.items()}


BODIES = {vendor: json.dumps(payload).encode() for vendor, payload, _ in reversed(PAYLOADS)}


# Written down, and not read from the code: whatever is accepted beyond this is a weaker check of the sender.
ACCEPTED: Mapping[str, frozenset[Proof]] = {
    "acr": frozenset({Proof.AUTHORIZATION, Proof.PATH}),
    "artifactory": frozenset({Proof.JFROG_HEADER, Proof.JFROG_SIGNATURE}),
    "cloudevents": frozenset({Proof.AUTHORIZATION, Proof.PATH}),
    "artifact_registry": frozenset(),
    "distribution": frozenset({Proof.AUTHORIZATION, Proof.PATH}),
    "docker_hub": frozenset({Proof.PATH}),
    "ecr": frozenset({Proof.API_KEY, Proof.AUTHORIZATION}),
    "generic": frozenset({Proof.SIGNATURE}),
    "ghcr": frozenset({Proof.SIGNATURE}),
    "gitea": frozenset({Proof.GITEA_SIGNATURE}),
    "gitlab": frozenset({Proof.AUTHORIZATION, Proof.GITLAB_HEADER}),
    "harbor": frozenset({Proof.AUTHORIZATION, Proof.PATH}),
    "nexus": frozenset({Proof.NEXUS_SIGNATURE}),
    "quay": frozenset({Proof.PATH}),
}


@pytest.mark.parametrize("vendor", sorted(VENDORS))
async def test_every_vendor_accepts_exactly_its_proofs_of_the_secret(vendor: str) -> None:
    body = BODIES[vendor]
    assert set(shown(body)) == set(Proof)
    for proof, (headers, path) in shown(body).items():
        answer = await route(vendor, headers, body, {vendor: SECRET}, path_secret=path, registry="registry.example.com")
        assert isinstance(answer, tuple) == (proof in ACCEPTED[vendor]), proof
    for headers, path in [
        ({}, ""),
        ({"Authorization": "Bearer wrong"}, "wrong"),
        ({"Authorization": "Bearer \udcff"}, "\udcff"),
        *shown(body, "wrong").values(),
        (signed(body + b" "), ""),
        ({"X-Hub-Signature-256": "sha256="}, ""),
        ({"X-Hub-Signature-256": digest_of(body)}, ""),
    ]:
        answer = await route(vendor, headers, body, {vendor: SECRET}, path_secret=path)
        assert isinstance(answer, Rejected)
        assert answer.status == 401
        assert SECRET not in answer.reason
        signer = VENDORS[vendor].signer
        assert signer is None or signer.value in answer.reason


async def test_a_plain_authorization_header_is_enough() -> None:
    body = BODIES["harbor"]
    assert isinstance(await route("harbor", {"Authorization": SECRET}, body, {"harbor": SECRET}), tuple)


@pytest.mark.parametrize("secrets", [{}, {"quay": ""}, {"harbor": SECRET}])
async def test_a_vendor_without_a_secret_is_off(secrets: Mapping[str, str]) -> None:
    answer = await route("quay", {}, BODIES["quay"], secrets, path_secret="")
    assert isinstance(answer, Rejected)
    assert answer.status == 404


async def test_an_unknown_vendor_is_not_there() -> None:
    answer = await route("npm", {}, b"{}", {"npm": SECRET}, path_secret=SECRET)
    assert isinstance(answer, Rejected)
    assert answer.status == 404


@pytest.mark.parametrize("vendor", WITH_SECRET)
@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b"null", b"[]", b'"x"', b"7", b"\xef\xbb\xbf{}"])
async def test_every_invalid_body_is_a_400(vendor: str, body: bytes) -> None:
    headers = headers_of(body)
    answer = await route(vendor, headers, body, {vendor: SECRET}, path_secret=SECRET)
    assert isinstance(answer, Rejected)
    assert answer.status == 400


@pytest.mark.parametrize(
    ("vendor", "payload"),
    [
        ("acr", []),
        ("acr", grid("EventGrid.SubscriptionValidationEvent", {})),
        ("acr", [{"id": 1}]),
        ("ecr", {"detail-type": "ECR Image Action", "detail": {}}),
        ("distribution", {"events": "all"}),
        ("distribution", distribution()),
        ("artifactory", {"domain": "docker"}),
        ("ghcr", {"action": "published"}),
        ("docker_hub", {"repository": {}}),
        ("quay", {"docker_url": None}),
        ("gitea", {"action": "created", "ref": "refs/heads/main"}),
        ("gitlab", {"object_kind": "push"}),
        ("harbor", {"event_data": {}}),
        ("nexus", {"repositoryName": "docker-hosted", "action": "CREATED"}),
        ("generic", {"tag": "v1"}),
    ],
)
async def test_the_payload_of_another_vendor_is_reported(vendor: str, payload: object) -> None:
    body = json.dumps(payload).encode()
    headers = headers_of(body)
    answer = await route(vendor, headers, body, {vendor: SECRET}, path_secret=SECRET)
    assert isinstance(answer, Rejected)
    assert answer.status == 400
    assert f"this is not what {vendor} sends" in answer.reason


async def test_the_operator_can_name_the_registry() -> None:
    body = json.dumps({"events": [distribution()]}).encode()
    answer = await route("distribution", {}, body, {"distribution": SECRET}, path_secret=SECRET, registry="GHCR.io")
    assert answer == (Hint("ghcr.io/acme/web"),)


async def test_nexus_may_sign_the_body_without_its_whitespace() -> None:
    """https://help.sonatype.com/en/enabling-a-repository-webhook-capability.html"""
    compact = json.dumps(nexus(), separators=(",", ":")).encode()
    headers = {"X-Nexus-Webhook-Signature": digest_of(compact, algorithm="sha1")}
    for body, accepted in [
        (compact, True),
        (json.dumps(nexus(), indent=2).encode(), True),
        (json.dumps(nexus(kind="npm"), indent=2).encode(), False),
        (compact + b"{", False),
    ]:
        answer = await route("nexus", headers, body, {"nexus": SECRET}, registry="nexus.example.com:8082")
        images = (Hint("nexus.example.com:8082/acme/web"), Hint("nexus.example.com:8082/docker-hosted/acme/web"))
        assert (answer == images) == accepted
        assert accepted or (isinstance(answer, Rejected) and answer.status == 401)


async def test_a_registry_that_does_not_name_itself_is_named_in_the_url() -> None:
    body = json.dumps(nexus()).encode()
    answer = await route("nexus", headers_of(body), body, {"nexus": SECRET})
    assert answer == Rejected(
        400, "nexus does not say which registry it is; add ?registry= and its name to the hook's URL"
    )


def test_every_vendor_is_registered_under_its_own_name() -> None:
    assert {name: vendor.name for name, vendor in VENDORS.items()} == {name: name for name in VENDORS}
    assert set(BODIES) == set(VENDORS) == set(ACCEPTED)
    signed = {name: vendor.signer for name, vendor in VENDORS.items() if vendor.signer}
    assert signed == {"artifact_registry": Signer.GOOGLE, "ecr": Signer.AMAZON}


@pytest.mark.parametrize("data", ["", "eyJh", "%%%", b64encode(b"[]").decode(), b64encode(b'{"tag": 1}').decode()])
def test_a_push_without_a_change_in_it_is_reported(data: str) -> None:
    with pytest.raises(NotThisVendor):
        VENDORS["artifact_registry"].parse({"message": {"data": data}})


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        grid("EventGrid.SubscriptionValidationEvent", {"validationCode": "1"}) * 2,
        grid("ContainerRegistry.ImagePushed", {"validationCode": "1"}),  # No question, whatever it holds.
    ],
)
def test_event_grid_gets_an_answer_to_its_question_alone(payload: object) -> None:
    reply = VENDORS["acr"].reply
    assert reply is not None
    assert reply(payload) is None


async def test_event_grid_gets_its_code_back() -> None:
    """https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema"""
    data = {
        "validationCode": "0000000000-0000-0000-0000-00000000000000",
        "validationUrl": "https://rp-eastus2.eventgrid.azure.net:553/eventsubscriptions/myeventsub/validate?id=0&t=0",
    }
    body = json.dumps(grid("EventGrid.SubscriptionValidationEvent", data)).encode()
    answer = await route("acr", {}, body, {"acr": SECRET}, path_secret=SECRET)
    assert isinstance(answer, Reply)
    assert json.loads(answer.json) == {"validationResponse": data["validationCode"]}
    assert isinstance(await route("acr", {}, body, {"acr": SECRET}, path_secret="wrong"), Rejected)
