"""How `plan`, `explain` and `validate` read a checkout."""

import os
import sys
from pathlib import Path

from bot.checkout.checkout import Checkout, read_checkout
from bot.checkout.remembered import cache_folder
from bot.cli.output import progress
from bot.cli.policy import policy_files


def read_with_progress(folder: Path) -> Checkout:
    """Read a checkout, with a progress bar in a terminal. Raises PolicyError, UsageError and OSError."""
    with progress("Reading", sys.stderr, os.environ) as step:
        return read_checkout(folder, policy_files(folder), cache=cache_folder(os.environ), step=step)
