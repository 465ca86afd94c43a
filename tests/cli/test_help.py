"""`--help` of every command, found by walking the parser, and `--version`."""

import argparse
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot import __version__
from bot.cli import _parser, main
from bot.cli.versions import LOG


def commands(parser: argparse.ArgumentParser, *words: str) -> Iterator[tuple[str, ...]]:
    """Yield the words that lead to each parser, from `()` to the innermost subcommand."""
    yield words
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, subparser in action.choices.items():
                yield from commands(subparser, *words, word)


COMMANDS = list(commands(_parser()))


def test_the_walk_finds_the_commands() -> None:
    assert {(), ("serve",), ("versions",)} <= set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words) or "gitops-bot")
def test_help_is_printed(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])

    said = capsys.readouterr()
    assert ended.value.code == 0
    assert said.out.startswith(" ".join(["usage: gitops-bot", *words]))
    assert said.err == ""


def test_the_log_for_versions_can_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    """argparse expands `%` in the help of an option, and breaks lines at hyphens."""
    with pytest.raises(SystemExit):
        main(["versions", "--help"])

    assert f"\n  {LOG}\n" in capsys.readouterr().out


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"gitops-bot {__version__}\n"


def test_the_module_prints_the_same_version() -> None:
    shown = subprocess.run([sys.executable, "-m", "bot", "--version"], capture_output=True, text=True, check=False)

    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"gitops-bot {__version__}\n", "")
