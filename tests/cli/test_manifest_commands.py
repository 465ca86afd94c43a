"""`gitops-bot set` and `images`, as a script calls them: what they print, what they write, how they end."""

import json
import subprocess
from pathlib import Path

import pytest

from bot.cli import main

DEPLOYMENT = """\
spec:
  template:
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web:v1.4.1   # kept
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git checkout with one manifest, one ignored copy of it, and a script that is executable."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "web.yaml").write_text(DEPLOYMENT)
    (tmp_path / "apps" / "web.yaml").chmod(0o755)
    (tmp_path / "rendered").mkdir()
    (tmp_path / "rendered" / "web.yaml").write_text(DEPLOYMENT)
    (tmp_path / ".gitignore").write_text("rendered/\n")
    return tmp_path


def test_set_changes_the_version_and_says_where(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What git ignores is left alone, and the file keeps its mode."""
    assert main(["set", "ghcr.io/acme/web:v1.5.0", "."]) == 0

    assert capsys.readouterr().out == "apps/web.yaml:6: v1.4.1 → v1.5.0\n"
    assert (checkout / "apps" / "web.yaml").read_text() == DEPLOYMENT.replace("v1.4.1", "v1.5.0")
    assert (checkout / "apps" / "web.yaml").stat().st_mode & 0o777 == 0o755
    assert (checkout / "rendered" / "web.yaml").read_text() == DEPLOYMENT


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_set_names_what_it_left_unchanged(
    checkout: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    """On standard output, and in front of a diff, where `git apply` passes over it."""
    more = "---\njob: {image: {repository: ghcr.io/acme/web}}\nrun: docker run ghcr.io/acme/web:v1.4.1\n"
    (checkout / "apps" / "web.yaml").write_text(DEPLOYMENT + more)

    assert main(["set", *options, "ghcr.io/acme/web:v1.5.0", "apps"]) == 0

    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if ": left unchanged: " in line] == [
        "apps/web.yaml:8: left unchanged: ghcr.io/acme/web: there is no key for a version here, and apps/web.yaml:6 has one",
        "apps/web.yaml:9: left unchanged: ghcr.io/acme/web:v1.4.1: it is part of a text that no format reads",
    ]
    if options:
        subprocess.run(["git", "apply", "--check", "-"], input=out.encode(), check=True)


