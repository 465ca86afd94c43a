"""Fixtures of the contract tests: the recording of the test run that they judge."""

import os
from pathlib import Path

import pytest

from tests.contract.record import ENVIRONMENT, Recording, read


@pytest.fixture(scope="session")
def recording() -> Recording:
    """What the test run exchanged with the simulator.

    Fails, rather than passing on nothing, when no run was recorded.
    """
    folder = os.environ.get(ENVIRONMENT)
    found = read(Path(folder)) if folder else None
    if found is None or not found.rest:
        pytest.fail(
            f"no recorded test run in {ENVIRONMENT}={folder!r}: run `make contract`, which records one first, or set "
            f"{ENVIRONMENT} to the same folder for `make test` and for this"
        )
    return found
