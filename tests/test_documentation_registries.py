"""docs/registries.md has every vendor whose hooks the bot reads: where to send them, what proves them, how to log in."""

import re
from pathlib import Path

import pytest

from bot.registries.hooks import VENDORS

PAGE = (Path(__file__).parents[1] / "docs" / "registries.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| \[([^\]]+)\]\(#([a-z-]+)\) \| (.+?) \| (.+?) \| .+ \|$", PAGE, re.MULTILINE)
WITHOUT_LOGIN = {"CloudEvents", "a pipeline"}
"""These are no registries."""


def section(anchor: str) -> str:
    """The text below the heading that GitHub gives this anchor."""
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)
    found = {
        re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-"): text
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    return found[anchor]


def test_every_vendor_has_its_row() -> None:
    named = [name for _, _, hook, _ in ROWS for name in re.findall(r"`([a-z_]+)`", hook)]

    assert sorted(named) == sorted(VENDORS)


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_its_address_is_said(vendor: str) -> None:
    assert f"https://bot.example.com/webhooks/registry/{vendor}" in PAGE


@pytest.mark.parametrize(("name", "anchor", "hook", "proof"), ROWS, ids=[row[0] for row in ROWS])
def test_what_is_wrong_with_it_and_how_to_log_in_is_said(name: str, anchor: str, hook: str, proof: str) -> None:
    assert "- **Known**: " in section(anchor)
    assert ("- **Login**: " in section(anchor)) == (name not in WITHOUT_LOGIN)


@pytest.mark.parametrize(("name", "anchor", "hook", "proof"), ROWS, ids=[row[0] for row in ROWS])
def test_a_secret_in_the_address_is_one_that_the_code_takes(name: str, anchor: str, hook: str, proof: str) -> None:
    for vendor in re.findall(r"`([a-z_]+)`", hook):
        in_path = f"/webhooks/registry/{vendor}/SECRET" in section(anchor)
        assert in_path == ("secret in the URL" in proof)
        assert not in_path or any("PATH" in each.name for each in VENDORS[vendor].proofs)
