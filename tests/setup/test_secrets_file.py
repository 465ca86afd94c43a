"""The file with the secrets: for its owner alone, whole or not there, never over another file, and read alike by everybody."""

import os
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.github.registration.conversion import Registered
from bot.settings import Webhooks, read_settings
from bot.settings.env_file import read
from bot.setup import env_file
from bot.setup.choices import Choices, defaults, read_choices
from tests.simulator.http_world import key_pair

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def choices(**changes: str) -> Choices:
    found = read_choices({**defaults(), "organisation": "acme", **changes})
    assert isinstance(found, Choices)
    return found


def registered() -> Registered:
    return Registered(
        app_id=7, slug="x", name="x", owner="acme", is_organisation=True, html_url="https://github.com/apps/x",
        private_key=key_pair()[0], webhook_secret="0123456789abcdef",
    )  # fmt: skip


def test_what_is_written_is_what_the_server_reads() -> None:
    settings = read_settings(read(env_file.text(registered(), choices(github="github.acme.corp"), NOW)))

    assert settings.app_id == 7
    assert settings.private_key == key_pair()[0]
    assert settings.webhooks is Webhooks.PULL
    assert settings.github.rest == "https://github.acme.corp/api/v3"


def test_a_server_that_is_pushed_to_knows_its_address() -> None:
    text = env_file.text(registered(), choices(delivery="push", public_url="https://bot.example.com"), NOW)

    assert "PUBLIC_URL=https://bot.example.com\n" in text
    assert "WEBHOOKS" not in text
    assert "GITHUB_API_URL" not in text


def test_a_shell_reads_the_same(tmp_path: Path) -> None:
    """No value has a quote, a space or a backslash; so systemd, docker and Kubernetes read the same as well."""
    text = env_file.text(registered(), choices(), NOW)
    file = tmp_path / "x.env"
    file.write_text(text)
    said = subprocess.run(
        ["sh", "-c", f'. {shlex.quote(str(file))}; printf %s "$GITHUB_PRIVATE_KEY"'],
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == read(text)["GITHUB_PRIVATE_KEY"]
    assert not any(letter in line for line in text.splitlines() if not line.startswith("#") for letter in " '\"\\$`")


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.env"
    before = os.umask(0)
    try:
        env_file.write(file, "A=1\n")
    finally:
        os.umask(before)

    assert file.read_text() == "A=1\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_another_file_is_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "x.env"
    file.write_text("mine\n")

    with pytest.raises(FileExistsError):
        env_file.write(file, "A=1\n")
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        env_file.write(file, "A=1\n")

    assert not (tmp_path / "elsewhere").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["x.env"]


def test_a_folder_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        env_file.write(tmp_path / "none" / "x.env", "A=1\n")


def test_no_repr_shows_a_secret() -> None:
    assert "0123456789abcdef" not in repr(registered())
    assert "PRIVATE" not in repr(registered())
