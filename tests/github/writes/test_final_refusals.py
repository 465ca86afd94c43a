"""Which refusals end a plan, and which are asked again later."""

import pytest

from bot.github.errors import Refused
from bot.github.writes.preparation import FINAL, is_final
from tests.builders import NOW


def test_a_limit_is_not_final_whatever_its_status() -> None:
    for status in FINAL:
        assert is_final(Refused("no", status=status))
        assert not is_final(Refused("too many", status=status, again_at=NOW))
    assert not is_final(Refused("broken", status=502))


@pytest.mark.parametrize("status", [403, 404, 422])
def test_what_github_says_no_to(status: int) -> None:
    assert status in FINAL
