"""Two bots that write `gitops-state` at once: the second looks again instead of reporting a refusal."""

import pytest

from bot.core.pages.refused_writes import WritesRefused
from bot.core.plan import ClosePromotion
from bot.core.values.errors import Overtaken
from bot.github.writes.outcome.failures import EXISTS, Failures
from tests.github.actions import write_state


def test_the_branch_was_created_meanwhile() -> None:
    failures = Failures()
    failures.refuse(write_state(None), doing="create the branch gitops-state", said=EXISTS)
    assert failures.are_final
    with pytest.raises(Overtaken, match="Reference already exists"):
        failures.raise_any()


def test_anything_else_is_a_refusal() -> None:
    failures = Failures()
    failures.refuse(write_state(None), doing="create the branch gitops-state", said="Resource not accessible")
    with pytest.raises(WritesRefused, match="Resource not accessible"):
        failures.raise_any()


def test_a_promotion_whose_branch_is_there_already_overtakes_nobody() -> None:
    failures = Failures()
    failures.refuse(
        ClosePromotion("PR_1", 1, "gitops/dev/web", None, "superseded", "v2 is newer."), doing="close", said=EXISTS
    )
    assert not failures.are_final
    with pytest.raises(WritesRefused):
        failures.raise_any()


def test_what_overtook_once_stays_so() -> None:
    failures = Failures()
    failures.refuse(write_state(None), doing="create the branch gitops-state", said=EXISTS)
    failures.refuse(write_state(None), doing="commit", said="something else")
    with pytest.raises(Overtaken):
        failures.raise_any()
