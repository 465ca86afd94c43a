"""Every golden folder, run as it is and under transformations that must not matter."""

import pytest

from tests.manifests.golden import Case, all_cases, transcript

CASES = all_cases()
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@EVERY_CASE
def test_only_the_version_changes(case: Case) -> None:
    outcome = case.run(case.before)

    assert case.said == transcript(outcome)
    assert case.after == case.before | dict(outcome.files)


@EVERY_CASE
def test_doing_it_again_changes_nothing(case: Case) -> None:
    again = case.run(case.after)

    assert again.files == {}
