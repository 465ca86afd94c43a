"""README.md and docs/ say what the code does: tables are compared with the code's, policies are read, the demo is played.

The pages about gates, commands and the policy have test files of their own.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import _parser
from bot.core.commands import COMMANDS
from bot.core.gates import GATES
from bot.core.policy import read
from bot.registries.hooks import WITH_SECRET
from bot.settings import SettingsError, read_settings
from tests.screenshot import MOST, take

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def items(beginning: str) -> list[str]:
    """What a list item of README.md that begins so names in code, in its order."""
    found = re.search(rf"^- {re.escape(beginning)}(.*?)(?=^[-#]|^$)", README, re.MULTILINE | re.DOTALL)
    assert found, beginning
    return re.findall(r"`([^`]+)`", found[1])


def first_cells(text: str) -> list[str]:
    """What stands in code in the first column of the tables."""
    return [cell.replace("\\|", "|") for cell in re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)]


def test_the_policy_can_be_followed() -> None:
    example = re.search(r"<!-- policy -->\n```yaml\n(.*?)```", README, re.DOTALL)
    assert example

    policy = read({".gitops.yml": example[1]})

    assert list(policy.environments) == ["dev", "staging", "prod"]


def test_the_readme_is_read_in_a_minute() -> None:
    assert len(README.splitlines()) < 150


def test_every_gate_is_named() -> None:
    assert items("A promotion merges when every [gate]") == [gate.name for gate in GATES]


def test_every_command_is_named() -> None:
    assert items("People steer with [commands]") == [f"/{command.word}" for command in COMMANDS]


def test_every_command_of_the_command_line_has_its_row() -> None:
    commands = next(each for each in _parser()._actions if isinstance(each, argparse._SubParsersAction))
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")

    assert sorted(first_cells(page)) == sorted(commands.choices)


def test_every_setting_has_its_row() -> None:
    """The settings that the code asks its reader for; and those whose lack is a problem are called required."""
    sources = "\n".join(path.read_text() for path in (ROOT / "bot" / "settings").glob("*.py"))
    asked = set(re.findall(r'"((?:[A-Z]+_)+[A-Z]+|HOST|ONBOARDING|PORT|WEBHOOKS)"', sources))
    asked = (asked - {"NOTIFY_SOCKET"}) | {"NOTIFY"}  # systemd's; and the beginning of every sink's
    rows = re.findall(r"^\| `([A-Z_]+)(?:<VENDOR>|<NAME>)?` \| ([^|]*)\|", SETTINGS, re.MULTILINE)
    with pytest.raises(SettingsError) as raised:
        read_settings({})

    assert {name.rstrip("_") for name, _ in rows} == asked
    assert {problem.name for problem in raised.value.problems} == {
        name for name, default in rows if default.strip() in {"required", "required, or the next"}
    }


def test_every_vendor_is_named() -> None:
    row = next(line for line in SETTINGS.splitlines() if line.startswith("| `REGISTRY_WEBHOOK_SECRET_<VENDOR>`"))

    assert re.findall(r"`([A-Z_]+)`", row) == [name.upper() for name in WITH_SECRET]


PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)


def test_every_page_is_in_the_index() -> None:
    """In docs/README.md, or in the README.md of its folder, which is in there."""
    docs = ROOT / "docs"
    indices = {index.parent: index.read_text(encoding="utf-8") for index in sorted(docs.rglob("README.md"))}

    def listed(page: Path) -> bool:
        folders = {docs, page.parent} & indices.keys()
        return any(f"({page.relative_to(folder).as_posix()})" in indices[folder] for folder in folders)

    assert [page for page in sorted(docs.rglob("*.md")) if not listed(page)] == [docs / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_every_link_into_the_repository_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", page.read_text(encoding="utf-8")):
        name, _, heading = target.partition("#")
        aim = (page.parent / name).resolve() if name else page
        assert aim.exists(), target
        assert not heading or heading in headings(aim), target


def headings(page: Path) -> set[str]:
    """As GitHub makes anchors of them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in found}


def test_what_a_newcomer_is_told_of_is_there() -> None:
    """Paths of CONTRIBUTING.md and of the map that look like a file or a folder of ours; and every library has its line."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tour = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:bot|tests|requirements)/[\w/.-]*)`", text + tour)
    paths += [f"bot/{path}" for path in re.findall(r"`(core/[\w/.-]*)`", tour)]
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    libraries = set(re.findall(r'^    "([a-z0-9.-]+)(?:\[[a-z]+\])?>=', settings, re.MULTILINE))

    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert libraries
    assert sorted(libraries - set(re.findall(r"`([a-z0-9.-]+)`", text))) == []


@pytest.mark.package
def test_the_demo_tells_what_is_shown_of_it() -> None:
    played = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        cwd=ROOT,
        env={**os.environ, "CI": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    page = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    excerpts = re.findall(r"```text\n(.*?)```", page, re.DOTALL)

    assert played.returncode == 0, played.stdout + played.stderr
    assert len(excerpts) == 3
    for excerpt in excerpts:
        assert _without_hashes(excerpt) in _without_hashes(played.stdout)


def _without_hashes(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{7,64}\b", "…", text)


@pytest.mark.browser
async def test_the_picture_can_be_taken_again(tmp_path: Path) -> None:
    """Its size is checked where it is taken; what it shows is for eyes."""
    await take(tmp_path / "promotion.png")

    for picture in (tmp_path / "promotion.png", ROOT / "docs" / "promotion.png"):
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) <= MOST


def test_every_finding_of_the_doctor_is_documented() -> None:
    """Each name that is a problem, in the code and in the tables of its page."""
    sources = [
        path.read_text() for folder in ("doctor", "cli/doctor") for path in (ROOT / "bot" / folder).rglob("*.py")
    ]
    calls = re.findall(r'problem\(\s*"([a-z-]+)"|"((?:deliveries|state-branch|promotions)-[a-z]+)"', "\n".join(sources))
    page = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`([a-z]+(?:-[a-z]+)+)`", "\n".join(line.partition(" | ")[0] for line in page.splitlines()))
    )

    assert {first or second for first, second in calls} | {"github-unreachable"} == named
