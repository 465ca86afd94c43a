"""Checks whose misconfiguration cannot be planted on this machine: other GitHubs, other disks, other hosts."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.policy import read
from bot.doctor.checks.database import judge_database
from bot.doctor.checks.deliveries import judge_unwanted, judge_webhook
from bot.doctor.checks.policy import judge_deployments
from bot.doctor.checks.registries import judge_news
from bot.doctor.checks.safety import Secret, judge_safety
from bot.github.inspection.app import SeenApp, SeenDelivery
from bot.github.registration.addresses import Site, site_of_api
from bot.queue.usable import file_system_of

GITHUB = site_of_api("https://api.github.com")
APP = SeenApp(
    slug="acme-gitops", name="acme-gitops", owner="acme", is_organisation=True, html_url="https://github.com/apps/acme-gitops",
    permissions={}, events=frozenset(), hook_url="https://bot.example.com/webhooks/github",
)  # fmt: skip
GOOD = "5d1c9e0f7a3b6c82"


def safety(*secrets: Secret, site: Site = GITHUB, public_url: str = "", trusts: bool = False) -> list[str]:
    """Return the names of the findings."""
    return [each.name for each in judge_safety(secrets, site, public_url=public_url, trusts_unsigned=trusts)]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (GOOD, "safety"),
        ("", "safety"),
        ("correct horse battery staple", "safety"),
        ("aaaaaaaaaaaaaaaa", "secret-guessable"),
        ("abababababababab", "secret-guessable"),
        ("CHANGEME-5d1c9e0f7a3b6c82", "secret-guessable"),
        ("my-password-5d1c9e0f7a3b", "secret-guessable"),
        ("0123456789abcdef", "secret-guessable"),
    ],
)
def test_a_secret_that_others_try_first(value: str, name: str) -> None:
    assert safety(Secret("API_TOKENS", value)) == [name]


def test_a_setting_is_named_once_and_never_with_its_value() -> None:
    (found,) = judge_safety(
        (Secret("API_TOKENS", "a" * 20), Secret("API_TOKENS", "b" * 20)), GITHUB, public_url="", trusts_unsigned=False
    )
    assert (found.subject, "aaa" in repr(found), "20" in repr(found)) == ("API_TOKENS", False, False)
    assert "aaa" not in repr(Secret("API_TOKENS", "a" * 20))


def test_one_value_in_two_settings() -> None:
    twice = (Secret("API_TOKENS", GOOD), Secret("API_TOKENS", GOOD))
    assert safety(*twice) == ["safety"]
    assert safety(*twice, Secret("CI_WEBHOOK_SECRET", GOOD)) == ["secret-reused"]
    assert safety(Secret("API_TOKENS", ""), Secret("CI_WEBHOOK_SECRET", "")) == ["safety"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("", "safety"),
        ("https://bot.example.com", "safety"),
        ("http://127.0.0.1:8080", "safety"),
        ("http://localhost", "safety"),
        ("http://bot.example.com", "public-url-insecure"),
        ("http://10.0.0.7", "public-url-insecure"),
    ],
)
def test_where_the_server_is_reached_without_tls(url: str, name: str) -> None:
    assert safety(public_url=url) == [name]


@pytest.mark.parametrize(
    ("api", "name"),
    [
        ("https://api.github.com", "unsigned-trusted"),
        ("https://api.acme.ghe.com", "unsigned-trusted"),
        ("https://github.acme.corp/api/v3", "safety"),
    ],
)
def test_only_a_server_of_ones_own_may_leave_commits_unsigned(api: str, name: str) -> None:
    assert safety(site=site_of_api(api), trusts=True) == [name]
    assert safety(site=site_of_api(api)) == ["safety"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, ""),
        ({"hook_url": "http://bot.example.com/webhooks/github"}, "webhook-insecure"),
        ({"hook_url": "http://127.0.0.1:1/webhooks/github"}, ""),
        ({"hook_verifies": False}, "webhook-insecure"),
        ({"hook_url": ""}, "webhook-missing"),
    ],
)
def test_where_others_can_read_webhooks(changes: dict[str, str | bool], name: str) -> None:
    app = replace(APP, **changes)  # type: ignore[arg-type]
    found = judge_webhook(app, GITHUB, public_url="", pushes=True)
    assert (found.name if found else "") == name


def test_a_server_that_pulls_does_not_care_how_webhooks_travel_to_nobody() -> None:
    app = replace(APP, hook_url="http://x.invalid/webhooks/github", hook_verifies=False)
    failed = SeenDelivery("push", 0, "failed to connect to host", datetime(2026, 11, 23, tzinfo=UTC))
    assert judge_webhook(app, GITHUB, public_url="", pushes=False) is None
    assert judge_unwanted((failed, failed), app, GITHUB) is None
    found = judge_unwanted((failed, replace(failed, status_code=200)), app, GITHUB)
    assert found is not None
    assert "x.invalid" in found.seen


@pytest.mark.parametrize(
    ("hosts", "ways", "found"),
    [
        (["quay.io"], set(), "images-noticed-late"),
        (["ghcr.io", "quay.io"], set(), "images-noticed-late"),
        (["quay.io"], {"polls"}, ""),
        (["quay.io"], {"hears"}, ""),
        (["ghcr.io"], set(), ""),
        ([], set(), ""),
    ],
)
def test_how_new_images_are_noticed(hosts: list[str], ways: set[str], found: str) -> None:
    judged = judge_news(hosts, polls="polls" in ways, hears="hears" in ways)
    assert (judged.name if judged else "") == found


@pytest.mark.parametrize(
    ("source", "commits", "granted", "found"),
    [
        ("acme/web", "source", "", "dev"),
        ("acme/web", "source", "read", "dev"),
        ("acme/web", "source", "write", ""),
        ("others/web", "source", "", ""),
        ("others/web", "[source, manifests]", "", "dev"),
        ("", "manifests", "", "dev"),
        ("acme/web", "", "", ""),
    ],
)
def test_where_deployments_may_not_be_written(source: str, commits: str, granted: str, found: str) -> None:
    built, shown = f", source: {source}" if source else "", f", deployments: {commits}" if commits else ""
    policy = read(
        {
            ".gitops.yml": f"version: 1\napplications: {{web: {{image: ghcr.io/acme/web{built}}}}}\n"
            f"environments: {{dev: {{path: envs/dev, from: registry{shown}}}}}\n"
        }
    )
    judged = judge_deployments("Acme/manifests", policy, {"deployments": granted} if granted else {})
    assert (f"deployments of {found}," in judged.seen if judged else "") == (bool(found) or "")


@pytest.mark.parametrize(
    ("kind", "trouble", "name"),
    [
        ("ext4", "", "database"),
        ("", "", "database"),
        ("nfs4", "", "database-on-network-disk"),
        ("cifs", "", "database-on-network-disk"),
        ("nfs4", "the folder cannot be written", "database-unusable"),
    ],
)
def test_a_file_of_sqlite_on_a_disk_of_others(kind: str, trouble: str, name: str) -> None:
    assert judge_database("/data/queue.sqlite3", trouble, file_system=kind).name == name


async def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    near, spaced = tmp_path / "data", tmp_path / "my data"
    near.mkdir()
    spaced.mkdir()
    mounts = tmp_path / "mounts"
    octal = str(spaced).replace(" ", "\\040")
    mounts.write_text(
        f"overlay / overlay rw 0 0\nserver:/x {near} nfs4 rw 0 0\nserver:/y {octal} cifs rw 0 0\n"
        f"/dev/a {tmp_path} ext4 rw 0 0\n/dev/b {tmp_path} xfs rw 0 0\nbroken\n"
    )
    asked = [near / "q.sqlite3", spaced / "q.sqlite3", tmp_path / "q.sqlite3", Path("/q.sqlite3")]
    assert [await file_system_of(each, mounts) for each in asked] == ["nfs4", "cifs", "xfs", "overlay"]
    assert await file_system_of(near / "q.sqlite3", tmp_path / "none") == ""
