"""Logins from a docker config.json, as docker, Podman and Kubernetes write it."""

import base64
import json
import os
from pathlib import Path

import pytest

from bot.core.values.errors import Temporary
from bot.registries.keychain import IdentityToken, Keychain, Login, Password


def encoded(login: str) -> str:
    return base64.b64encode(login.encode()).decode()


def keychain(folder: Path, config: object, *, seconds: float = 5.0) -> Keychain:
    path = folder / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return Keychain(path, search_path=f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin", seconds=seconds)


def helper(folder: Path, name: str, script: str) -> None:
    path = folder / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


ECR = "444455556666.dkr.ecr.us-east-1.amazonaws.com"
AUTHS = {
    "ghcr.io": {"auth": encoded("bot:whole registry")},
    "ghcr.io/acme": {"auth": encoded("bot:acme")},
    "ghcr.io/acme/web": {"auth": encoded("bot:acme web")},
    "https://index.docker.io/v1/": {"auth": encoded("bot:hub")},
    "https://registry.example.com:5000/v2/": {"username": "bot", "password": "pass:word"},
    "token.example.com": {"auth": encoded("x:y"), "identitytoken": "id"},
    "stump.example.com": {},
    "UPPER.example.com": {"auth": encoded("bot:upper")},
    # With the port of https, as `docker login host:443` stores it (docker/cli#987), and with an API version.
    "port.example.com:443": {"auth": encoded("bot:port")},
    "https://scheme.example.com:443/v1/": {"auth": encoded("bot:scheme")},
    "http://127.0.0.1:80": {"auth": encoded("bot:plain")},
    # Kubernetes' patterns: https://kubernetes.io/docs/concepts/containers/images/#config-json
    "*.dkr.ecr.*.amazonaws.com": {"auth": encoded("AWS:any region")},
    "111122223333.dkr.ecr.*.amazonaws.com": {"auth": encoded("AWS:one account")},
    "111122223333.dkr.ecr.eu-west-1.amazonaws.com": {"auth": encoded("AWS:one region")},
    "*.dkr.ecr.*.amazonaws.com/acme": {"auth": encoded("AWS:one folder")},
    "cr[0-9].example.com:8443": {"auth": encoded("bot:digit")},
}


@pytest.mark.parametrize(
    ("host", "repository", "expected"),
    [
        ("ghcr.io", "other/web", Password("bot", "whole registry")),
        ("ghcr.io", "acme/api", Password("bot", "acme")),
        ("ghcr.io", "acme/web", Password("bot", "acme web")),
        ("ghcr.io", "acme/web/worker", Password("bot", "acme web")),
        ("ghcr.io", "acme2/web", Password("bot", "whole registry")),
        ("registry-1.docker.io", "library/nginx", Password("bot", "hub")),
        ("registry.example.com:5000", "web", Password("bot", "pass:word")),
        ("registry.example.com", "web", None),
        ("token.example.com", "web", IdentityToken("id")),
        ("stump.example.com", "web", None),
        ("upper.example.com", "web", Password("bot", "upper")),
        ("port.example.com", "web", Password("bot", "port")),
        ("port.example.com:8443", "web", None),
        ("scheme.example.com", "web", Password("bot", "scheme")),
        ("127.0.0.1", "web", Password("bot", "plain")),
        ("444455556666.dkr.ecr.us-east-1.amazonaws.com", "web", Password("AWS", "any region")),
        ("444455556666.dkr.ecr.us-east-1.amazonaws.com", "acme/web", Password("AWS", "one folder")),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com", "web", Password("AWS", "one account")),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com", "web", Password("AWS", "one region")),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com", "acme/web", Password("AWS", "one region")),
        ("evil.example.com.dkr.ecr.us-east-1.amazonaws.com", "web", None),
        ("dkr.ecr.us-east-1.amazonaws.com", "web", None),
        ("cr7.example.com:8443", "web", Password("bot", "digit")),
        ("cr7.example.com", "web", None),
        ("crx.example.com:8443", "web", None),
        ("quay.io", "acme/web", None),
    ],
)
async def test_the_most_exact_entry_wins(host: str, repository: str, expected: Login | None, tmp_path: Path) -> None:
    assert await keychain(tmp_path, {"auths": AUTHS}).login(host, repository) == expected


