"""The list of planted bugs stays true: each has exactly one place in the program."""

import pytest

from tests.simulation.bugs import BUGS, Bug
from tests.simulation.planted import ROOT, planted


def test_there_are_at_least_twenty_five() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 25


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_has_one_place_and_tests_that_exist(bug: Bug) -> None:
    text = (ROOT / bug.file).read_text()
    assert planted(text, bug) != text
    assert all((ROOT / test).exists() for test in bug.by)
