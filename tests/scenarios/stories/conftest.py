"""The stories are minutes of work, most of it the simulator's: they run apart from the tests of every minute."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder; pytest passes every test of the run."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.story)
