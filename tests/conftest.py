"""What every test gets: a browser's page where it asks, and a record of its exchanges if `make contract` wants one."""

import gc

from hypothesis import settings

from tests.contract.recording_plugin import record_the_run
from tests.simulator.pages.browser import tab

__all__ = ["record_the_run", "tab"]

# Examples are judged by what they give, never by how long a busy machine takes over them.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Six thousand tests and all they import stay until the end: looking through them for garbage again and again finds none.
gc.set_threshold(100_000, 50, 100)


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later search."""
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Collect once. pytest looks ten times more for what was not closed, and finds it among what came since."""
    gc.collect()
    gc.freeze()
