"""The command line as its callers see it: in this process, which is quick, or in one of its own.

Both take the same words and give the same answer; `test_both_ways_say_the_same` holds them to that.
"""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main

NO_SETTINGS = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


def called(*arguments: str, given: str = "", settings: Mapping[str, str] | None = None) -> Ended:
    """The command in this process and this folder. given: its standard input. settings: all that its environment tells."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(os, "environ", {**NO_SETTINGS, **(settings or {})})
        patch.setattr(sys, "stdin", io.StringIO(given))
        try:
            status = main(arguments)
        except SystemExit as end:  # argparse's own
            status = end.code if isinstance(end.code, int) else 1
    return Ended(status, out.getvalue(), err.getvalue())


def started(*arguments: str, given: str = "", settings: Mapping[str, str] | None = None) -> Ended:
    """The same in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        env={**NO_SETTINGS, "PYTHONPATH": str(ROOT), **(settings or {})},
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)
