"""`gitops-bot doctor`: its text, its JSON and its exit status."""

import json
from pathlib import Path

from bot.cli.doctor.command import as_text
from bot.doctor.findings import exit_status, good, problem, unchecked
from tests.cli.program import called
from tests.doctor.patient import healthy
from tests.setup.visitor import terminal


def test_what_there_is_to_do_comes_first() -> None:
    findings = (
        good("settings", "Every setting can be used."),
        unchecked("app", "GitHub did not answer.", subject="acme"),
        problem("clock-off", "The clock is wrong.", "Set it.", link="https://example.com", subject=""),
    )

    assert ["".join(text for text, _ in line) for line in as_text(findings)] == [
        "✗ clock-off: The clock is wrong.",
        "    → Set it.",
        "    https://example.com",
        "? app (acme): GitHub did not answer.",
        "✓ settings: Every setting can be used.",
        "",
        "1 to do, 1 not checked, 1 in order",
    ]
    assert exit_status(findings) == 1
    assert exit_status(findings[:2]) == 2
    assert exit_status(findings[:1]) == 0


def test_without_settings_it_names_them(tmp_path: Path) -> None:
    said = called("doctor", "--json", settings={"ENV_FILE": ""})
    found = json.loads(said.out)["findings"]

    assert said.status == 1
    assert {each["subject"] for each in found if each["name"] == "setting-unusable"} == {
        "GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET",
    }  # fmt: skip
    assert called("doctor", settings={"ENV_FILE": str(tmp_path / "none")}).status == 1
    assert called("doctor", "not a repository").status == 2


async def test_a_healthy_server_in_a_process_of_its_own(tmp_path: Path) -> None:
    async with healthy(tmp_path) as patient:
        await patient.findings()
        # The world's clock stands still, and the process has the real one.
        patient.stage.clock.set(patient.stage.clock.now())
        async with terminal(tmp_path, "doctor", "acme/manifests", "--json", **patient.environment) as program:
            status, printed = await program.end()

    names = {each["name"] for each in json.loads(printed)["findings"] if each["status"] != "good"}
    assert names == {"clock-off", "app"}
    assert status == 1
