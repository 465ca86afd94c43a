"""Every example in README.md and docs/ works: policies validate, commands exist with their options, values fit the chart.

docs/policy.md has a test file of its own.
"""

import contextlib
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from bot.cli import _parser
from bot.core.policy import read

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
OTHERS_PROGRAMS = {
    ".", "cat", "cd", "chmod", "cosign", "cp", "curl", "docker", "gcloud", "gh", "git", "helm", "journalctl", "kubectl",
    "openssl", "pip", "python3", "systemctl",
}  # fmt: skip
"""Programs that a console block may run besides ours."""


def blocks(language: str) -> Iterator[tuple[Path, str]]:
    """Each block of a language, with its page; without the spaces before it where it stands in a list."""
    for page in PAGES:
        for space, text in re.findall(
            rf"^( *)```{language}\n(.*?)^ *```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        ):
            yield page, re.sub(rf"^{space}", "", text, flags=re.MULTILINE)


def policies() -> Iterator[tuple[Path, str]]:
    for page, text in blocks("yaml"):
        given = yaml.safe_load(text) if text.count("\n---\n") == 0 else None
        if isinstance(given, dict) and {"applications", "environments"} & given.keys() and page.name != "policy.md":
            yield page, text


def with_neighbours(text: str) -> str:
    """A policy needs an application and an environment; a page that is about one of them leaves the other out."""
    given = yaml.safe_load(text)
    if "applications" not in given:
        text += "applications: {web: {image: ghcr.io/acme/web, source: acme/web, owners: ['@acme/web']}}\n"
    if "environments" not in given:
        text += "environments: {dev: {path: 'envs/{environment}/{application}', from: registry}}\n"
    return text


@pytest.mark.parametrize(
    ("page", "text"), [*policies()], ids=lambda value: value.stem if isinstance(value, Path) else ""
)
def test_every_policy_is_accepted(page: Path, text: str) -> None:
    assert read({".gitops.yml": with_neighbours(text)})


def test_policies_are_found() -> None:
    found = {page.stem for page, _ in policies()}

    assert {
        "README",
        "getting-started",
        "kustomize-overlays",
        "helm-values",
        "argocd",
        "flux",
        "code-and-manifests",
    } <= found


def test_every_yaml_and_json_can_be_read() -> None:
    assert [page.name for page, text in blocks("yaml") if not [*yaml.safe_load_all(text)]] == []
    assert [page.name for page, text in blocks("json") if not json.loads(text)] == []


def commands() -> Iterator[tuple[Path, list[str]]]:
    """Each command that a console block shows, as words, with its page. A comment and what a pipe feeds come apart."""
    for page, text in blocks("console"):
        for line in re.findall(r"^\$ ((?:.*\\\n)*.*)", text, re.MULTILINE):
            lexer = shlex.shlex(
                line.replace("\\\n", " ").replace("<this repository>", "URL"), posix=True, punctuation_chars="|&>"
            )
            lexer.whitespace_split, lexer.commenters = True, "#"
            words: list[str] = []
            for word in [*lexer, "|"]:
                if set(word) <= set("|&>"):
                    yield page, [each for number, each in enumerate(words) if number or "=" not in each]
                    words = []
                elif words or not re.fullmatch(r"[A-Z_]+=.*", word):
                    words.append(word)


COMMANDS = [(page, words) for page, words in commands() if words and not words[0].endswith((".pem", ".yml", ".txt"))]


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=lambda value: " ".join(value) if isinstance(value, list) else value.stem
)
def test_every_command_exists(page: Path, words: list[str]) -> None:
    program, *arguments = words

    if program == "gitops-bot":
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
            assert _parser().parse_args(arguments)
        assert said.getvalue() == ""
    elif program == "make":
        targets = {each for each in arguments if re.fullmatch(r"[a-z-]+", each)}
        assert targets <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    else:
        assert program in OTHERS_PROGRAMS


def test_every_path_of_ours_in_a_command_is_there() -> None:
    named = {
        word for _, words in COMMANDS for word in words if re.match(r"(?:deploy|examples|requirements|bot)/", word)
    }

    assert len(named) > 5
    assert sorted(word for word in named if not (ROOT / word).exists()) == []


def test_values_fit_the_chart() -> None:
    schema = json.loads((ROOT / "deploy/helm/gitops-bot/values.schema.json").read_text())
    shown = [yaml.safe_load(text) for _, text in blocks("yaml") if text.startswith("# values.yaml\n")]

    assert shown
    assert [error.message for values in shown for error in _problems(schema, values)] == []


def _problems(schema: dict[str, Any], values: dict[str, Any]) -> Iterator[Any]:
    """Beside the chart's own values, which fill in what is left out."""
    own = yaml.safe_load((ROOT / "deploy/helm/gitops-bot/values.yaml").read_text())
    return Draft202012Validator(schema).iter_errors(
        {**own, **{name: _merged(own[name], each) for name, each in values.items()}}
    )


def _merged(own: Any, given: Any) -> Any:
    return {**own, **given} if isinstance(given, dict) else given


def test_every_permission_has_its_row_with_its_level() -> None:
    asked = yaml.safe_load((ROOT / "app.yml").read_text())["default_permissions"]
    rows = re.findall(r"^\| `([a-z_]+)` \| (read|write) \|", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)

    assert dict(rows) == asked


def test_what_compose_and_systemd_need_is_said() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    unit = (ROOT / "deploy/systemd/gitops-bot.service").read_text()

    for path in re.findall(r"^EnvironmentFile=(\S+)|^ExecStart=(/opt/[\w-]+)/", unit, re.MULTILINE):
        assert next(filter(None, path)) in page
    assert (ROOT / "deploy/compose/example.env").exists()
