"""What registry documents say, by tables."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.registries.documents import (
    Config,
    DocumentError,
    Image,
    Index,
    Marks,
    read_config,
    read_errors,
    read_manifest,
    read_tags,
    read_token,
)

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
COMMIT = "5f3c2a1b0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a"


def index(*platforms: Mapping[str, str | None]) -> bytes:
    return json.dumps({"manifests": [{"digest": A, "platform": platform} for platform in platforms]}).encode()


@pytest.mark.parametrize(
    ("platform", "short"),
    [
        ({"os": "linux", "architecture": "amd64"}, "linux/amd64"),
        ({"os": "linux", "architecture": "amd64", "variant": "v1"}, "linux/amd64"),
        ({"os": "linux", "architecture": "amd64", "variant": "v3"}, "linux/amd64/v3"),
        ({"os": "linux", "architecture": "arm64", "variant": "v8"}, "linux/arm64"),
        ({"os": "linux", "architecture": "arm64", "variant": None}, "linux/arm64"),
        ({"os": "linux", "architecture": "aarch64"}, "linux/arm64"),
        ({"os": "Linux", "architecture": "x86_64"}, "linux/amd64"),
        ({"os": "linux", "architecture": "arm"}, "linux/arm/v7"),
        ({"os": "linux", "architecture": "arm", "variant": "v6"}, "linux/arm/v6"),
        ({"os": "windows", "architecture": "amd64", "os.version": "10.0.17763.1"}, "windows/amd64"),
        ({"os": "unknown", "architecture": "unknown"}, None),
        ({"os": "", "architecture": ""}, None),
    ],
)
def test_platforms_have_one_short_form(platform: dict[str, str | None], short: str | None) -> None:
    expected = Index((short,), A, Marks()) if short else Index((), None, Marks())
    assert read_manifest(index(platform)) == expected


def test_platforms_are_sorted_and_named_once() -> None:
    windows = {"os": "windows", "architecture": "amd64"}
    found = read_manifest(index(windows, {"os": "linux", "architecture": "amd64"}, windows))
    assert isinstance(found, Index)
    assert found.platforms == ("linux/amd64", "windows/amd64")


@pytest.mark.parametrize(
    ("annotations", "marks"),
    [
        (None, Marks()),
        ({"org.opencontainers.image.revision": COMMIT}, Marks(COMMIT)),
        ({"org.opencontainers.image.revision": COMMIT.upper()}, Marks(COMMIT)),
        ({"org.opencontainers.image.revision": "5f3c2a1"}, Marks()),
        ({"org.opencontainers.image.revision": COMMIT + COMMIT[:24]}, Marks()),
        ({"org.opencontainers.image.revision": "main"}, Marks()),
        ({"org.opencontainers.image.revision": f"{COMMIT}-dirty"}, Marks()),
        ({"org.opencontainers.image.revision": "@everyone"}, Marks()),
        (
            {"org.opencontainers.image.created": "2026-11-20T12:00:05.123456789Z"},
            Marks(None, datetime(2026, 11, 20, 12, 0, 5, 123456, UTC)),
        ),
        (
            {"org.opencontainers.image.created": "2026-11-20T12:00:05+02:00"},
            Marks(None, datetime(2026, 11, 20, 12, 0, 5, tzinfo=timezone(timedelta(hours=2)))),
        ),
        ({"org.opencontainers.image.created": "0001-01-01T00:00:00Z"}, Marks()),
        ({"org.opencontainers.image.created": "2026-11-20"}, Marks()),
        ({"org.opencontainers.image.created": "9999-12-31T23:59:59-23:59"}, Marks()),
        ({"org.opencontainers.image.created": "yesterday"}, Marks()),
    ],
)
def test_only_well_formed_labels_count(annotations: dict[str, str] | None, marks: Marks) -> None:
    assert read_manifest(json.dumps({"manifests": [], "annotations": annotations}).encode()) == Index((), None, marks)


@pytest.mark.parametrize(
    ("media_type", "config"),
    [
        ("application/vnd.oci.image.config.v1+json", B),
        ("application/vnd.docker.container.image.v1+json", B),
        ("application/vnd.oci.empty.v1+json", None),
    ],
)
def test_only_the_configs_of_images_are_read(media_type: str, config: str | None) -> None:
    body = json.dumps({"config": {"mediaType": media_type, "digest": B}, "layers": []}).encode()
    assert read_manifest(body) == Image(config, Marks())


def test_a_chart_is_known_by_its_config() -> None:
    config = {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": B}
    assert read_manifest(json.dumps({"config": config}).encode()) == Image(None, Marks(), is_chart=True)


def test_a_config() -> None:
    body = json.dumps(
        {
            "os": "linux",
            "architecture": "arm64",
            "created": "2026-11-20T12:00:05Z",
            "config": {"Labels": {"org.opencontainers.image.revision": COMMIT}},
        }
    ).encode()
    assert read_config(body) == Config("linux/arm64", Marks(COMMIT, datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)))
    assert read_config(b"{}") == Config(None, Marks())
    assert read_config(b'{"config": {"Labels": null}}') == Config(None, Marks())


@pytest.mark.parametrize(
    "body", [b"null", b"{}", b'{"config": {"digest": "x", "mediaType": "application/vnd.oci.image.config.v1+json"}}']
)
def test_invalid_manifests(body: bytes) -> None:
    with pytest.raises(DocumentError):
        read_manifest(body)


def test_distribution_writes_null_for_no_tags() -> None:
    assert read_tags(b'{"name": "acme/web", "tags": null}') == ()


@pytest.mark.parametrize(
    ("body", "token"),
    [
        (b'{"token": "a"}', ("a", 60)),
        (b'{"access_token": "b", "expires_in": 300}', ("b", 300)),
        (b'{"token": "a", "access_token": "b", "expires_in": -5}', ("a", 1)),
        (b'{"token": "a", "expires_in": 0}', ("a", 60)),
    ],
)
def test_tokens(body: bytes, token: tuple[str, int]) -> None:
    assert read_token(body) == token


@pytest.mark.parametrize("body", [b"{}", b'{"token": ""}', b'{"token": "a\\r\\nX: y"}', b'{"token": 5}', b"<html>"])
def test_invalid_tokens(body: bytes) -> None:
    with pytest.raises(DocumentError):
        read_token(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"errors": [{"code": "NAME_UNKNOWN", "message": "no such"}]}', "NAME_UNKNOWN: no such"),
        (b'{"errors": [{"code": "A"}, {"code": "B", "message": null}]}', "A; B"),
        (b'{"errors": []}', None),
        (b'{"message": "Not Found"}', None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_error_bodies(body: bytes, said: str | None) -> None:
    assert read_errors(body) == said
