"""Records what the tests exchange with the simulator, when the environment names a folder for it.

Imported by tests/conftest.py; see `make contract`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.simulator.github.traffic.recording import RECORDERS
from tests.contract.record import ENVIRONMENT, FileRecorder


@pytest.fixture(scope="session", autouse=True)
def record_the_run(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tell a file of everything that any simulator of this process exchanges."""
    folder = os.environ.get(ENVIRONMENT)
    if not folder or "contract" in str(request.config.option.markexpr).replace("not contract", ""):
        yield
        return
    recorder = FileRecorder(Path(folder))
    RECORDERS.add(recorder)
    yield
    RECORDERS.remove(recorder)
    recorder.close()