def test_set_never_changes_files_that_make_rules(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A workflow can run in the same image."""
    workflow = checkout / ".github" / "workflows" / "web.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("jobs: {web: {container: {image: 'ghcr.io/acme/web:v1.4.1'}}}\n")

    assert main(["set", "ghcr.io/acme/web:v1.5.0", "."]) == 0
    assert (
        ".github/workflows/web.yml:1: left unchanged: ghcr.io/acme/web:v1.4.1: the bot never edits this file"
        in capsys.readouterr().out
    )
    assert "v1.4.1" in workflow.read_text()


def test_set_twice_changes_nothing_more(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Already there is as good as changed."""
    main(["set", "ghcr.io/acme/web:v1.5.0", "apps"])
    capsys.readouterr()

    assert main(["set", "ghcr.io/acme/web:v1.5.0", "apps"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("named", [".", "web.yaml"])
def test_a_link_stays_a_link(checkout: Path, named: str) -> None:
    """What it points at is changed, once, whether the link is named or met in a folder."""
    (checkout / "web.yaml").symlink_to("apps/web.yaml")

    assert main(["set", "ghcr.io/acme/web:v1.5.0", named]) == 0

    assert (checkout / "web.yaml").is_symlink()
    assert not (checkout / "apps" / "web.yaml").is_symlink()
    assert (checkout / "apps" / "web.yaml").read_text() == DEPLOYMENT.replace("v1.4.1", "v1.5.0")


def test_a_dry_run_prints_a_diff_and_writes_nothing(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The diff is one that `git apply` takes."""
    assert main(["set", "--dry-run", "ghcr.io/acme/web:v1.5.0", "apps/web.yaml"]) == 0

    diff = capsys.readouterr().out
    assert (
        "-          image: ghcr.io/acme/web:v1.4.1   # kept\n+          image: ghcr.io/acme/web:v1.5.0   # kept" in diff
    )
    assert (checkout / "apps" / "web.yaml").read_text() == DEPLOYMENT
    subprocess.run(["git", "apply", "--check", "-"], input=diff.encode(), check=True)


def test_a_key_path_names_the_one_scalar(checkout: Path) -> None:
    """Where no image name tells."""
    (checkout / "values.yaml").write_text("web:\n  release: v1.4.1\nother:\n  release: v1.4.1\n")

    assert main(["set", "--path", "web.release", "ghcr.io/acme/web:v1.5.0", "values.yaml"]) == 0
    assert (checkout / "values.yaml").read_text() == "web:\n  release: v1.5.0\nother:\n  release: v1.4.1\n"


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["set", "ghcr.io/acme/api:v1", "apps"], 3, "ghcr.io/acme/api: not found in 1 file"),
        (["set", "ghcr.io/acme/web", "apps"], 2, "has no version"),
        (["set", "ghcr.io/acme/web:v1", "nowhere"], 2, "nowhere: no such file or folder"),
        (["set", "GHCR.io/Acme:v1", "apps"], 2, "Acme"),
        (["set", "--path", "a[", "ghcr.io/acme/web:v1", "apps"], 2, "expected a key path"),
        (["images", "nowhere"], 2, "nowhere: no such file or folder"),
    ],
)
def test_what_cannot_be_done_is_said(
    checkout: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, complaint: str
) -> None:
    """On standard error, with an exit status that tells why; and nothing is changed."""
    assert main(arguments) == status
    assert complaint in capsys.readouterr().err
    assert (checkout / "apps" / "web.yaml").read_text() == DEPLOYMENT


def test_a_refusal_changes_nothing_anywhere(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file is fine and the other cannot be read safely: neither is written."""
    (checkout / "apps" / "twice.yaml").write_text(DEPLOYMENT + "          image: ghcr.io/acme/web:v1.4.1\n")

    assert main(["set", "ghcr.io/acme/web:v1.5.0", "apps"]) == 1
    assert "apps/twice.yaml:7: the mapping has this key twice" in capsys.readouterr().err
    assert (checkout / "apps" / "web.yaml").read_text() == DEPLOYMENT


def test_images_are_listed_as_a_table_and_as_json(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people and for programs."""
    assert main(["images"]) == 0
    assert "apps/web.yaml  6     ghcr.io/acme/web  v1.4.1  -       workload" in capsys.readouterr().out

    assert main(["images", "--json", "apps"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "file": "apps/web.yaml",
            "line": 6,
            "image": "ghcr.io/acme/web",
            "tag": "v1.4.1",
            "digest": None,
            "found_by": "workload",
        }
    ]


def test_what_a_pattern_finds_is_set_in_any_text_file(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = checkout / ".env"
    file.write_bytes(b"WEB=v1.4.0\r\nOTHER=v1\r\n")

    assert main(["set", "ghcr.io/acme/web:v1.5.0", ".env", "--pattern", "^WEB=(.*)$"]) == 0

    assert file.read_bytes() == b"WEB=v1.5.0\r\nOTHER=v1\r\n"
    assert capsys.readouterr().out == ".env:1: v1.4.0 → v1.5.0\n"


@pytest.mark.parametrize(
    ("pattern", "status", "said"),
    [
        ("WEB=.*", 2, "'WEB=.*' has no group: put the value in one group, as in 'version=(.*)', or name its group"),
        ("API=(.*)", 1, ".env: the pattern finds nothing in this file: API=(.*); correct the pattern"),
    ],
)
def test_a_pattern_that_names_no_value_is_said(
    checkout: Path, capsys: pytest.CaptureFixture[str], pattern: str, status: int, said: str
) -> None:
    (checkout / ".env").write_text("WEB=v1.4.0\n")

    assert main(["set", "ghcr.io/acme/web:v1.5.0", ".env", "--pattern", pattern]) == status
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("option", [["--pattern", "v: (.*)"], ["--path", "v"]])
def test_a_named_value_is_never_set_in_files_that_make_rules(
    checkout: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    (checkout / ".github").mkdir()
    (checkout / ".github" / "a.yaml").write_text("v: v1\n")

    assert main(["set", "ghcr.io/acme/web:v1.5.0", ".github/a.yaml", *option]) == 1
    assert capsys.readouterr().err.startswith(".github/a.yaml: the bot never edits this file: v")
