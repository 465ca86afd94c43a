"""Errors are values: what was seen, and when to look again."""

from bot.core.values.errors import LeaseLost, PolicyError, Problem, Temporary
from bot.core.values.permit import Permit
from tests.builders import NOW


def test_a_policy_error_has_every_problem() -> None:
    error = PolicyError((Problem(".gitops.yml", 3, 5, "unknown key"), Problem(".gitops/prod.yml", 0, 0, "no YAML")))

    assert str(error) == ".gitops.yml:3:5: unknown key\n.gitops/prod.yml:0:0: no YAML"


def test_a_temporary_error_has_a_reason_and_a_time() -> None:
    error = Temporary("GitHub answered 502", again_at=NOW)

    assert (str(error), error.reason, error.again_at) == ("GitHub answered 502", "GitHub answered 502", NOW)
    assert Temporary("…").again_at is None


class Lost:
    """A permit of a pass whose key another runner has."""

    async def confirm(self) -> None:
        raise LeaseLost


async def test_a_permit_is_confirmed_before_every_write() -> None:
    permit: Permit = Lost()
    try:
        await permit.confirm()
    except LeaseLost:
        return
    raise AssertionError("a lost lease ends the pass")