async def test_no_file_means_no_login(tmp_path: Path) -> None:
    assert await Keychain(None).login("ghcr.io", "acme/web") is None
    assert await Keychain(tmp_path / "none.json").login("ghcr.io", "acme/web") is None


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{", "cannot be read; expected JSON"),
        ("", "cannot be read; expected JSON"),
        ("[]", "cannot be read; expected JSON"),
        ({"auths": []}, "cannot be read at `auths`"),
        ({"auths": {"ghcr.io": {"auth": ["hunter2"]}}}, "cannot be read at `auths`"),
        ({"auths": {"ghcr.io": {"auth": "hunter2!"}}}, "is not base64 of name:password"),
        ({"auths": {"ghcr.io": {"auth": base64.b64encode(b"\xff\xfe").decode()}}}, "is not base64 of name:password"),
        ({"credHelpers": {"ghcr.io": "../../bin/sh"}}, "that cannot be a program's name"),
        ({"credHelpers": {"ghcr.io": "is-not-there"}}, "`docker-credential-is-not-there`, named in the docker"),
    ],
)
async def test_problems_are_reported_without_secrets(config: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(Temporary) as raised:
        await keychain(tmp_path, config).login("ghcr.io", "acme/web")
    assert said in raised.value.reason
    assert "hunter2" not in raised.value.reason
    assert str(tmp_path) not in raised.value.reason


async def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Temporary, match=r"cannot read its docker config\.json"):
        await Keychain(tmp_path).login("ghcr.io", "acme/web")


@pytest.mark.parametrize(
    ("config", "host", "expected"),
    [
        ({"credHelpers": {"ghcr.io": "echo"}}, "ghcr.io", Password("ghcr.io", "s3cret")),
        ({"credHelpers": {"ghcr.io": "echo"}}, "quay.io", None),
        ({"credHelpers": {"ghcr.io:443": "echo"}}, "ghcr.io", Password("ghcr.io", "s3cret")),
        ({"credHelpers": {"*.dkr.ecr.*.amazonaws.com": "echo"}}, ECR, Password(ECR, "s3cret")),
        ({"credsStore": "echo"}, "quay.io", Password("quay.io", "s3cret")),
        ({"credsStore": "echo"}, "registry-1.docker.io", Password("https://index.docker.io/v1/", "s3cret")),
        (
            {"credHelpers": {"docker.io": "echo"}},
            "registry-1.docker.io",
            Password("https://index.docker.io/v1/", "s3cret"),
        ),
        # A helper of the registry itself, then the file, then the store for all.
        ({"credHelpers": {"ghcr.io": "echo"}, "auths": AUTHS}, "ghcr.io", Password("ghcr.io", "s3cret")),
        ({"credsStore": "echo", "auths": AUTHS}, "ghcr.io", Password("bot", "whole registry")),
        ({"credsStore": "echo", "auths": AUTHS}, "stump.example.com", Password("stump.example.com", "s3cret")),
    ],
)
async def test_helpers_are_asked(config: object, host: str, expected: Login | None, tmp_path: Path) -> None:
    script = (
        'test "$1" = get && read server && printf \'{"ServerURL":"x","Username":"%s","Secret":"s3cret"}\' "$server"'
    )
    helper(tmp_path, "echo", script)
    assert await keychain(tmp_path, config).login(host, "some/web") == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'credentials not found in native keychain'; exit 1", None),
        ("""printf '{"Username":"<token>","Secret":"id"}'""", IdentityToken("id")),
        ("""exec <&-; printf '{"Username":"a","Secret":"b"}'""", Password("a", "b")),
    ],
)
async def test_answers_of_helpers(script: str, expected: Login | None, tmp_path: Path) -> None:
    helper(tmp_path, "one", script)
    assert await keychain(tmp_path, {"credsStore": "one"}).login("ghcr.io", "acme/web") == expected


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo hunter2; exit 3", "gave no credentials for `ghcr.io` (exit status 3)"),
        ("echo hunter2", "answered with something other than credentials"),
        ("exec sleep 60", "did not answer within 0.3 seconds"),
        ("exec yes hunter2", "printed more than credentials"),
        # What a helper starts outlives it, and keeps its output open.
        ("sleep 60; true", "did not answer within 0.3 seconds"),
        ("sleep 60 & echo hunter2", "did not answer within 0.3 seconds"),
        ("yes hunter2; true", "printed more than credentials"),
    ],
)
async def test_helpers_that_fail(script: str, said: str, tmp_path: Path) -> None:
    helper(tmp_path, "bad", script)
    seconds = 0.3 if "sleep" in script else 5.0
    with pytest.raises(Temporary) as raised:
        await keychain(tmp_path, {"credsStore": "bad"}, seconds=seconds).login("ghcr.io", "acme/web")
    assert raised.value.reason.startswith("`docker-credential-bad`")
    assert said in raised.value.reason
    assert "hunter2" not in raised.value.reason


def test_secrets_do_not_show() -> None:
    assert "s3cret" not in repr((Password("bot", "s3cret"), IdentityToken("s3cret")))


async def test_a_file_of_a_mebibyte_is_read_and_a_longer_one_is_not(tmp_path: Path) -> None:
    config = json.dumps({"auths": {"ghcr.io": {"auth": encoded("bot:x")}}})
    longest = config[:-1].ljust(1024 * 1024 - 1) + "}"

    assert await keychain(tmp_path, longest).login("ghcr.io", "acme/web") == Password("bot", "x")
    with pytest.raises(Temporary, match=r"config\.json cannot be read"):
        await keychain(tmp_path, f" {longest}").login("ghcr.io", "acme/web")
